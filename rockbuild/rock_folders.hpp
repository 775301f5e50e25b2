// The rocks of a repository, as `rockbuild ci` covers them: a project, or a folder of projects.
#pragma once

#include "pipelines/pipeline.hpp"
#include "rockbuild/command.hpp"

#include <string>
#include <vector>

namespace rockbuild {

/// The project of `dir`, else those of its direct sub-folders in the order of their names. Folders are named from the
/// root of the repository, which is the nearest folder above with a `.git`, else the caller's. Reports what there is to
/// say about the projects, all of them; the last error is returned. RB1106 (exit 66) if there is no project, or none
/// within the repository.
Result<std::vector<PipelineRock>> read_rocks(const Context& context, const std::string& dir);

}  // namespace rockbuild
