// Does what the file says have the shape that the tables ask for?
#pragma once

#include "project/shape.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rockbuild {

/// A map of the file that is to have certain keys.
struct ObjectAt {
    const YamlNode& map;
    std::string where;  // how messages name it: "part 'nginx'"
    Span name;          // where a missing key is said
    /// Keys that are said to be none of its by somebody else.
    std::function<bool(const std::string& key)> known_elsewhere = nullptr;
};

/// Checks a map against all of `shapes` together (a part has its own keys and those of its plugin). RB0310 an unknown
/// key, RB0312 a missing one, RB0301 one in both spellings, RB0313 and RB0314 for values, RB0316 for keys that don't go
/// together. Keys with the same value in several places are checked at each.
void check_object(Complaints& complaints, const ObjectAt& object, const std::vector<const ObjectShape*>& shapes);

/// Checks one value; `what` is how messages name it: "'stage'", "an entry of 'stage'", and `name` where they point if
/// something is missing in it.
void check_value(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what,
                 const Span& name);

/// Does `text` follow the rule? Texts longer than most_matched don't.
bool follows(const TextRule& rule, const std::string& text);

}  // namespace rockbuild
