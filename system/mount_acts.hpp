// Carrying out a mount plan in the child, by system calls alone.
#pragma once

#include "system/mount_plan.hpp"

namespace rockbuild {

/// Carries out `acts` one by one; the working directory is the stage. Returns the folder that is the new root, or -1:
/// then `failed` is the index of the act that failed and errno its reason. Allocates nothing.
int perform(const std::vector<MountAct>& acts, std::size_t& failed) noexcept;

}  // namespace rockbuild
