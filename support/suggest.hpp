// "did you mean": the words that are near a mistyped one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// Damerau-Levenshtein distance (insert, delete, replace, swap neighbours: one each), in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// At most `limit` of `candidates` within a third of the word's length (at least 1, at most 4) of `word`, nearest
/// first, ties in alphabetical order. `-` and `_` count as equal.
std::vector<std::string> suggestions(std::string_view word, const std::vector<std::string>& candidates,
                                     std::size_t limit = 3);

}  // namespace rockbuild
