// The project as it will be built for one platform, as JSON (CLI.md §3, `resolve`): keys as the file spells them, in
// kebab-case; clauses chosen, variables filled in, defaults applied.
#pragma once

#include "project/document.hpp"

#include <nlohmann/json.hpp>

namespace rockbuild {

/// Of a good document. Values have the types of the tables: texts, numbers, booleans. `part_order` names the parts in
/// the order in which they are built (spec/parts-lifecycle.md §4.1).
nlohmann::ordered_json resolved(const ProjectDocument& document, const Build& build,
                                const std::vector<std::string>& part_order);

}  // namespace rockbuild
