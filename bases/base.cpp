// How a base comes to be: mmdebstrap's tar is read into a tree, the tree is made independent of machine and moment
// (bases/root_tree.hpp), and its layer is encoded. What it is, is remembered by name and architecture (what is used
// now) and by its package list too: packages that were seen before give the base that was made from them.
//
// One lock per base lets two runs make it once: the second finds what the first one made. A killed run leaves a work
// folder, which the next one removes.
#include "bases/base.hpp"

#include "bases/bootstrap.hpp"
#include "bases/release.hpp"
#include "bases/root_tree.hpp"
#include "image/layer_reader.hpp"
#include "support/suggest.hpp"
#include "system/host.hpp"

#include <fmt/format.h>

#include <deque>

namespace rockbuild {

namespace {

constexpr std::uint32_t base_version = 1;  // raise it when the same packages are to give another base
constexpr std::size_t excerpt_lines = 20;

std::string subject_of(const BaseKind& kind) { return "base " + kind.name; }

KeyWriter key_of(const BaseKind& kind, const Arch& arch) {
    KeyWriter key("base", base_version);
    key.field("base", kind.name).field("architecture", arch.debian);
    return key;
}

Base bare(const BaseKind& kind, const Digest& tree) {
    return {kind, tree, {}, sha256(""), {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}};
}

/// Tree and package list, as the store keeps them.
struct Root {
    Digest tree;
    Digest packages;
};

Result<std::optional<Root>> known_root(const Store& store, const Key& key) {
    const auto result = TRY(store.result(key.digest));
    if (!result) return std::nullopt;
    const auto tree = result->trees.find("root");
    const auto packages = result->values.find("packages");
    if (tree == result->trees.end() || packages == result->values.end()) return std::nullopt;
    const auto digest = Digest::parse(packages->second);
    if (!digest) return std::nullopt;
    return Root{tree->second, *digest};
}

Result<void> remember(Store& store, const Key& key, const Root& root, double seconds) {
    return store.put_result(key.digest, {.trees = {{"root", root.tree}},
                                         .values = {{"packages", root.packages.str()}},
                                         .seconds = seconds,
                                         .inputs = key.fields});
}

Result<Base> with_layer(Store& store, const BaseKind& kind, const Root& root, const LayerWork& work,
                        const std::stop_token& stop) {
    auto base = bare(kind, root.tree);
    base.packages = root.packages;
    auto layer = TRY(make_layer(store, root.tree, work, stop));
    layer.created_by = fmt::format("{} ({}, minimal)", kind.name, kind.release);
    base.layers.push_back(std::move(layer));
    return base;
}

/// A work folder of this run alone. What killed runs left behind goes first; the caller holds the base's lock. A
/// left-over program of theirs may still write there, so names are never used twice.
Result<TempFolder> work_folder(const fs::path& scratch, const std::string& prefix) {
    std::error_code error;
    std::vector<fs::path> left;
    // Removing goes into whatever is mounted below: a left-over that still has mounts stays.
    const auto mounts = TRY(read_file("/proc/self/mountinfo"));
    const auto place = fs::canonical(scratch, error);
    if (error) return system_error("find", scratch, error.value());
    for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error))
        if (it->path().filename().native().starts_with(prefix)) left.push_back(it->path());
    for (const auto& folder : left)
        if (!has_mounts_below(mounts, folder)) (void)remove_tree(folder);
    return TempFolder::make(scratch, prefix);
}

/// Where the root lies while it is made. With subordinate ids mmdebstrap works as another user, who can't pass through
/// the store's folder.
fs::path root_folder(const BaseMaker& maker, const TempFolder& work, bool as_root) {
    if (as_root) return work.path();
    const auto wanted = maker.environment.find("TMPDIR");
    return passable({wanted == maker.environment.end() ? "" : wanted->second, "/var/tmp", "/tmp"});
}

Result<void> run_bootstrap(const BaseMaker& maker, const Bootstrap& bootstrap, const std::string& subject,
                           const std::stop_token& stop) {
    std::deque<std::string> last;
    const auto hear = [&](std::string_view line) {
        maker.events.log(subject, std::string(line));
        last.emplace_back(line);
        if (last.size() > excerpt_lines) last.pop_front();
    };
    const Command command{.arguments = bootstrap_arguments(bootstrap, maker.environment),
                          .environment = bootstrap_environment(bootstrap, maker.environment),
                          .on_output = hear,
                          .on_error = hear};
    if (!find_program("mmdebstrap", command.environment))
        return fail("RB0852", fmt::format("{} can't be made: mmdebstrap isn't installed", bootstrap.release.base),
                    "apt-get install mmdebstrap", ExitCode::unable);
    const auto finished = TRY(maker.processes.run(command, stop));
    if (finished.code != 0) return std::unexpected(bootstrap_failure(bootstrap, {last.begin(), last.end()}));
    return {};
}

