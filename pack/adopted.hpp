// What `adopt-info` leaves open: version, summary and description may be set by scripts of the part that it names. The
// file alone then is no whole project; after prime it is completed (spec/rockcraft-yaml.md §2, stages 9 and 10).
#pragma once

#include "project/project.hpp"
#include "support/result.hpp"

#include <map>
#include <string>

namespace rockbuild {

/// `project` with what scripts set (`values`, by name) in place of what the file says. RB1206 if something that every
/// rock has is set by nobody, RB1207 if what was set can't be.
Result<Project> complete(const Project& project, const std::map<std::string, std::string>& values);

}  // namespace rockbuild
