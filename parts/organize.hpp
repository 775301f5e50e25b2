// `organize:` — moving what a part installed, at the end of its build (spec/parts-lifecycle.md §11).
#pragma once

#include "project/project.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace rockbuild {

/// The tree after all moves: explicit keys first, then patterns, each sorted. A key that matches nothing is no error.
/// Where upstream loses files (a folder organised onto itself or below itself), the first is a no-op and the second
/// RB1022. Links to folders on the way of a key or a target are followed. RB1020: the target exists; RB1021: several
/// files, one target. All at the key's place. Folders that are made on the way get `time`.
Result<Tree> organize(const Tree& tree, std::vector<std::pair<PlacedText, PlacedText>> moves, std::int64_t time);

}  // namespace rockbuild
