// A plugin is a value (spec/parts-lifecycle.md §9): what it adds to the build environment, to the variables of the
// build step, and the commands that are the step's default action. Nothing here runs anything; all of it is in the
// step's key.
//
// What is not upstream's is there for one of three reasons, told beside it: the same bytes each time (DESIGN.md §3.3),
// nothing of the tools' caches in the image, or Debian's way of naming things.
#pragma once

#include "project/project.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// A program that a plugin calls and doesn't bring along, and what to write in the part to have it.
struct NeededProgram {
    std::string name;
    std::string cure;
    bool always = true;  // false: the commands look for it themselves
    bool operator==(const NeededProgram&) const = default;
};

struct PluginBuild {
    std::uint32_t version = 1;  // raised when the same commands come to mean something else
    std::vector<std::string> build_packages;
    std::vector<std::pair<std::string, std::string>> environment;  // before the part's own, open to expansion
    std::vector<NeededProgram> needs;
    std::string commands;         // for bash, in the part's build folder, under `set -euxo pipefail`
    bool out_of_source = false;   // the build folder begins empty; else as a copy of the source
    bool self_contained = false;  // the build step has no network and no caches
};

struct PluginSetting {
    const Part& part;
    bool is_bare = false;  // the image has no base below it
};

/// Does this version build parts of that plugin?
bool builds_plugin(std::string_view plugin);

/// What the part's plugin does; none for those that run nothing (nil, dump). RB1061 for a value that it can't work
/// with, at its place.
Result<std::optional<PluginBuild>> plugin_build(const PluginSetting& setting);

/// The file that `craftctl default` runs: the commands, behind a look for the programs that they need.
std::string plugin_script(const PluginBuild& build);

}  // namespace rockbuild
