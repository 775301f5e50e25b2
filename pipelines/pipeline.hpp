// A pipeline before it is anybody's YAML: the rocks of a repository, what the user asked for, and the jobs that follow.
//
// Both systems get the same pipeline. A job for each platform of a rock packs it, with the store cached, and tests it.
// One job for a rock joins its platforms into an index and pushes that. One job publishes all of it as resources of a
// charm: one, because a release names all resources of its channel. What differs is only how a system spells it.
#pragma once

#include "project/project.hpp"
#include "support/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// A rock and where it lies.
struct PipelineRock {
    std::string name;
    std::string folder;  // from the repository's root, which is "."
    std::vector<Platform> platforms;
};

/// A branch or the tags, and the Charmhub channel that they release to.
struct PipelineRelease {
    std::string branch;
    std::string channel;
};

struct PipelineWish {
    std::vector<PipelineRock> rocks;
    std::string install;                               // shell commands that bring rockbuild; empty: it is there
    std::string test = "rockbuild inspect \"$ROCK\"";  // shell commands
    std::string image;                                 // the container image of all jobs; empty: the runner's own
    std::map<std::string, std::string> runners;        // Debian's name of an architecture → the runner's label
    std::string registry;                          // HOST[:PORT]/PATH; empty: the one that belongs to the repository
    std::string charm;                             // empty: nothing is published
    std::map<std::string, std::string> resources;  // a rock's name → its resource, where it isn't `<rock>-image`
    std::vector<PipelineRelease> releases;         // the branches that are pushed and published
    std::string tag_channel;                       // of tags that begin with v
};

/// A platform of a rock and the runner that packs it.
struct PackJob {
    std::string platform;
    std::string runner;
};

/// What a system has by itself: its name, and the labels of its own runners by architecture.
struct PipelineSystem {
    std::string_view name;
    std::map<std::string, std::string> runners;
};

/// The jobs of each rock, in the order of `wish.rocks`. RB1700: a word can't stand in a pipeline; RB1701: no runner for
/// a platform; RB1702: two rocks of one name; RB1703: no name of a branch; RB1704: a resource for a rock that isn't
/// there.
Result<std::vector<std::vector<PackJob>>> pack_jobs(const PipelineWish& wish, const PipelineSystem& system);

/// A file of the rock's project, from the repository's root.
std::string project_path(const PipelineRock& rock, std::string_view file);

/// The label of the runner for jobs that any machine can do.
std::string plain_runner(const PipelineWish& wish, const PipelineSystem& system);

/// The whole `.github/workflows/….yml`; errors as of pack_jobs.
Result<std::string> github_pipeline(const PipelineWish& wish);
/// The whole `.gitlab-ci.yml`; errors as of pack_jobs.
Result<std::string> gitlab_pipeline(const PipelineWish& wish);

}  // namespace rockbuild
