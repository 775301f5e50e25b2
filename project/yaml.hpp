// YAML as a tree in which every node knows its place: libyaml's events, folded. What libyaml leaves to its users is
// done here: duplicate keys are refused, `<<` merges, aliases keep the place where they are used, depth and expansion
// are bound.
#pragma once

#include "support/diagnostic.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct YamlNode;
using Yaml = std::shared_ptr<const YamlNode>;

struct YamlPair {
    Yaml key;
    Yaml value;
};

struct YamlNode {
    enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
    Span span;                   // of an alias: where it is used
    std::optional<Span> anchor;  // of an alias: what it stands for
    std::string text;            // scalars
    bool plain = false;          // an unquoted scalar without a tag: it has a YAML 1.1 type
    bool literal = false;        // a `|` block: its lines are lines of the file
    bool folded = false;         // a `>` block
    bool flow = false;           // a list or map in [ ] or { }
    std::string tag;             // written out, in its short form: `!!int`, `!x`; only Pebble's reader keeps it
    bool foreign = false;        // an alias of what another section holds, where Pebble's reader keeps them apart
    bool faulty = false;         // something about it has been said: a map that a bad key was left out of
    std::string_view made_by;    // the extension that made it; its place is where the file names that
    std::vector<Yaml> items;
    std::vector<YamlPair> pairs;  // in the file's order; merged ones first
    std::uint64_t weight = 1;     // nodes here and below, aliases expanded; long texts count as several
};

struct YamlReading {
    Yaml root;                // null for an empty file, or where reading had to stop
    Diagnostics diagnostics;  // errors too where there is a root: then the rest can still be looked at
};

/// Who else reads the file. For Pebble, whose reader is Go's yaml.v3 (spec/pebble.md §9): of several documents only the
/// first counts; tags are kept; a name may mark several anchors, of which the nearest above counts; keys may be of any
/// scalar type; aliases stay within a section, which is what a key of the file's own map holds; `?` is no part of a
/// bare word in [ ] or { }, and nothing in there, or as a key, is an empty text.
enum class YamlReader : std::uint8_t { rockcraft, pebble };

/// RB0300: what libyaml refuses, a second document, too deep or too much, a tag, a key that is no text; RB0301: a key
/// or an anchor given twice (both places); RB0302: a merge of something that is no map. Any bytes are fine as input.
YamlReading read_yaml(std::string_view text, const std::string& file, YamlReader reader = YamlReader::rockcraft);

/// What YAML 1.1 makes of a plain scalar, as PyYAML does (spec/rockcraft-yaml.md §1). Anything not plain is text.
enum class YamlType : std::uint8_t { null, boolean, integer, floating, text };
YamlType yaml_type(const YamlNode& scalar);
/// `2026-08-23` and the like: a date to PyYAML, so that upstream takes it for no text. yaml_type calls it a text.
bool is_yaml_date(const YamlNode& scalar);
/// The scalar as a text field of upstream sees it: integers and floats as Python prints them (`1.10` → "1.1", 0777 →
/// "511").
std::string yaml_text(const YamlNode& scalar);
std::optional<bool> yaml_boolean(const YamlNode& scalar);
/// None for what is no integer, and for one beyond 64 bits.
std::optional<std::int64_t> yaml_integer(const YamlNode& scalar);

}  // namespace rockbuild
