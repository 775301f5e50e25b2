// What Go's yaml.v3, which Pebble reads its layers with, makes of a scalar (spec/pebble.md §9). It is neither YAML 1.1
// nor 1.2: `yes` is a text, 0777 and 0o777 are numbers, 1:30 is none; a text takes a scalar of any type as it is
// written; a whole number takes floats and cuts them.
#pragma once

#include "project/yaml.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rockbuild {

/// Nothing: `~`, `null`, a bare empty value.
bool is_go_null(const YamlNode& node);
/// Would `text` be nothing if it stood bare?
bool says_nothing_to_go(const std::string& text);

/// The scalar where a text is wanted; none if its tag says something that it is not (`!!int x`), or that it is bytes.
/// Nothing is an empty text.
std::optional<std::string> go_text(const YamlNode& scalar);

struct GoNumber {
    std::int64_t value = 0;
    bool cut = false;  // it was written as no whole number, or beyond the largest
};
/// The scalar where a whole number is wanted; none for what is none.
std::optional<GoNumber> go_number(const YamlNode& scalar);

}  // namespace rockbuild
