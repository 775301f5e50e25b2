// Where a layer's entries land over a base: through the base's folder links (usrmerge), never replacing them.
#pragma once

#include "store/tree.hpp"

namespace rockbuild {

/// `layer` with each path that goes through a symlink-to-folder of `base` moved to where the link leads: `lib/x`
/// becomes `usr/lib/x`; a folder entry that coincides with such a link is dropped, unless it is opaque (then it
/// replaces the link). (A layer can't go through links of its own: in a tree only folders have children.) Compared by
/// path components, relative links resolved against their parent, never leaving the root (spec/rockcraft-yaml.md §11.5
/// rules 2–4 and the faults named there). RB0710 when two different entries land on one path: names both.
Result<Tree> place_over(const Tree& layer, const Tree& base);

}  // namespace rockbuild
