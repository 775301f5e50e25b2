// The folds of the shared `stage` and `prime` trees: laying one part's contribution over what is there, telling what
// collides, applying `permissions`, and pruning what the base has already.
#pragma once

#include "project/project.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rockbuild {

/// `tree` with names for its inodes (Entry::link) that `other` hasn't: laid together, none of the one becomes one with
/// any of the other.
Tree with_links_apart(const Tree& tree, const Tree& other);

/// Migration (spec/parts-lifecycle.md §12): folders take the new attributes, files replace, an existing symlink stays,
/// and what goes below one to a folder lands there. The contribution's files are inodes of their own. RB1031 where a
/// folder and something else meet.
Result<Tree> migrate(const Tree& target, const Tree& contribution);

/// What a part, or the overlay, lays into stage.
struct Contribution {
    const Part* part = nullptr;  // of an overlay: the part that gave the layer
    bool overlay = false;
    std::shared_ptr<const Tree> tree;
};

/// RB1030 if the last contribution has a path with other bytes, type, link text or `permissions` than an earlier one
/// (spec/parts-lifecycle.md §13; `.pc` files compare without their prefix line): the paths and what differs,
/// both parts, their lines. Overlay contributions are never compared with each other.
Result<void> check_collisions(const Store& store, const std::vector<Contribution>& contributions);

/// Owners first, then modes, each entry of `permissions` in order on what its pattern matches; links are never
/// followed.
Tree with_permissions(const Tree& tree, const std::vector<Permission>& permissions);

/// `prime` without the files and symlinks that `base` has alike at the same place (spec/rockcraft-yaml.md §11.4): equal
/// bytes, owner and mode; links with equal text. The base's folder links are followed inside the base. Folders stay.
Tree prune(const Tree& prime, const Tree& base);

/// Splits an overlay's delta: what scripts may see of it, and the marks (whiteouts, opaque folders) that only mean
/// something over the base.
struct OverlayParts {
    Tree visible;
    Tree marks;
};
OverlayParts split_overlay(const Tree& delta);
/// `prime` with those marks that still mean something over `base`: whiteouts of base paths that prime doesn't have,
/// opaque where prime has a folder that base has too.
Tree with_marks(const Tree& prime, const Tree& marks, const Tree& base);

}  // namespace rockbuild
