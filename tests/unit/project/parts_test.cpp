#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::said;
using test::with;

namespace {

/// The places of what is said about a part of these fields; it begins at 9:6.
Lines of_part(const std::string& fields) { return places(with("parts:\n  p: {" + fields + "}\n")); }

std::string on_bare(const std::string& rest) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: bare\nbuild-base: "
           "debian@12\nplatforms: {amd64: }\n" +
           rest;
}

Part only_part(const std::string& lines) {
    return test::project(with("parts:\n  p:\n    plugin: nil\n" + lines)).parts.at(0);
}

}  // namespace

TEST_CASE("a part needs a plugin that is here") {
    CHECK(of_part("plugin: nil").empty());
    CHECK(of_part("") == Lines{"RB0312 9:3"});
    CHECK(of_part("plugin: ") == Lines{"RB0312 9:7"});
    CHECK(of_part("plugin: python") == Lines{"RB0311 9:15"});
    CHECK(of_part("plugin: nill") == Lines{"RB0314 9:15"});
    CHECK(said(with("parts: {p: }\n")) == Lines{"RB0313 8:12 part 'p' must be a map of keys and values, not nothing"});
    CHECK(places(with("parts:\n")) == Lines{"RB0313 8:7"});
}

TEST_CASE("keys of plugins") {
    CHECK(of_part("plugin: go, go-buildtags: [x]") == Lines{"RB0311 9:15"});  // that is said by the plugin
    CHECK(of_part("plugin: maven-use, maven-use-parameters: [x]") == Lines{"RB0311 9:15"});
    CHECK(said(with("parts: {p: {plugin: nil, uv-extras: [x]}}\n")) ==
          Lines{"RB0310 8:26 part 'p' has no key 'uv-extras'"});
}

TEST_CASE("keys of other tools and of later versions") {
    CHECK(of_part("plugin: nil, stage_packages: [x]") == Lines{"RB0310 9:20"});
    CHECK(of_part("plugin: nil, parse-info: x") == Lines{"RB0310 9:20"});
    for (const auto* key : {"stage-snaps", "build-snaps", "override-overlay", "source-tag", "source-subdir",
                            "build-attributes", "stage-slices"})
        CHECK(of_part("plugin: nil, " + std::string(key) + ": x") == Lines{"RB0311 9:20"});
    const auto reading = read_project(with("parts: {p: {plugin: nil, script: x}}\n"), "f");
    CHECK(reading.diagnostics.at(0).hint == "write override-build");
}

TEST_CASE("sources are folders of the project") {
    CHECK(of_part("plugin: dump, source: .").empty());
    CHECK(of_part("plugin: dump, source: ./a/../b/").empty());
    CHECK(of_part("plugin: dump, source: my.tar.d/x, source-type: local").empty());
    CHECK(of_part("plugin: dump, source: x.tar.d/y").empty());
    CHECK(of_part("plugin: nil, source: ''").empty());  // as if it weren't there
    CHECK_FALSE(test::project(with("parts: {p: {plugin: nil, source: ''}}\n")).parts[0].source);
    CHECK(of_part("plugin: dump") == Lines{"RB0312 9:3"});
    CHECK(of_part("plugin: dump, source: ''") == Lines{"RB0314 9:29"});
    for (const auto* later : {"https://example.org/x", "git@example.org:x", "git+ssh://x", "x.tar.gz", "x.tgz", "a.zip",
                              "y.deb", "z.git", "..", "a/../../b", "/etc"}) {
        INFO(later);
        CHECK(of_part("plugin: dump, source: '" + std::string(later) + "'") == Lines{"RB0311 9:29"});
    }
    CHECK(of_part("plugin: dump, source: x, source-type: git") == Lines{"RB0311 9:45"});
    CHECK(of_part("plugin: dump, source: x, source-type: lokal") == Lines{"RB0314 9:45"});
}

