// A commit of a mirror as a tree: its files as a checkout has them, its submodules, and a repository at `.git`.
#pragma once

#include "parts/sources/git_mirror.hpp"
#include "project/project.hpp"
#include "store/tree.hpp"

namespace rockbuild {

/// The files of `source`, of kind git. `part` gives the places of its submodules' names. RB1076 for a submodule that
/// can't be had or isn't there.
Result<Tree> git_tree(const Workshop& workshop, const Job& job, GitMirror& mirror, const ResolvedSource& source,
                      const Part& part, const std::stop_token& stop);

}  // namespace rockbuild
