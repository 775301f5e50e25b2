// `/bin`, `/lib`, `/lib64` and `/sbin` of an install folder as links into `/usr` (spec/parts-lifecycle.md §3): build
// bases from ubuntu@25.10 on want them of each part, `build-attributes` ask for them or against them.
#pragma once

#include "project/language.hpp"
#include "project/project.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>

namespace rockbuild {

bool wants_usrmerge(const Part& part, Generation build_base);

/// `install` with the links, and with what lay in such a folder below `usr`, as if it had been written through the
/// link. New entries have `time`. RB1062 where that can't be: something else has a link's name, or two different files
/// come to have one.
Result<Tree> with_usrmerge(const Tree& install, const Part& part, std::int64_t time);

}  // namespace rockbuild
