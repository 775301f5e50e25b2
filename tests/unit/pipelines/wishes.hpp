// Pipelines in small: two rocks, and what is asked for them.
#pragma once

#include "pipelines/pipeline.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace rockbuild::test {

inline Platform platform(const std::string& label, const std::vector<std::string>& build_on,
                         const std::string& build_for) {
    Platform made;
    made.label = label;
    for (const auto& name : build_on) made.build_on.push_back(*arch_from_debian(name));
    made.build_for = *arch_from_debian(build_for);
    return made;
}

inline PipelineWish wish() {
    PipelineWish wish;
    wish.rocks = {{"web", "rocks/web", {platform("amd64", {"amd64"}, "amd64"), platform("arm64", {"arm64"}, "arm64")}},
                  {"web-cache", "rocks/cache", {platform("amd64", {"amd64"}, "amd64")}}};
    wish.releases = {{"main", "latest/edge"}};
    wish.tag_channel = "latest/candidate";
    return wish;
}

inline std::string text_of(const Result<std::string>& pipeline) {
    if (!pipeline) throw std::runtime_error(pipeline.error().code + " " + pipeline.error().message);
    return *pipeline;
}

/// The code of the error; empty if there is none.
inline std::string refused(const PipelineWish& wish) {
    const auto github = github_pipeline(wish);
    const auto gitlab = gitlab_pipeline(wish);
    if (github.has_value() != gitlab.has_value()) return "one of them takes it";
    return github ? "" : github.error().code;
}

}  // namespace rockbuild::test
