// The language as a JSON Schema (draft 2020-12), for editors: written from the same tables that the checker reads.
#pragma once

#include <nlohmann/json.hpp>

namespace rockbuild {

/// It says what a schema can say: keys, types, choices, patterns, what excludes what, the keys of each plugin. What it
/// can't: references between places of the file, what depends on the base, duplicate keys, the grammar of commands.
/// With `extensions:` nothing of parts and services is required, for they bring it.
nlohmann::ordered_json json_schema();

}  // namespace rockbuild
