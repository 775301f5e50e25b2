// The lock of a project on the disk, and how it is written: `lock` walks the builds as `plan` does, but may ask.
#pragma once

#include "pack/pack.hpp"
#include "parts/lock_keeper.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace rockbuild {

/// What is built, with the project that it is for each; the skipped platforms are told.
Result<std::vector<std::pair<Build, Project>>> chosen_builds(const ProjectDocument& document,
                                                             const PackOptions& options, const Host& host,
                                                             EventSink& events);

/// Who answers for the lock in the project's folder, if there is one. RB1090 if it can't be read; RB1091 if there is
/// none and --locked.
Result<std::shared_ptr<LockKeeper>> project_lock(const PackOptions& options, const Host& host, EventSink& events);

}  // namespace rockbuild
