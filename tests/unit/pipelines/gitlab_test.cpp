// Who may do what in a pipeline of GitLab; that it is one at all is for its schema (tests/differential/pipelines.py).
#include "pipelines/pipeline.hpp"
#include "unit/pipelines/wishes.hpp"

#include <yaml-cpp/yaml.h>
#include <catch2/catch.hpp>

using namespace rockbuild;
using test::wish;

namespace {

YAML::Node pipeline(const PipelineWish& asked) { return YAML::Load(test::text_of(gitlab_pipeline(asked))); }

PipelineWish published() {
    auto asked = wish();
    asked.charm = "site";
    return asked;
}

}  // namespace

TEST_CASE("gitlab: what is pushed and published is protected") {
    const auto read = pipeline(published());
    for (const auto* name : {"push-web", "push-web-cache", "publish"}) {
        REQUIRE(read[name]["rules"].size() == 2);
        for (const auto& rule : read[name]["rules"])
            CHECK(rule["if"].as<std::string>().starts_with("$CI_COMMIT_REF_PROTECTED == \"true\" && "));
    }
    CHECK(!read["pack-web"]["rules"]);
    CHECK(read["publish"]["environment"]["name"].as<std::string>() == "charmhub");
    CHECK(!read["push-web"]["environment"]);
    CHECK(!pipeline(wish())["publish"]);
}

TEST_CASE("gitlab: a job for each platform, on its runner, with a cache of its own") {
    const auto job = pipeline(wish())["pack-web"];
    REQUIRE(job["parallel"]["matrix"].size() == 2);
    CHECK(job["parallel"]["matrix"][1]["PLATFORM"].as<std::string>() == "arm64");
    CHECK(job["parallel"]["matrix"][1]["RUNNER"].as<std::string>() == "saas-linux-small-arm64");
    CHECK(job["tags"][0].as<std::string>() == "$RUNNER");
    CHECK(job["cache"]["key"]["prefix"].as<std::string>() == "rockbuild_web_$PLATFORM");
    CHECK(job["cache"]["key"]["files"][0].as<std::string>() == "rocks/web/rockcraft.yaml");
}

TEST_CASE("gitlab: a branch is quoted by what it hasn't") {
    auto asked = wish();
    asked.releases = {{"it's", "edge"}, {"say-\"x\"", "edge"}};
    const auto rules = pipeline(asked)["push-web"]["rules"];
    CHECK(rules[1]["if"].as<std::string>().ends_with("$CI_COMMIT_BRANCH == \"it's\""));
    CHECK(rules[2]["if"].as<std::string>().ends_with("$CI_COMMIT_BRANCH == 'say-\"x\"'"));
}

TEST_CASE("gitlab: the registry's password is GitLab's own or the user's") {
    auto asked = wish();
    CHECK(test::text_of(gitlab_pipeline(asked)).find("\"$CI_REGISTRY_PASSWORD\"") != std::string::npos);
    asked.registry = "localhost:5000/x";
    CHECK(test::text_of(gitlab_pipeline(asked)).find("CI_REGISTRY") == std::string::npos);
}
