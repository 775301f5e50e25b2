#include "pipelines/script.hpp"

#include "unit/pipelines/wishes.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::wish;

namespace {

const ScriptWorld world{"ref=$R", "$REGISTRY", "\"$HOST\"", "NAME", "SECRET"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a folder is no option and no command") {
    CHECK(has(pack_script({"web", "-rf", {}}), "rockbuild pack ./-rf --platform \"$PLATFORM\""));
    CHECK(has(pack_script({"web", "a;b", {}}), "rockbuild pack 'a;b' "));
}

TEST_CASE("the user's commands stand as they are, without what is around them") {
    auto asked = wish();
    asked.install = "\n  make\n    install\n\n";
    CHECK(install_script(asked).starts_with("make\n    install\ncommand -v rockbuild"));
    asked.test = " a \"$ROCK\"\nb\n";
    CHECK(test_script(asked).ends_with("export ROCK=\"$1\"\na \"$ROCK\"\nb"));
}

TEST_CASE("the registry is the repository's unless one is named") {
    auto asked = wish();
    CHECK(has(push_script(asked, asked.rocks[0], world), "login \"$HOST\" --username \"$NAME\""));
    CHECK(has(push_script(asked, asked.rocks[0], world), "registry=$REGISTRY\n"));
    asked.registry = "localhost:5000/a/b";
    CHECK(has(push_script(asked, asked.rocks[0], world), "login localhost:5000 "));
    CHECK(has(push_script(asked, asked.rocks[0], world), "registry=localhost:5000/a/b\n"));
}

TEST_CASE("a release goes to the channel of its branch, every rock to its resource") {
    auto asked = wish();
    asked.charm = "site";
    asked.resources = {{"web-cache", "cache"}};
    asked.releases = {{"it's", "latest/edge"}, {"main", "2.0/beta"}};
    const auto text = publish_script(asked, world);
    CHECK(has(text,
              "  refs/heads/'it'\\''s') channel=latest/edge ;;\n  refs/heads/main) channel=2.0/beta ;;\n"
              "  refs/tags/v*) channel=latest/candidate ;;\n"));
    CHECK(has(text, "publish \"docker://$IMAGE_WEB\" --charm site --resource web-image --release \"$channel\""));
    CHECK(has(text, "publish \"docker://$IMAGE_WEB_CACHE\" --charm site --resource cache --release \"$channel\""));
}
