// What can be said of one step afterwards: why it will run again, and what it wrote to its log.
#pragma once

#include "pack/pack.hpp"
#include "parts/plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// An input of a step that is another than when it last ran.
struct InputChange {
    std::string input;
    std::string before, after;       // as the key has them: texts, or the digests of trees
    std::vector<std::string> items;  // of trees and lists of packages: what differs, "+ path", "- path", "~ path"
};

struct StepReport {
    std::string platform;
    PlannedStep step;
    std::vector<InputChange> changes;
};

/// The step "part:step" in the plan of each platform, its changed inputs down to single files and packages. RB1209
/// (suggestions) if no plan has it.
Result<std::vector<StepReport>> explain_step(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                                             const std::string& id, const Host& host, EventSink& events,
                                             const std::stop_token& stop);

/// The log of the result that the project last had of the step "part:step"; none if there is none, or if it wrote none.
Result<std::optional<std::string>> stored_log(const std::filesystem::path& project_dir,
                                              const std::filesystem::path& cache, const std::string& id);

}  // namespace rockbuild
