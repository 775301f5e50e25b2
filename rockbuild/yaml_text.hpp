// JSON as YAML that a person may go on with: block style, scripts as literal blocks, quotes where a text would be read
// as something else.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rockbuild {

/// What YAML 1.1 reads from it is `json` again.
std::string as_yaml(const nlohmann::ordered_json& json);

}  // namespace rockbuild
