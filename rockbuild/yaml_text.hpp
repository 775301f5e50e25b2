// YAML that a person may go on with: block style, scripts as literal blocks, quotes where a text would be read as
// something else.
#pragma once

#include "project/yaml.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace rockbuild {

/// What YAML 1.1 reads from it is `json` again.
std::string as_yaml(const nlohmann::ordered_json& json);
/// A tree as it was read, keys in their order: what was a number stays as it was written. Aliases are written out.
std::string as_yaml(const YamlNode& node);

}  // namespace rockbuild