Result<Tree> read_tar(Store& store, const fs::path& tar) {
    std::error_code error;
    const auto size = fs::file_size(tar, error);
    if (error) return system_error("read", tar, error.value());
    auto reader = TRY(TarReader::open_file(tar.native()));
    return read_layer(reader, store, {.bytes = size}, tar.native());
}

Result<Root> make_root(const BaseMaker& maker, const Release& release, const Arch& arch, const Mirror& mirror,
                       const fs::path& keyring, const std::string& subject, const std::stop_token& stop) {
    const auto work = TRY(work_folder(maker.scratch, fmt::format("base-{}-{}-", release.base, arch.debian)));
    const bool as_root = read_host().uid == 0;
    const Bootstrap bootstrap{
        release, arch, mirror, keyring, as_root, work.path() / "root.tar", root_folder(maker, work, as_root)};
    TRY_VOID(run_bootstrap(maker, bootstrap, subject, stop));

    const auto tree = TRY(normalise_root(maker.store, TRY(read_tar(maker.store, bootstrap.tar)), release));
    const auto* status = tree.find("var/lib/dpkg/status");
    if (status == nullptr)
        return fail("RB0853", fmt::format("{} can't be made: mmdebstrap's root has no packages", release.base));
    const auto packages = sha256(package_list(TRY(maker.store.read(status->digest))));
    return Root{TRY(maker.store.put_tree(tree)), packages};
}

}  // namespace

Result<BaseKind> base_kind(const std::string& name) {
    if (name == "bare") return BaseKind{name, ""};
    if (const auto* release = find_release(name)) return BaseKind{name, std::string(release->codename)};
    std::vector<std::string> names{"bare"};
    for (const auto& release : releases) names.emplace_back(release.base);
    auto failure = fail("RB0850", fmt::format("there is no base '{}'", name),
                        fmt::format("bases are: {}", fmt::join(names, ", ")));
    failure.error().suggestions = suggestions(name, names);
    return failure;
}

Result<std::optional<Base>> known_base(Store& store, const BaseKind& kind, const Arch& arch,
                                       const std::optional<Digest>& packages) {
    if (kind.name == "bare") return bare(kind, TRY(store.put_tree(Tree())));
    auto key = key_of(kind, arch);
    if (packages) key.field("packages", *packages);
    const auto root = TRY(known_root(store, key.finish()));
    if (!root) return std::nullopt;
    return TRY(with_layer(store, kind, *root, {}, {}));
}

Result<Base> make_base(const BaseMaker& maker, const BaseKind& kind, const Arch& arch, const Mirror& mirror,
                       const fs::path& keyring, const std::stop_token& stop) {
    if (kind.name == "bare") return *TRY(known_base(maker.store, kind, arch));
    const auto* release = find_release(kind.name);
    if (release == nullptr) return std::unexpected(base_kind(kind.name).error());

    const auto subject = subject_of(kind);
    const auto start = monotonic_seconds();
    const LayerWork work{maker.threads, &maker.events, subject};
    const auto current = key_of(kind, arch).finish();
    const auto before = TRY(known_root(maker.store, current));

    maker.events.started(subject);
    const auto make = [&]() -> Result<Base> {
        TRY_VOID(make_folders(maker.scratch));
        const auto lock = TRY(FileLock::acquire(maker.scratch / fmt::format("lock-base-{}-{}", kind.name, arch.debian),
                                                FileLock::Kind::exclusive,
                                                [&] { maker.events.log(subject, "another run makes it: waiting"); }));
        // Whoever had the lock may have made it while we waited for that.
        auto root = TRY(known_root(maker.store, current));
        if (!root || (before && before->tree == root->tree)) {
            root = TRY(make_root(maker, *release, arch, mirror, keyring, subject, stop));
            const auto by_packages = key_of(kind, arch).field("packages", root->packages).finish();
            if (const auto same = TRY(known_root(maker.store, by_packages))) root = same;
            else TRY_VOID(remember(maker.store, by_packages, *root, monotonic_seconds() - start));
            if (maker.for_all) TRY_VOID(remember(maker.store, current, *root, monotonic_seconds() - start));
        }
        return with_layer(maker.store, kind, *root, work, stop);
    };
    auto base = make();
    maker.events.finished(subject, outcome_of(base), monotonic_seconds() - start);
    return base;
}

}  // namespace rockbuild
