// pkg-config files on their way into stage: their prefix says where the files lie then, so that builds after it find
// them (spec/parts-lifecycle.md §12). They keep it in prime, as upstream's do.
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <string>

namespace rockbuild {

/// A file's text with each line `prefix=…` below `stage`: what it has of an install folder or of another stage goes
/// first. A prefix that begins with `${pcfiledir}` stays.
std::string with_prefix_below(const std::string& text, const std::string& stage, const std::string& install);

/// The tree with that done to each file `*.pc`.
Result<Tree> with_prefixes_below(Store& store, const Tree& tree, const std::string& stage, const std::string& install);

}  // namespace rockbuild
