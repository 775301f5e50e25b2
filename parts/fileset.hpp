// Filesets: what `overlay:`, `stage:` and `prime:` choose of a tree (spec/parts-lifecycle.md §6 PRIME, §10).
#pragma once

#include "project/project.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <string_view>
#include <vector>

namespace rockbuild {

/// What of `tree` the entries choose, with the parents of what is chosen. `-x` leaves out, `\-x` is a name that begins
/// with a dash, all else takes in; no inclusion means `*`; order does not matter. `*` and `?` stay inside a component,
/// `**` crosses; what a pattern finds behind a link to a folder is chosen where it really lies, and a slash at the end
/// of a pattern wants folders. A `*` at the start does not take names that begin with a dot. RB1010 (at the entry's
/// place) for a literal inclusion that isn't in the tree.
Result<Tree> select(const Tree& tree, const std::vector<PlacedText>& entries);

/// What of `tree` a pattern finds, in order. Links to folders on its way are followed, but by `**`; a slash at its end
/// wants folders.
std::vector<std::string> found_by(const Tree& tree, std::string_view pattern);

/// Whether the entries of `stage` join those of `prime`: where it is `*` alone, or has nothing but exclusions.
bool joins_stage(const std::vector<PlacedText>& prime);

/// The entries that prime really goes by: where `prime` has no inclusion of its own, those of `stage` join it.
std::vector<PlacedText> effective_prime(const std::vector<PlacedText>& stage, const std::vector<PlacedText>& prime);

}  // namespace rockbuild
