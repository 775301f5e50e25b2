// Extensions as such: which bases they stand on, in what order they are applied, and where what they make stands.
#include "project/extensions/expand.hpp"

#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string go = "extensions: [go-framework]\n";
const FakeFiles module{{"go.mod", "module my-app\n"}};

Lines on(const std::string& bases, bool experimental = true) {
    return said_beside(app(bases, go), module, experimental);
}

}  // namespace

TEST_CASE("an extension stands on some bases") {
    CHECK(on("base: ubuntu@24.04\n").empty());
    CHECK(on("base: debian@12\n").empty());
    CHECK(on("base: bare\nbuild-base: ubuntu@24.04\n").empty());
    CHECK(on("base: ubuntu@22.04\n") == Lines{"RB0330 7:7 'go-framework' doesn't stand on 'ubuntu@22.04'"});
    CHECK(on("base: debian@13\n") == Lines{"RB0330 7:7 'go-framework' doesn't stand on 'debian@13'"});
    // Upstream's later generation stands on 26.04 alone, and a build base that isn't the earlier one's leads to it.
    CHECK(on("base: bare\nbuild-base: ubuntu@22.04\n") ==
          Lines{"RB0330 8:13 'go-framework' doesn't stand on 'ubuntu@22.04'"});
    CHECK(on("base: bare\nbuild-base: ubuntu@26.04\n") ==
          Lines{"RB0330 8:13 'go-framework' doesn't stand on 'ubuntu@26.04'"});
    // Bare rocks of extensions are made of slices, which Debian hasn't.
    CHECK(on("base: bare\nbuild-base: debian@12\n") ==
          Lines{"RB0330 8:13 'go-framework' doesn't stand on 'debian@12'"});
}

TEST_CASE("an experiment is said to be one, unless that is known") {
    CHECK(on("base: ubuntu@26.04\n").empty());
    CHECK(on("base: ubuntu@26.04\n", false) ==
          Lines{"WRB0331 8:14 'go-framework' on 'ubuntu@26.04' is experimental: what it makes may change"});
    CHECK(on("base: ubuntu@24.04\n", false).empty());
}

TEST_CASE("a part of an extension that the user writes is the user's, with the name that the base allows") {
    const std::string part = "parts: {go-framework/install-app: {build-packages: [x]}}\n";
    CHECK(said_beside(app("base: ubuntu@24.04\n", go + part), module).empty());
    CHECK(said_beside(app("base: ubuntu@26.04\n", go + part), module) ==
          Lines{"RB0314 9:9 'go-framework/install-app' can't be a part's name: on ubuntu@26.04 it has no '/'"});
}

TEST_CASE("the list of extensions is looked at as any list") {
    CHECK(said_beside(app(on_debian, "extensions: [go-framwork]\n"), module) ==
          Lines{"RB0314 8:14 an entry of 'extensions' can't be 'go-framwork'"});
    CHECK(said_beside(app(on_debian, "extensions: go-framework\n"), module).size() == 1);
    CHECK(said_beside(app(on_debian, "extensions: []\n"), module) == Lines{"RB0314 8:13 'extensions' is empty"});
    CHECK(said_beside(app(on_debian, "extensions:\n"), module).empty());
    CHECK(expanded(app(on_debian, "extensions: [go-framework, go-framework]\n"), module) ==
          expanded(app(on_debian, go), module));
}

TEST_CASE("what an extension made is said to be its own") {
    const auto document = read_beside(
        app(on_debian, go + "parts: {go-framework/install-app: {plugin: dump, go-generate: [x]}}\n"), module);
    REQUIRE(document.diagnostics.size() == 1);
    CHECK(document.diagnostics[0].code == "RB0310");  // of the user's own key
    CHECK(document.diagnostics[0].notes.empty());
    const auto wrong = read_beside(app(on_debian, go + "parts: {go-framework/runtime: {plugin: dump}}\n"), module);
    REQUIRE(wrong.diagnostics.size() == 1);
    CHECK(wrong.diagnostics[0].code == "RB0312");
    const auto circle = read_beside(
        app(on_debian, "extensions: [go-framework]\nservices: {go: {requires: 3}}\nentrypoint-service: go\n"), module);
    bool told = false;
    for (const auto& item : circle.diagnostics)
        for (const auto& note : item.notes) told |= note.message == "made by the extension 'go-framework'";
    CHECK(told);  // the command that it made has no place for arguments
}

TEST_CASE("what failed isn't missed a second time") {
    CHECK(said_beside(app(on_debian, go + "parts: {go-framework/install-app: {build-snaps: [go]}}\nadopt-info: x\n"),
                      FakeFiles{})
              .size() == 1);
    CHECK(said_beside("name: a_b\nbase: debian@12\nplatforms: {amd64: }\nextensions: [go-framework]\n", FakeFiles{})
              .size() > 1);
}

TEST_CASE("without a base an extension can't say anything") {
    CHECK(said_beside("name: my-app\nversion: '1'\nsummary: x\ndescription: x\nplatforms: {amd64: }\n" + go, module) ==
          Lines{"RB0312 1:1 the project needs 'base'"});
}

TEST_CASE("a key may be spelled as upstream's extensions do") {
    CHECK(expanded(app(on_debian, go + "run_user: _daemon_\nservices: {go: {working_dir: /x}}\n"),
                   module)["services"]["go"]["working-dir"] == "/x");
}
