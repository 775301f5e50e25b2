// Which builds of a document this run makes, and what of a project this version can't build.
#pragma once

#include "project/document.hpp"
#include "support/result.hpp"

#include <string>
#include <vector>

namespace rockbuild {

/// What was asked for by --platform and --build-for; empty: everything.
struct BuildWish {
    std::string platform;
    std::string build_for;
};

/// A platform that isn't built, and why.
struct SkippedPlatform {
    std::string label;
    std::string why;
};

struct BuildPlan {
    std::vector<Build> builds;  // one a platform, in the file's order
    std::vector<SkippedPlatform> skipped;
};

/// The platforms that `host` can build, of those that are wished (spec/rockcraft-yaml.md §4). RB1204 if there is none:
/// with what the file has, and suggestions.
Result<BuildPlan> plan_builds(const ProjectDocument& document, const BuildWish& wish, const Arch& host);

/// What is part of the language and isn't built by this version: RB0311 at each place. `data` is the folder of
/// rockbuild's own data files: an extension takes sources from there.
Diagnostics unbuildable(const Project& project, const std::string& data);
/// The same of all builds of a file, each place once.
Diagnostics unbuildable(const ProjectDocument& document, const std::string& data);

}  // namespace rockbuild
