// How what an extension makes and what the user wrote become one (spec/rockcraft-yaml.md §10.1).
#pragma once

#include "project/extensions/extension.hpp"
#include "project/yaml.hpp"

#include <string_view>

namespace rockbuild {

/// `snippet` as a tree: every node stands at `place` and is made by `extension`, a name that lives for ever.
Yaml as_nodes(const Snippet& snippet, const Span& place, std::string_view extension);

/// `user` with what it doesn't say itself from `made`: an empty value counts as not said, maps are merged, lists are
/// the extension's entries and then the user's, each text once. At the top and in services `-` and `_` are the same.
Yaml merge_project(const Yaml& user, const Yaml& made);

}  // namespace rockbuild
