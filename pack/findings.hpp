// Everything that can be known of a project file without building it: what the file itself is told, what Pebble would
// refuse, what this version can't build, which bases are past their end.
#pragma once

#include "project/document.hpp"

#include <cstdint>
#include <string>

namespace rockbuild {

/// What there is to say, in the file's order; `now` is in seconds since 1970. What only `pack` refuses (RB0311, RB1110)
/// is a warning here. `data` as of `unbuildable`.
Diagnostics findings(const ProjectDocument& document, std::int64_t now, const std::string& data);

/// What `pack` refuses before it starts: what this version can't build, and what Pebble would refuse in the project's
/// layer, whatever layers the parts may bring.
Diagnostics refusals(const ProjectDocument& document, const std::string& data);

}  // namespace rockbuild
