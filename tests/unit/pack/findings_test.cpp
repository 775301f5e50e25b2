// Everything that `check` says of a file: its own mistakes, Pebble's, what isn't built yet and what is past its end.
#include "pack/findings.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::with;

namespace {

constexpr std::int64_t in_2024 = 1704067200;
constexpr std::int64_t in_2050 = 2524608000;

Lines found(const std::string& text, std::int64_t now = in_2024) {
    auto lines = test::said(findings(read_document(text, "rockcraft.yaml"), now, {}));
    for (auto& line : lines) line.erase(line.find(' ', line.find(' ') + 1));
    return lines;
}

}  // namespace

TEST_CASE("a good file has no findings") {
    CHECK(found(with("")).empty());
    CHECK(found(with("services: {s: {override: replace, command: c, startup: enabled}}\n")).empty());
}

TEST_CASE("what isn't built yet is a warning, in a file without errors") {
    CHECK(found(with("parts: {p: {plugin: qmake, source: .}}\n")) == Lines{"WRB0311 8:21"});
    CHECK(found(with("foo: 1\nparts: {p: {plugin: go, source: .}}\n")) == Lines{"RB0310 8:1"});
}

TEST_CASE("Pebble's errors come with those of the file, unless they only follow from them") {
    const std::string bad = "services: {s: {override: replace, command: 'a \"b', startup: enabled}}\n";
    CHECK(found(with(bad)) == Lines{"RB0611 8:44"});
    CHECK(found(with("foo: 1\n" + bad)) == Lines{"RB0310 8:1", "RB0611 9:44"});
    CHECK(found(with("services: {s: {override: replaced, command: 'a \"b', startup: enabled}}\n")) ==
          Lines{"RB0314 8:26", "RB0611 8:45"});
    CHECK(found(with("services: {s: {override: replaced, command: c, startup: 5s}}\n")) ==
          Lines{"RB0314 8:26", "RB0314 8:57"});
    CHECK(found(with(bad + "checks: {c: {override: replace, tcp: {port: x}}}\n")) ==
          Lines{"RB0611 8:44", "RB0313 9:45"});
}

TEST_CASE("a base past its end is a warning, once for each base") {
    CHECK(found(with(""), in_2050) == Lines{"WRB1110 5:7"});
    const std::string two =
        "name: my-rock\nversion: '1'\nsummary: s\ndescription: d\nbase: bare\nbuild-base: debian@12\n"
        "platforms: {amd64: , arm64: }\n";
    CHECK(found(two).empty());
    CHECK(found(two, in_2050) == Lines{"WRB1110 6:13"});
}

TEST_CASE("the findings of several builds are said once and in order") {
    auto text = with(
        "services: {s: {override: replace, command: c, startup: enabled, kill-delay: x}}\nparts:\n  p:\n"
        "    plugin: nil\n    stage-packages: [{to arm64: [a_b]}, {to amd64: [c_d]}]\n");
    text.insert(text.find("  amd64:\n"), "  arm64: {build-on: [amd64, arm64]}\n");
    CHECK(found(text) == Lines{"RB0610 9:77", "WRB0311 13:34", "WRB0311 13:53"});
    text.erase(text.find(", kill-delay: x"), 15);
    CHECK(found(text) == Lines{"WRB0311 13:34", "WRB0311 13:53"});
}

TEST_CASE("a file that is no project has only its own errors") {
    CHECK(found("- a\n", in_2050) == Lines{"RB0313 1:1"});
    CHECK(found("", in_2050) == Lines{"RB0312 1:1"});
    CHECK(found("a: [\n", in_2050).size() == 1);
}
