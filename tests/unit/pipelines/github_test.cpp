// The rights, secrets and pins of a workflow; that it is a workflow at all is for the linters
// (tests/differential/pipelines.py).
#include "pipelines/pipeline.hpp"
#include "unit/pipelines/wishes.hpp"

#include <yaml-cpp/yaml.h>
#include <catch2/catch.hpp>

#include <regex>

using namespace rockbuild;
using test::wish;

namespace {

YAML::Node workflow(const PipelineWish& asked) { return YAML::Load(test::text_of(github_pipeline(asked))); }

std::string dumped(const YAML::Node& node) { return YAML::Dump(node); }

PipelineWish published() {
    auto asked = wish();
    asked.charm = "site";
    return asked;
}

}  // namespace

TEST_CASE("github: jobs have the least rights") {
    const auto read = workflow(published());
    CHECK(read["permissions"].IsMap());
    CHECK(read["permissions"].size() == 0);
    const auto jobs = read["jobs"];
    REQUIRE(jobs.size() == 5);
    CHECK(dumped(jobs["pack-web"]["permissions"]) == "contents: read");
    CHECK(dumped(jobs["push-web"]["permissions"]) == "packages: write");
    CHECK(dumped(jobs["publish"]["permissions"]) == "packages: read");
    auto asked = published();
    asked.registry = "localhost:5000/x";
    CHECK(workflow(asked)["jobs"]["push-web"]["permissions"].size() == 0);
    asked.install = "make install";
    CHECK(dumped(workflow(asked)["jobs"]["push-web"]["permissions"]) == "contents: read");
}

TEST_CASE("github: pull requests neither push nor publish, and see no secret") {
    const auto jobs = workflow(published())["jobs"];
    for (const auto& job : jobs) {
        const auto name = job.first.as<std::string>();
        const bool packs = name.starts_with("pack-");
        CHECK(job.second["if"].IsDefined() != packs);
        if (!packs) CHECK(job.second["if"].as<std::string>() == "github.event_name == 'push'");
        if (packs) CHECK(dumped(job.second).find("secrets.") == std::string::npos);
        if (name != "publish") CHECK(dumped(job.second).find("CHARMCRAFT_AUTH") == std::string::npos);
    }
    CHECK(!workflow(wish())["jobs"]["publish"]);
}

TEST_CASE("github: secrets are in the environment of one step, never in a script or a job") {
    for (const auto& job : workflow(published())["jobs"]) {
        CHECK(dumped(job.second["env"]).find("secrets.") == std::string::npos);
        for (const auto& step : job.second["steps"])
            if (step["run"]) CHECK(step["run"].as<std::string>().find("${{") == std::string::npos);
    }
}

TEST_CASE("github: every action is pinned by its commit, with its version behind") {
    const auto text = test::text_of(github_pipeline(published()));
    const std::regex use("uses: (.*)");
    const std::regex pinned("actions/[a-z-]+@[0-9a-f]{40}  # v[0-9]+\\.[0-9]+\\.[0-9]+");
    int count = 0;
    for (std::sregex_iterator found(text.begin(), text.end(), use), end; found != end; ++found, ++count)
        CHECK(std::regex_match((*found)[1].str(), pinned));
    CHECK(count == 8);  // checkout, cache and upload for each rock, download for each push
}

TEST_CASE("github: artifacts of one rock are not those of another whose name begins alike") {
    const auto jobs = workflow(wish())["jobs"];
    CHECK(dumped(jobs["push-web"]).find("pattern: web_*") != std::string::npos);
    CHECK(dumped(jobs["pack-web-cache"]).find("name: web-cache_${{ matrix.platform }}") != std::string::npos);
}

TEST_CASE("github: branches are patterns, folders are in an expression") {
    auto asked = wish();
    asked.releases = {{"a+b!", "edge"}};
    asked.rocks[0].folder = "it's";
    const auto read = workflow(asked);
    CHECK(read["on"]["push"]["branches"][0].as<std::string>() == "a\\+b\\!");
    CHECK(dumped(read["jobs"]["pack-web"]["steps"][1]).find("hashFiles('it''s/**')") != std::string::npos);
    asked.rocks[0].folder = ".";
    CHECK(dumped(workflow(asked)["jobs"]["pack-web"]["steps"][1]).find("hashFiles('**')") != std::string::npos);
}

TEST_CASE("github: only packing is privileged in a container") {
    auto asked = published();
    asked.image = "debian:12";
    const auto jobs = workflow(asked)["jobs"];
    CHECK(jobs["pack-web"]["container"]["options"].as<std::string>() == "--privileged");
    CHECK(!jobs["push-web"]["container"]["options"]);
    CHECK(jobs["publish"]["container"]["image"].as<std::string>() == "debian:12");
}
