#include "pipelines/pipeline.hpp"

#include "unit/pipelines/wishes.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::platform;
using test::refused;
using test::wish;

namespace {

const PipelineSystem two_machines{"Some", {{"amd64", "x"}, {"arm64", "y"}}};

/// The runner for a rock of this one platform; the error's code if there is none.
std::string runner(const Platform& only, const std::map<std::string, std::string>& own = {}) {
    auto asked = wish();
    asked.rocks = {{"web", ".", {only}}};
    asked.runners = own;
    const auto jobs = pack_jobs(asked, two_machines);
    return jobs ? jobs->front().front().runner : jobs.error().code;
}

}  // namespace

TEST_CASE("a platform is packed on a machine of its own architecture, else on the first that there is") {
    CHECK(runner(platform("arm64", {"arm64"}, "arm64")) == "y");
    CHECK(runner(platform("both", {"amd64", "arm64"}, "arm64")) == "y");
    CHECK(runner(platform("cross", {"amd64"}, "arm64")) == "x");
    CHECK(runner(platform("any", {"s390x", "riscv64", "amd64"}, "s390x")) == "x");
}

TEST_CASE("the user's runner goes before the system's") {
    CHECK(runner(platform("amd64", {"amd64"}, "amd64"), {{"amd64", "mine"}}) == "mine");
    CHECK(runner(platform("s390x", {"s390x"}, "s390x"), {{"s390x", "mine"}}) == "mine");
}

TEST_CASE("a platform without a runner is refused at its place") {
    auto asked = wish();
    asked.rocks[1].platforms = {platform("big", {"s390x"}, "s390x")};
    asked.rocks[1].platforms[0].span = Span{"rockcraft.yaml", {7, 3}, {7, 6}};
    const auto jobs = pack_jobs(asked, two_machines);
    REQUIRE(!jobs);
    CHECK(jobs.error().code == "RB1701");
    CHECK(jobs.error().span->begin.line == 7);
    CHECK(jobs.error().hint == "name one of yours: --runner s390x=LABEL");
}

TEST_CASE("rocks have names of their own, and resources have rocks") {
    auto asked = wish();
    asked.rocks[1].name = "web";
    CHECK(refused(asked) == "RB1702");
    asked = wish();
    asked.resources = {{"wbe", "image"}};
    CHECK(refused(asked) == "RB1704");
    CHECK(github_pipeline(asked).error().suggestions == std::vector<std::string>{"web"});
}

TEST_CASE("names of branches are those of git") {
    const auto branch = [](const std::string& name) {
        auto asked = wish();
        asked.releases = {{name, "edge"}};
        return refused(asked);
    };
    for (const auto* good :
         {"main", "feature/x", "a+b", "a!b", "it's", "say-\"x\"", "a=b", "$(x)", "v1.0", "#1", "a&&b"})
        CHECK(branch(good).empty());
    for (const auto* bad : {"",   "a b", "a..b", "-a", "/a",  "a/",   "a//b",  ".a",   "a/.b", "a.",  "a.lock",  "a~1",
                            "a^", "a:b", "a?",   "a*", "a[b", "a\\b", "a@{1}", "a\nb", "${{x", "'\"", "\xc3\xa4"})
        CHECK(branch(bad) == "RB1703");
    auto twice = wish();
    twice.releases = {{"main", "edge"}, {"main", "beta"}};
    CHECK(refused(twice) == "RB1703");
}

TEST_CASE("what a system would read as its own is refused wherever it stands") {
    const auto with = [](auto change) {
        auto asked = wish();
        change(asked);
        return refused(asked);
    };
    CHECK(with([](PipelineWish& asked) { asked.install = "echo ${{ github.head_ref }}"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.test = "echo ${{ github.head_ref }}"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.test = "echo \x01"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.test = "echo \xff"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.image = "a b"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.runners["amd64"] = "$HOME"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.rocks[0].folder = "rocks/*"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.rocks[0].folder = "rocks/$x"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.rocks[0].platforms[0].label = "it's"; }) == "RB1700");
    CHECK(with([](PipelineWish& asked) { asked.rocks[0].folder = "it's \"here\""; }).empty());
    CHECK(with([](PipelineWish& asked) { asked.test = "a\n\tb | c && \"$ROCK\""; }).empty());
}
