// The whole road for one project: read, plan, run, assemble, write. The commands `pack`, `plan` and `clean` call this
// and render what it returns.
#pragma once

#include "parts/lock_keeper.hpp"
#include "parts/order.hpp"
#include "parts/plan.hpp"
#include "parts/shell.hpp"
#include "project/document.hpp"
#include "support/event.hpp"
#include "system/host.hpp"
#include "system/id_space.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

struct PackOptions {
    std::filesystem::path project_dir;   // absolute
    std::filesystem::path project_file;  // absolute
    std::filesystem::path output_dir;    // absolute
    std::filesystem::path cache;         // the store
    std::filesystem::path data;          // our installed data files
    std::filesystem::path libexec;       // our installed helper programs
    std::string platform;                // --platform; empty: all
    std::string build_for;               // --build-for; empty: all
    std::string pebble;                  // --pebble
    std::string mirror;                  // --mirror, ROCKBUILD_DEBIAN_MIRROR or the configuration
    std::string mirror_by;               // which of them said so
    unsigned parallel = 1;               // -j: steps and encoders at once
    bool offline = false;                // --offline: a step that would ask the network is an error
    bool refresh = false;                // --refresh: resolve anew what the lock doesn't name
    bool locked = false;                 // --locked: what the lock doesn't name is an error
    bool ignore_unmaintained = false;    // --ignore=unmaintained
};

struct PackedLayer {
    std::string digest;
    std::string diff_id;
    std::uint64_t size = 0;
    std::string created_by;
};

struct PackedRock {
    std::filesystem::path file;
    std::string digest;  // of the manifest
    std::string platform;
    std::uint64_t size = 0;  // of the file
    std::vector<PackedLayer> layers;
    unsigned steps_run = 0;
    unsigned steps_cached = 0;
};

/// Builds every platform of the document that this machine builds, by the lock in its folder if there is one (RB1090 if
/// it can't be read, RB1091 if --locked asks for one in vain); `document` is good, and nothing in it is unbuildable
/// (builds.hpp). Progress goes to `events`. `ids` was opened with
/// checkout_worker before any thread was made.
Result<std::vector<PackedRock>> pack(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                                     const Host& host, EventSink& events, const std::stop_token& stop);

/// A run of steps short of the image.
struct StepsWish {
    Goal goal;
    ShellWish shell;
    std::filesystem::path export_to;  // absolute; empty: nothing is written
};

struct StepsDone {
    unsigned run = 0;
    unsigned cached = 0;
};

/// Runs the lifecycle of every platform that this machine builds up to the goal. What the goal's step made is written
/// to `export_to`: a folder for each part, or the shared tree itself after stage and prime; below a folder for each
/// platform if there are several. RB1208 if there is something in the folder already, RB1209 (suggestions) for a part
/// that the project hasn't.
Result<StepsDone> run_steps(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                            const StepsWish& wish, const Host& host, EventSink& events, const std::stop_token& stop);

/// What pack would do: no process runs, no network is asked, nothing is written but the stat cache.
/// One plan a platform.
Result<std::vector<Plan>> plan(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                               const Host& host, EventSink& events, const std::stop_token& stop);

/// What `lock` did.
struct LockWritten {
    std::size_t entries = 0;
    std::size_t changed = 0;  // new, or standing for something else
    std::size_t dropped = 0;
};

/// Writes rockcraft.lock into the project's folder: what the builds of this machine ask for, and what others' builds of
/// platforms that the document still has asked for before. What is locked stays, except for what `update` wants anew;
/// the file is replaced as a whole, or not at all. RB1093 (suggestions) for a name in `update` that nothing has.
Result<LockWritten> write_lock(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                               const LockUpdate& update, const Host& host, EventSink& events,
                               const std::stop_token& stop);

/// Forgets the results of the project in `project_dir` (of `parts`; all when empty). Works without a readable project
/// file. Returns how many results went. RB1201 for a part that the project never had (suggestions).
Result<std::size_t> clean(const std::filesystem::path& project_dir, const std::filesystem::path& cache,
                          const std::vector<std::string>& parts);

/// Empties the caches of tools (parts/caches.hpp); `wait` is called if a step works with them. `ids` as for pack.
Result<void> clean_caches(IdSpace& ids, const std::filesystem::path& cache, const std::function<void()>& wait);

}  // namespace rockbuild
