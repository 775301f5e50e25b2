// The shell commands of a pipeline, the same under both systems. They run in bash with -e and pipefail, at the root of
// the repository.
//
// Every name that comes from a project or a command line is quoted; what the system tells at run time (branches above
// all) is read from variables, never written into the text, so that nobody's branch becomes a command.
#pragma once

#include "pipelines/pipeline.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// Below `.craft`, which is never part of a project's own sources.
inline constexpr std::string_view pipeline_store = ".craft/store";
inline constexpr std::string_view pipeline_rocks = ".craft/rocks";

/// How a system tells a script where it is; each is shell text.
struct ScriptWorld {
    std::string ref;            // lines that set `ref` to refs/heads/NAME or refs/tags/NAME
    std::string registry;       // the value of `registry` where the user names none
    std::string registry_host;  // what to log in to then
    std::string registry_user;  // variables, without `$`
    std::string registry_password;
};

/// Brings rockbuild, or ends with words that say how it could be brought.
std::string install_script(const PipelineWish& wish);
/// Packs the platform $PLATFORM.
std::string pack_script(const PipelineRock& rock);
/// The user's test, with the rock's path in $ROCK.
std::string test_script(const PipelineWish& wish);
/// Joins the rock's platforms into one index, pushes it, and leaves its name with its digest in `image`.
std::string push_script(const PipelineWish& wish, const PipelineRock& rock, const ScriptWorld& world);
/// Publishes all rocks from the registry, as resources of the charm. Each image is in its image_variable.
std::string publish_script(const PipelineWish& wish, const ScriptWorld& world);

/// IMAGE_SYNAPSE_NGINX: carries what push_script left to publish_script.
std::string image_variable(const PipelineRock& rock);

}  // namespace rockbuild
