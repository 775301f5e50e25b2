// What the commands that build or plan share: from options and settings to the values that pack/ takes.
#pragma once

#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "system/id_space.hpp"

#include <memory>
#include <vector>

namespace rockbuild {

/// `own`, and after them the options of every command that builds.
std::vector<Option> with_build_options(std::vector<Option> own);

/// RB1104 when a platform and an architecture are both asked for.
Result<PackOptions> pack_options(const Context& context, const ProjectFile& project);

/// A project that may be built or planned, and the id space to do it in: opened before the program has threads.
struct OpenedProject {
    PackOptions options;
    ProjectDocument document;
    std::unique_ptr<IdSpace> ids;
};
/// Of `file`, unless `refused` (pack/findings.hpp, pack/builds.hpp) finds what rules that out: then it was reported.
Result<OpenedProject> open_project(const Context& context, const ProjectFile& file,
                                   Diagnostics (*refused)(const ProjectDocument&, const std::string& data));

}  // namespace rockbuild
