// `organize:` — moving what a part installed, at the end of its build (spec/parts-lifecycle.md §11): within its install
// folder, out of the build folder (`(build)/…`, which is copied from), or into the overlay (`(overlay)/…`, §18).
#pragma once

#include "project/organize_path.hpp"
#include "project/project.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

struct OrganizedTrees {
    Tree install;
    Tree build;    // never changes
    Tree overlay;  // the base with the layers so far
};

/// Who brought a path of the overlay.
struct PathOwner {
    std::string words;  // "the base"
    std::optional<Span> place;
};

/// The trees after all moves: explicit keys first, then patterns, each sorted. A key that matches nothing is no error.
/// Where upstream loses files (a folder organised onto itself or below itself), the first is a no-op and the second
/// RB1022. Links to folders on the way of a key or a target are followed. RB1020: the target exists; RB1021: several
/// files, one target; RB1025: the overlay has another file there, whose owner `owner_of` knows (an equal one is taken
/// for it). All at the key's place. Folders that are made on the way get `time`.
Result<OrganizedTrees> organize(OrganizedTrees trees, std::vector<std::pair<PlacedText, PlacedText>> moves,
                                std::int64_t time, const std::function<PathOwner(const std::string&)>& owner_of = {});

}  // namespace rockbuild
