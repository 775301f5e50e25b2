// The caches of tools: what they downloaded or compiled, kept between steps, projects and runs (DESIGN.md §7 "Download
// and compile caches"). Folders of the store that a step may write; in no key and in no output.
//
// A result must not depend on what was in a cache. So only those parts of a tool's folders are kept that hold what can
// be had again from the network and is checked, or that the tool finds by everything that went into it:
//
//   Go       modules; compiled packages, apart for each environment: Go knows a C library only by its name
//   pip      downloads; not the wheels that it built, which depend on what was installed then
//   npm      downloads, by digest; not the programs of npx
//   cargo    the index, crates, git repositories; not what `cargo install` installed
//   Maven    what the plugin `maven` downloads; artifacts installed by a build are taken out again
//   Gradle   dependencies and the wrapper's distributions; not its build cache
//   ccache   all, with the compiler told by its content
//
// Tools that lock their cache share it. The others' is lent to one step at a time, of those whose text names the tool;
// a step that finds it lent has one of its own, which goes with the step. A text that may empty a cache or put it
// elsewhere goes without: a mount point can't be removed, and others may be at work below it.
#pragma once

#include "parts/step_runner.hpp"
#include "parts/workshop.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rockbuild {

struct CacheWish {
    bool none = false;        // the step has no caches at all
    std::string text;         // all that the step runs, as far as it can be read: its script, its plugin's commands
    std::string gradle_home;  // inside
    const std::vector<StepTree>& trees;
};
/// Of a step of `part` whose plugin, in the build step, is `plugin` (null: it runs nothing).
CacheWish cache_wish(const Part& part, const PluginBuild* plugin, const Script& script, const DefaultAction& action,
                     const std::vector<StepTree>& trees);

/// What a step has of caches, for as long as it lives.
class LentCaches {
public:
    static Result<LentCaches> lend(const Workshop& workshop, const CacheWish& wish);
    ~LentCaches();
    LentCaches(LentCaches&& other) noexcept;
    LentCaches& operator=(LentCaches&&) = delete;

    const std::vector<SandboxCache>& mounts() const { return mounts_; }

private:
    explicit LentCaches(Checkouts& checkouts) : checkouts_(&checkouts) {}
    Result<std::filesystem::path> folder_of(const std::filesystem::path& root, std::string_view tool, bool is_touchy);

    Checkouts* checkouts_;
    std::vector<SandboxCache> mounts_;
    std::vector<FileLock> locks_;
    std::vector<std::filesystem::path> own_;  // folders that go
};

/// Where those variables point that the tools need to find their caches: the same on every machine.
std::vector<std::pair<std::string, std::string>> cache_variables();

/// Of all trees of a step that a C compiler in it may read: whole, but of the source only what is C.
Result<Digest> compile_scope(const Store& store, const std::vector<StepTree>& trees);

}  // namespace rockbuild
