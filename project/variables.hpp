// `$CRAFT_…` in values: upstream replaces some of these names by text when it loads the file (spec/rockcraft-yaml.md
// §2, stage 6). Scripts and `build-environment` get the same from the shell that runs them; anywhere else such a name
// is refused here, for left as it stands it would mean something else than in upstream's hands.
#pragma once

#include "project/fields.hpp"

#include <string_view>

namespace rockbuild {

/// True if upstream would replace something in `text`.
bool mentions_variable(std::string_view text);
/// RB0311 for each value of the project that does, unless something was said about it already.
void refuse_variables(Complaints& complaints, const YamlNode& project);

}  // namespace rockbuild
