// What may stand where, as data. Three readers walk the same tables (language.hpp): the checker (check_shape.hpp), the
// JSON Schema for editors (json_schema.hpp) and `resolve` (resolved.hpp), so that what one says the others say too.
#pragma once

#include "project/complaints.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct ObjectShape;

/// How a text must look: an ECMAScript pattern for the whole of it, as JSON Schema has them too.
struct TextRule {
    std::string_view pattern;  // anchored on both sides; tried on texts of at most most_matched characters
    std::string_view wrong;    // what is said after the text in quotes: "can't be a version"
    std::string_view cure;
};
inline constexpr std::size_t most_matched = 4096;

/// What one value may be. Made by the functions below.
struct Shape {
    enum class Kind : std::uint8_t { text, boolean, integer, number, list, map, object, anything };
    static constexpr auto any_length = std::numeric_limits<std::size_t>::max();

    Kind kind = Kind::text;
    // Texts.
    bool numbers_too = true;  // a number counts as its text: upstream's own keys take it so, those of plugins don't
    bool script = false;      // lines for a shell: nothing but its being a text is checked
    const TextRule* rule = nullptr;
    std::vector<std::string_view> choices = {};
    std::vector<std::string_view> old_choices = {};  // taken as well, and never proposed
    bool empty_too = false;                          // "" is taken though the rest says no
    std::size_t shortest = 0;                        // characters
    std::size_t longest = any_length;
    // Whole numbers, and numbers by their least.
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::optional<std::int64_t> forbidden;
    // Lists, and the values of maps.
    std::vector<Shape> item = {};  // exactly one
    bool unique = false;
    bool one_will_do = false;  // a single item stands for a list of it
    std::size_t fewest_items = 0;
    std::size_t most_items = any_length;
    const TextRule* key_rule = nullptr;   // of a map's keys
    const ObjectShape* object = nullptr;  // of an object
    bool nothing_too = false;             // of a map's values: nothing at all is taken
    std::vector<Shape> otherwise = {};    // what it may be instead
};

/// One key of an object.
struct KeyShape {
    std::string_view name;
    Shape shape;
    std::string_view help;  // one line, for editors
    bool required = false;
    std::string_view cure = {};    // what to write where a required one is missing
    bool clauses = false;          // of a part: its value may be said with `on amd64:` clauses (spec §7)
    std::string_view unless = {};  // a key that makes up for its absence
    bool never_nothing = false;    // nothing isn't its absence but a wrong value
};

/// Which keys go together.
struct KeyRule {
    /// needs: where the first key is, one of the others is too.
    enum class Kind : std::uint8_t { exclusive, together, one_of, needs } kind = Kind::exclusive;
    std::vector<std::string_view> keys;
    std::string_view wrong;  // the message; made from the keys where it is empty
    std::string_view cure;
    bool even_empty = false;  // an empty text counts as given: a script that does nothing is one
};

struct ObjectShape {
    std::string_view noun;  // what messages call one of them: "service"
    Spelling spelling = Spelling::kebab_or_snake;
    std::vector<KeyShape> keys;
    std::vector<KeyRule> rules = {};
    Synonyms synonyms = {};
    bool open = false;    // unknown keys are taken, and mean nothing
    bool always = false;  // what it needs must be in the file itself: no extension brings it
};

inline Shape text() { return {}; }
inline Shape exact_text() {
    Shape shape;
    shape.numbers_too = false;
    return shape;
}
inline Shape filled_text() {
    Shape shape;
    shape.shortest = 1;
    return shape;
}
inline Shape script() {
    Shape shape;
    shape.script = true;
    return shape;
}
inline Shape ruled(const TextRule& rule, std::size_t shortest = 0, std::size_t longest = Shape::any_length) {
    Shape shape;
    shape.rule = &rule;
    shape.shortest = shortest;
    shape.longest = longest;
    return shape;
}
inline Shape one_of(std::vector<std::string_view> choices) {
    Shape shape;
    shape.choices = std::move(choices);
    return shape;
}
inline Shape boolean() {
    Shape shape;
    shape.kind = Shape::Kind::boolean;
    return shape;
}
inline Shape integer(std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                     std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    Shape shape;
    shape.kind = Shape::Kind::integer;
    shape.least = least;
    shape.most = most;
    return shape;
}
inline Shape number(std::int64_t least) {
    Shape shape;
    shape.kind = Shape::Kind::number;
    shape.least = least;
    return shape;
}
inline Shape list_of(Shape item) {
    Shape shape;
    shape.kind = Shape::Kind::list;
    shape.item.push_back(std::move(item));
    return shape;
}
inline Shape set_of(Shape item) {
    auto shape = list_of(std::move(item));
    shape.unique = true;
    return shape;
}
inline Shape one_or_set_of(Shape item) {
    auto shape = set_of(std::move(item));
    shape.one_will_do = true;
    return shape;
}
inline Shape map_of(Shape item, const TextRule* key_rule = nullptr) {
    Shape shape;
    shape.kind = Shape::Kind::map;
    shape.item.push_back(std::move(item));
    shape.key_rule = key_rule;
    return shape;
}
inline Shape object_of(const ObjectShape& object) {
    Shape shape;
    shape.kind = Shape::Kind::object;
    shape.object = &object;
    return shape;
}
inline Shape anything() {
    Shape shape;
    shape.kind = Shape::Kind::anything;
    return shape;
}
inline Shape either(Shape shape, Shape other) {
    shape.otherwise.push_back(std::move(other));
    return shape;
}

/// `key` as the tables spell it.
std::string normal_key(const std::string& key, Spelling spelling);
/// The pair of a map whose key is `name`; none if there is none.
const YamlPair* find_pair(const YamlNode& map, std::string_view name, Spelling spelling = Spelling::kebab_or_snake);
/// Its value, null if it isn't there or is nothing.
Yaml find_value(const YamlNode& map, std::string_view name, Spelling spelling = Spelling::kebab_or_snake);

}  // namespace rockbuild
