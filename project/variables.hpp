// `$CRAFT_…` over the whole document: plain text for plain text, before anything is looked at (spec/rockcraft-yaml.md
// §2, stage 6). Names are tried longest first, so that `$CRAFT_STAGED` is `$CRAFT_STAGE` and a D.
//
// CRAFT_PARALLEL_BUILD_COUNT is left in the parts for the environment of their steps: a machine's number of cores is no
// part of what is built.
#pragma once

#include "project/complaints.hpp"
#include "support/arch.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// Where a build's trees lie, wherever the project's own folder is.
namespace inside {
inline const std::string project = "/root/project";
inline const std::string stage = "/root/stage";
inline const std::string prime = "/root/prime";
inline const std::string overlay = "/root/overlay";
}  // namespace inside

/// Names and values, longest name first.
using Variables = std::vector<std::pair<std::string, std::string>>;

/// What is the same for every build of the document.
Variables common_variables(const YamlNode& project);
/// What differs from build to build.
Variables build_variables(const Arch& build_on, const Arch& build_for);

/// A path that began with `$CRAFT_PROJECT_DIR`, from the project's folder; any other as it is.
std::string from_project(const std::string& path);

/// The tree with all of `variables` filled in, in keys and values; the very same node where there are none.
Yaml fill_in(const Yaml& node, const Variables& variables);

/// RB0301 for keys of one map that have become the same.
void check_filled_keys(Complaints& complaints, const YamlNode& filled);

/// RB0323 once for each old name (CRAFT_ARCH_TRIPLET, CRAFT_TARGET_ARCH), and RB0314 where the number of cores would
/// get into something else than a step.
void check_variables(Complaints& complaints, const YamlNode& project);

}  // namespace rockbuild