TEST_CASE("clauses of the grammar are not read and follow up on nothing") {
    CHECK(of_part("plugin: dump, source: [{on amd64: a}, {else: b}]") == Lines{"RB0311 9:31"});
    CHECK(of_part("plugin: [{on amd64: nil}]") == Lines{"RB0311 9:17"});
    CHECK(of_part("plugin: nil, stage-packages: [a, {to arm64: [b]}]") == Lines{"RB0311 9:41"});
    CHECK(of_part("plugin: nil, build-environment: [{on amd64: [{A: b}]}]") == Lines{"RB0311 9:41"});
    CHECK(of_part("plugin: nil, organize: [{on amd64 to arm64: {a: b}}]") == Lines{"RB0311 9:32"});
}

TEST_CASE("packages") {
    CHECK(
        of_part("plugin: nil, stage-packages: [g++, 'libc6:amd64', 'x=1:2.0-1~a+b'], build-packages: [make]").empty());
    CHECK(of_part("plugin: nil, stage-packages: [libc6_libs]") == Lines{"RB0311 9:37"});
    CHECK(of_part("plugin: nil, stage-packages: ['a b', '', -x]") ==
          Lines{"RB0314 9:37", "RB0314 9:44", "RB0314 9:48"});
    CHECK(of_part("plugin: nil, stage-packages: a") == Lines{"RB0313 9:36"});
    CHECK(of_part("plugin: nil, stage-packages: [a, ~, yes]") == Lines{"RB0313 9:40", "RB0313 9:43"});
}

TEST_CASE("there is no overlay over a bare base") {
    CHECK(places(on_bare("parts: {p: {plugin: nil, overlay-script: x}}\n")) == Lines{"RB0316 8:26"});
    CHECK(places(on_bare("parts: {p: {plugin: nil, overlay-packages: [x], overlay: [x]}}\n")) ==
          Lines{"RB0316 8:26", "RB0316 8:49"});
    CHECK(places(on_bare("parts: {p: {plugin: nil, stage: [x]}}\n")).empty());
}

TEST_CASE("filesets hold relative paths that stay inside") {
    CHECK(of_part("plugin: nil, stage: ['*', -a, \"\\\\-b\", usr/../x], prime: [], overlay: [x]").empty());
    CHECK(of_part("plugin: nil, stage: [/a]") == Lines{"RB0314 9:28"});
    CHECK(of_part("plugin: nil, prime: [-/a, '']") == Lines{"RB0314 9:28", "RB0314 9:33"});
    CHECK(of_part("plugin: nil, overlay: [/a]") == Lines{"RB0314 9:30"});
    CHECK(of_part("plugin: nil, stage: [../x, -../y, a/../../z]") ==
          Lines{"RB0314 9:28", "RB0314 9:34", "RB0314 9:41"});
}

TEST_CASE("what stage leaves out can't be primed") {
    const auto reading = read_project(with("parts: {p: {plugin: nil, stage: [-a], prime: [a, b]}}\n"), "f");
    CHECK(said(reading.diagnostics) == Lines{"RB0316 8:47 'a' can't be primed: 'stage' of part 'p' leaves it out"});
    REQUIRE(reading.diagnostics[0].notes.size() == 1);
    CHECK(test::place(*reading.diagnostics[0].notes[0].span) == "8:34");
    CHECK(of_part("plugin: nil, stage: [-a], prime: [-a]").empty());
    CHECK(of_part("plugin: nil, stage: [-a], prime: [a*]").empty());
    CHECK(of_part("plugin: nil, stage: [-a], prime: [a], override-prime: craftctl default").empty());
}

TEST_CASE("organize stays in the part's files") {
    CHECK(of_part("plugin: nil, organize: {a: /usr/a, 'b*': c/, x/: /}").empty());
    CHECK(of_part("plugin: nil, organize: {/a: b}") == Lines{"RB0314 9:31"});
    CHECK(of_part("plugin: nil, organize: {../a: b, c: ../d, e: '', f: }") ==
          Lines{"RB0314 9:31", "RB0314 9:43", "RB0314 9:52", "RB0313 9:59"});
    CHECK(of_part("plugin: nil, organize: {(build)/a: b, c: (build)/d}") == Lines{"RB0311 9:31", "RB0314 9:48"});
}

