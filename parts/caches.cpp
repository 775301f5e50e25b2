#include "parts/caches.hpp"

#include "parts/variables.hpp"
#include "support/key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <utility>

namespace rockbuild {

namespace {

struct ToolCache {
    std::string_view tool;
    std::string_view folder;                 // in the store's, below the tool's
    std::string inside;                      // "@" in front: below Gradle's home
    std::vector<std::string_view> not_with;  // texts that may empty it, or put it elsewhere: they go without
    std::string_view named_by = {};          // touchy: only for steps whose text has this, one at a time
    bool scoped = false;
};

const std::vector<ToolCache>& tool_caches() {
    static const std::vector<ToolCache> all{
        {"go", "mod", inside::caches + "/go-mod", {"go clean", "GOMODCACHE"}},
        {"go", "build", inside::caches + "/go-build", {"go clean", "GOCACHE"}, {}, true},
        {"pip", "http", inside::caches + "/pip/http", {"pip cache", "pip3 cache", "PIP_CACHE_DIR"}},
        {"pip", "http-v2", inside::caches + "/pip/http-v2", {"pip cache", "pip3 cache", "PIP_CACHE_DIR"}},
        {"npm", "cacache", inside::caches + "/npm/_cacache", {"npm cache", "npm_config_cache"}},
        {"ccache", "all", inside::caches + "/ccache", {"ccache -C", "ccache --clear", "CCACHE_DIR"}},
        {"cargo", "registry", "/root/.cargo/registry", {"rm -", "CARGO_HOME"}, "cargo"},
        {"cargo", "git", "/root/.cargo/git", {"rm -", "CARGO_HOME"}, "cargo"},
        {"maven", "repository", inside::maven_repository, {}, inside::maven_repository},
        {"gradle", "modules", "@/caches/modules-2", {"rm -"}, "gradle"},
        {"gradle", "distributions", "@/wrapper/dists", {"rm -"}, "gradle"},
    };
    return all;
}

/// What is C in a source: Go looks at the files of a package's own folder, and the compiler at all that they include.
bool is_c(std::string_view path) {
    static constexpr std::string_view ends[] = {".a", ".c",  ".cc",  ".cpp",  ".cxx", ".def",  ".f",  ".f90",
                                                ".h", ".hh", ".hpp", ".hxx",  ".inc", ".inl",  ".m",  ".mm",
                                                ".o", ".s",  ".so",  ".swig", ".S",   ".syso", ".tcc"};
    return std::ranges::any_of(ends, [&](std::string_view end) { return path.ends_with(end); });
}

}  // namespace

CacheWish cache_wish(const Part& part, const PluginBuild* plugin, const Script& script, const DefaultAction& action,
                     const std::vector<StepTree>& trees) {
    const bool of_gradle = plugin != nullptr && part.plugin.value == "gradle";
    return {plugin != nullptr && plugin->self_contained, script.text + "\n" + action.script,
            of_gradle ? inside::part(part.name) + "/build/.gradle" : "/root/.gradle", trees};
}

Result<LentCaches> LentCaches::lend(const Workshop& workshop, const CacheWish& wish) {
    auto& checkouts = workshop.checkouts;
    LentCaches lent(checkouts);
    if (wish.none) return lent;
    const auto root = TRY(checkouts.caches());
    lent.locks_.push_back(TRY(FileLock::acquire(checkouts.caches_lock(), FileLock::Kind::shared)));
    std::map<std::string_view, fs::path> folders;  // by tool: the common folder, or the step's own
    const auto has = [&](std::string_view words) { return wish.text.find(words) != std::string::npos; };
    for (const auto& cache : tool_caches()) {
        const bool is_touchy = !cache.named_by.empty();
        if (std::ranges::any_of(cache.not_with, has) || (is_touchy && !has(cache.named_by))) continue;
        auto& folder = folders[cache.tool];
        if (folder.empty()) folder = TRY(lent.folder_of(root, cache.tool, is_touchy));
        auto place = folder / cache.folder;
        if (cache.scoped) place /= TRY(compile_scope(workshop.store, wish.trees)).hex();
        TRY_VOID(make_folders(place));
        touch(place);  // for `store gc`
        lent.mounts_.push_back(
            {cache.inside.starts_with('@') ? wish.gradle_home + cache.inside.substr(1) : cache.inside, place});
    }
    return lent;
}

Result<fs::path> LentCaches::folder_of(const fs::path& root, std::string_view tool, bool is_touchy) {
    if (!is_touchy) return root / tool;
    if (auto lock = TRY(FileLock::try_acquire(root / fmt::format("{}.lock", tool), FileLock::Kind::exclusive))) {
        locks_.push_back(std::move(*lock));
        return root / tool;
    }
    auto name = (root / "own-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) return system_error("make a folder in", root, errno);
    return own_.emplace_back(name);
}

LentCaches::~LentCaches() {
    for (const auto& folder : own_) (void)checkouts_->remove(folder);
}

LentCaches::LentCaches(LentCaches&& other) noexcept
    : checkouts_(other.checkouts_),
      mounts_(std::move(other.mounts_)),
      locks_(std::move(other.locks_)),
      own_(std::exchange(other.own_, {})) {}

std::vector<std::pair<std::string, std::string>> cache_variables() {
    return {{"GOMODCACHE", inside::caches + "/go-mod"}, {"GOCACHE", inside::caches + "/go-build"},
            {"PIP_CACHE_DIR", inside::caches + "/pip"}, {"npm_config_cache", inside::caches + "/npm"},
            {"CCACHE_DIR", inside::caches + "/ccache"}, {"CCACHE_COMPILERCHECK", "content"}};
}

Result<Digest> compile_scope(const Store& store, const std::vector<StepTree>& trees) {
    KeyWriter key("compile scope", 1);
    for (const auto& tree : trees) {
        const bool is_source = tree.inside.starts_with(inside::part("")) &&
                               (tree.inside.ends_with("/src") || tree.inside.ends_with("/build"));
        key.field("tree", tree.inside);
        for (const auto& lower : tree.lowers) {
            if (!is_source) {
                key.field("lower", lower);
                continue;
            }
            const auto source = TRY(store.tree(lower));
            for (const auto& entry : source->entries())
                if (entry.type != EntryType::folder && is_c(entry.path))
                    key.field("file", entry.path).field("content", entry.digest).field("target", entry.target);
        }
    }
    return key.finish().digest;
}

}  // namespace rockbuild