TEST_CASE("permissions") {
    const auto part = only_part(
        "    permissions:\n      - {path: bin/*, owner: '1', group: 2, mode: 0o4755}\n      - {mode: '755'}\n      - "
        "{}\n");
    CHECK(part.permissions[0].owner == 1U);
    CHECK(part.permissions[0].mode == 04755U);
    CHECK(part.permissions[1].path == "*");
    CHECK_FALSE(part.permissions[2].mode);
    CHECK(of_part("plugin: nil, permissions: [{owner: 1}]") == Lines{"RB0316 9:34"});
    CHECK(of_part("plugin: nil, permissions: [{owner: x, group: 1}]") == Lines{"RB0314 9:42"});
    CHECK(of_part("plugin: nil, permissions: [{mode: 755}]") == Lines{"RB0313 9:41"});
    CHECK(of_part("plugin: nil, permissions: [{mode: '999'}]") == Lines{"RB0314 9:41"});
    CHECK(of_part("plugin: nil, permissions: [{mode: '17777'}]") == Lines{"RB0314 9:41"});
    CHECK(of_part("plugin: nil, permissions: [{owner: -1, group: 1}]") == Lines{"RB0314 9:42"});
    CHECK(of_part("plugin: nil, permissions: {mode: '1'}") == Lines{"RB0313 9:33"});
}

TEST_CASE("the environment of builds is a list in order") {
    const auto part = only_part("    build-environment:\n      - B: 1\n      - A: \"$PATH:x\"\n        C: 0x10\n");
    CHECK(part.build_environment ==
          std::vector<std::pair<std::string, std::string>>{{"B", "1"}, {"A", "$PATH:x"}, {"C", "16"}});
    CHECK(of_part("plugin: nil, build-environment: {A: b}") == Lines{"RB0313 9:39"});
    CHECK(of_part("plugin: nil, build-environment: [{A: }, {B-C: x}, {D: yes}]") ==
          Lines{"RB0313 9:44", "RB0314 9:48", "RB0313 9:61"});
}

TEST_CASE("the lines of scripts are lines of the file") {
    const auto part = test::project(with("parts:\n"                       // 8
                                         "  p:\n"                         // 9
                                         "    plugin: nil\n"              // 10
                                         "    override-pull: |  # why\n"  // 11
                                         "      one\n"                    // 12
                                         "      two\n"
                                         "    override-build: |2\n"  // 14
                                         "\n"                        // 15: a line of the script
                                         "        three\n"
                                         "    override-stage: >-\n"  // 17
                                         "      a\n"                 // 18
                                         "      b\n"
                                         "    override-prime: craftctl default\n"))  // 20
                          .parts[0];
    CHECK(part.override_pull->first_line == 12);
    CHECK(part.override_pull->literal);
    CHECK(part.override_pull->text == "one\ntwo\n");
    CHECK(part.override_build->first_line == 15);
    CHECK(part.override_build->text == "\n  three\n");
    CHECK(part.override_stage->first_line == 18);
    CHECK_FALSE(part.override_stage->literal);
    CHECK(part.override_stage->text == "a b");
    CHECK(part.override_prime->first_line == 20);
    CHECK_FALSE(part.override_prime->literal);
    CHECK(test::place(part.override_prime->span) == "20:21");
}

TEST_CASE("a script used by an alias has the lines of its anchor") {
    const auto parts = test::project(with("parts:\n  p:\n    plugin: nil\n    override-build: &s |\n      one\n  q:\n  "
                                          "  plugin: nil\n    override-build: *s\n"))
                           .parts;
    CHECK(parts[1].override_build->first_line == 12);
    CHECK(test::place(parts[1].override_build->span) == "11:21");
}

TEST_CASE("names of parts") {
    CHECK(places(with("parts: {a_b: {plugin: nil}, 1: {plugin: nil}, .x: {plugin: nil}}\n")).empty());
    CHECK(places(with("parts: {pebble: {plugin: nil}}\n")) == Lines{"RB0314 8:9"});
    CHECK(places(with("parts: {'': {plugin: nil}, 'a b': {plugin: nil}, ..: {plugin: nil}, 'a:b': {plugin: nil}, -x: "
                      "{plugin: nil}}\n"))
              .size() == 5);
    CHECK(places(with("parts: {a/b: {plugin: nil}}\n")) == Lines{"RB0311 8:9"});
}
