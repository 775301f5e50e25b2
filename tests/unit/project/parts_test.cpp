#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::read_project;
using test::said;
using test::with;

namespace {

/// The places of what is said about a part of these fields; it begins at 9:6.
Lines of_part(const std::string& fields) { return places(with("parts:\n  p: {" + fields + "}\n")); }

/// A rock without mistakes on another base, but for what `rest` brings: that begins in line 8.
std::string on_base(const std::string& base, const std::string& rest) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: " + base +
           "\nplatforms:\n  amd64:\n" + rest;
}
std::string on_bare(const std::string& rest) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: bare\nbuild-base: "
           "debian@12\nplatforms: {amd64: }\n" +
           rest;
}

Part only_part(const std::string& lines) {
    return test::project(with("parts:\n  p:\n    plugin: nil\n" + lines)).parts.at(0);
}

}  // namespace

TEST_CASE("a part needs a plugin that its build base has") {
    CHECK(of_part("plugin: nil").empty());
    CHECK(of_part("") == Lines{"RB0312 9:3"});
    CHECK(of_part("plugin: ") == Lines{"RB0312 9:7"});
    CHECK(of_part("plugin: python, source: .").empty());
    CHECK(of_part("plugin: python") == Lines{"RB0312 9:3"});
    CHECK(of_part("plugin: nill") == Lines{"RB0314 9:15"});
    CHECK(of_part("plugin: [nil]") == Lines{"RB0313 9:15"});
    CHECK(said(with("parts: {p: }\n")) == Lines{"RB0313 8:12 part 'p' must be a map of keys and values, not nothing"});
    CHECK(places(with("parts:\n")) == Lines{"RB0313 8:7"});
    // bazel came with 25.10; poetry and uv went.
    CHECK(said(with("parts: {p: {plugin: bazel, source: .}}\n")) ==
          Lines{"RB0314 8:21 'bazel' is no plugin on debian@12"});
    CHECK(places(on_base("ubuntu@24.04", "parts: {p: {plugin: poetry, source: .}}\n")).empty());
    CHECK(places(on_base("ubuntu@26.04", "parts: {p: {plugin: bazel, source: .}}\n")).empty());
    CHECK(places(on_base("ubuntu@26.04", "parts: {p: {plugin: poetry, source: .}, q: {plugin: uv, source: .}}\n")) ==
          Lines{"RB0314 8:21", "RB0314 8:53"});
}

TEST_CASE("keys of plugins") {
    CHECK(of_part("plugin: go, source: ., go-buildtags: [x]").empty());
    CHECK(of_part("plugin: maven-use, source: ., maven-use-parameters: [x]").empty());
    CHECK(of_part("plugin: maven-use, source: ., maven-parameters: [x]") == Lines{"RB0310 9:37"});
    CHECK(said(with("parts: {p: {plugin: nil, uv-extras: [x]}}\n")) ==
          Lines{"RB0310 8:26 part 'p' has no key 'uv-extras'"});
    CHECK(of_part("plugin: go, source: ., go-foo: 1") == Lines{"RB0310 9:30"});
    // A key of an unknown plugin may be right: only the plugin is told.
    CHECK(of_part("plugin: ruby, source: ., ruby-gems: [x]") == Lines{"RB0314 9:15"});
    // The two dotnet plugins share no key.
    CHECK(of_part("plugin: dotnet, source: ., dotnet-build-configuration: Debug").empty());
    CHECK(of_part("plugin: dotnet, source: ., dotnet-version: '8.0'") == Lines{"RB0310 9:34"});
    CHECK(places(on_base("ubuntu@26.04", "parts: {p: {plugin: dotnet, source: ., dotnet-version: '8.0'}}\n")).empty());
    CHECK(places(on_base("ubuntu@26.04", "parts: {p: {plugin: dotnet, source: ., dotnet-version: '5.0'}}\n")) ==
          Lines{"RB0314 8:56"});
}

TEST_CASE("a number in a plugin's key is no text") {
    CHECK(of_part("plugin: rust, source: ., rust-channel: 1.75") == Lines{"RB0313 9:46"});
    CHECK(of_part("plugin: rust, source: ., rust-channel: '1.75'").empty());
    CHECK(of_part("plugin: rust, source: ., rust-channel: nightlyish") == Lines{"RB0314 9:46"});
    CHECK(of_part("plugin: make, source: ., make-parameters: [1]") == Lines{"RB0313 9:50"});
    CHECK(of_part("plugin: qmake, source: ., qmake-major-version: '6'").empty());
    CHECK(of_part("plugin: npm, source: ., npm-include-node: true, npm-node-version: 20") == Lines{"RB0313 9:73"});
}

TEST_CASE("what the keys of a plugin ask of each other") {
    CHECK(of_part("plugin: npm, source: ., npm-include-node: true, npm-node-version: '20'").empty());
    CHECK(of_part("plugin: npm, source: ., npm-include-node: true") == Lines{"RB0316 9:31"});
    CHECK(of_part("plugin: npm, source: ., npm-include-node: true, npm-node-version: ''") == Lines{"RB0316 9:31"});
    CHECK(of_part("plugin: npm, source: ., npm-node-version: '20'") == Lines{"RB0316 9:31"});
    CHECK(of_part("plugin: npm, source: ., npm-node-version: ~").empty());
    CHECK(of_part("plugin: jlink, jlink-modules: [a], jlink-jars: [b]") == Lines{"RB0316 9:42"});
    CHECK(of_part("plugin: jlink, jlink-extra-modules: [a], jlink-jars: [b]").empty());
    CHECK(of_part("plugin: jlink, jlink-modules: [a], jlink-multi-release: base").empty());
    CHECK(of_part("plugin: jlink, jlink-modules: [a], jlink-multi-release: 17") == Lines{"RB0316 9:42"});
    CHECK(of_part("plugin: rust, source: ., rust-features: ['*']").empty());
    CHECK(of_part("plugin: rust, source: ., rust-path: [a, a]") == Lines{"RB0314 9:47"});
    CHECK(of_part("plugin: rust, source: ., rust-features: [a, '*']") == Lines{"RB0316 9:51"});
    CHECK(of_part("plugin: maven, source: ., build-attributes: [self-contained]").empty());
    CHECK(of_part("plugin: go, source: ., build-attributes: [self-contained]") == Lines{"RB0314 9:49"});
    CHECK(of_part("plugin: nil, build-attributes: [enable-usrmerge, disable-usrmerge]").empty());
    CHECK(of_part("plugin: nil, build-attributes: [enable-usermerge]") == Lines{"WRB0325 9:39"});
}

TEST_CASE("keys of other tools lead to ours") {
    CHECK(of_part("plugin: nil, stage_packages: [x]") == Lines{"RB0310 9:20"});
    CHECK(of_part("plugin: nil, parse-info: x") == Lines{"RB0310 9:20"});
    const auto reading = read_project(with("parts: {p: {plugin: nil, script: x}}\n"), "f");
    CHECK(reading.diagnostics.at(0).hint == "write override-build");
}

TEST_CASE("keys that this version doesn't build are read all the same") {
    const auto part = only_part(
        "    stage-snaps: [a/latest/edge]\n    build-snaps: [go]\n    override-overlay: x\n    build-attributes: "
        "[enable-usrmerge]\n    stage-slices: [libc6_libs]\n    overlay-recommended-packages: [a]\n");
    CHECK(test::values(part.stage_snaps) == Lines{"a/latest/edge"});
    CHECK(test::values(part.build_snaps) == Lines{"go"});
    CHECK(part.override_overlay->text == "x");
    CHECK(test::values(part.build_attributes) == Lines{"enable-usrmerge"});
    CHECK(test::values(part.stage_slices) == Lines{"libc6_libs"});
    CHECK(test::values(part.overlay_recommended_packages) == Lines{"a"});
    CHECK(of_part("plugin: nil, overlay-script: x, override-overlay: y") == Lines{"RB0316 9:39"});
    CHECK(of_part("plugin: nil, overlay-script: '', override-overlay: y") == Lines{"RB0316 9:40"});  // an empty script
}

TEST_CASE("a source may be a folder, an archive or a repository") {
    for (const auto* good :
         {".", "./a/../b/", "x.tar.d/y", "https://example.org/x.tar.gz", "git@example.org:x", "git+ssh://x", "x.tgz",
          "a.zip", "y.deb", "z.git", "https://example.org/z.git", "..", "a/../../b", "/etc"}) {
        INFO(good);
        CHECK(of_part("plugin: dump, source: '" + std::string(good) + "'").empty());
    }
    CHECK(of_part("plugin: dump, source: my.tar.d/x, source-type: local").empty());
    CHECK(of_part("plugin: dump, source: x, source-type: git").empty());
    CHECK(of_part("plugin: dump, source: https://example.org/x, source-type: git").empty());
    CHECK(of_part("plugin: dump, source: https://example.org/x") == Lines{"RB0314 9:29"});
    CHECK(of_part("plugin: dump, source: x, source-type: lokal") == Lines{"RB0314 9:45"});
    CHECK(of_part("plugin: nil, source: ''").empty());  // as if it weren't there
    CHECK_FALSE(test::project(with("parts: {p: {plugin: nil, source: ''}}\n")).parts[0].source);
    CHECK(of_part("plugin: dump") == Lines{"RB0312 9:3"});
    CHECK(of_part("plugin: dump, soruce: .") == Lines{"RB0310 9:21"});  // it isn't missing as well
    CHECK(of_part("plugin: dump, source: ''") == Lines{"RB0314 9:29"});
}

TEST_CASE("each kind of source takes keys of its own") {
    const auto with_source = [](const std::string& fields) { return of_part("plugin: nil, source: " + fields); };
    CHECK(with_source("x.git, source-tag: v1, source-depth: 1, source-submodules: []").empty());
    CHECK(with_source("x.tgz, source-checksum: md5/d41d8cd98f00b204e9800998ecf8427e").empty());
    CHECK(with_source("x.tgz, source-tag: v1") == Lines{"RB0316 9:35"});
    CHECK(with_source("x.git, source-checksum: md5/d41d8cd98f00b204e9800998ecf8427e") == Lines{"RB0316 9:35"});
    CHECK(with_source("., source-branch: x") == Lines{"RB0316 9:31"});
    CHECK(with_source("., source-branch: '', source-depth: 0, source-submodules: []").empty());
    CHECK(with_source("x.git, source-channel: x") == Lines{"RB0316 9:35"});
    CHECK(with_source("x.git, source-tag: a, source-branch: b") == Lines{"RB0316 9:50"});
    CHECK(with_source("x.git, source-tag: a, source-commit: b") == Lines{"RB0316 9:50"});
    CHECK(with_source("x.tgz, source-checksum: crc/00") == Lines{"RB0314 9:52"});
    CHECK(with_source("x.git, source-depth: -1") == Lines{"RB0314 9:49"});
    CHECK(with_source("x.git, source-depth: x") == Lines{"RB0313 9:49"});
}

TEST_CASE("packages") {
    CHECK(
        of_part("plugin: nil, stage-packages: [g++, 'libc6:amd64', 'x=1:2.0-1~a+b'], build-packages: [make]").empty());
    CHECK(of_part("plugin: nil, stage-packages: [libc6_libs]").empty());
    CHECK(of_part("plugin: nil, stage-packages: [libc6_libs, make]") == Lines{"RB0316 9:49"});
    CHECK(of_part("plugin: nil, build-packages: [libc6_libs]") == Lines{"RB0314 9:37"});
    CHECK(of_part("plugin: nil, stage-slices: [make]") == Lines{"RB0314 9:35"});
    CHECK(of_part("plugin: nil, stage-slices: [a_b], stage-packages: [x]") == Lines{"RB0316 9:41"});
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
    CHECK(places(on_bare("parts: {p: {plugin: nil, organize: {a: b, c: (overlay)/d}}}\n")) == Lines{"RB0316 8:46"});
}

TEST_CASE("filesets hold relative paths that stay inside") {
    CHECK(of_part("plugin: nil, stage: ['*', -a, \"\\\\-b\", usr/../x], prime: [], overlay: [x]").empty());
    CHECK(of_part("plugin: nil, stage: [/a]") == Lines{"RB0314 9:28"});
    CHECK(of_part("plugin: nil, prime: [-/a, '']") == Lines{"RB0314 9:28", "RB0314 9:33"});
    CHECK(of_part("plugin: nil, overlay: [/a]") == Lines{"RB0314 9:30"});
    CHECK(of_part("plugin: nil, overlay: ['']") == Lines{"RB0314 9:30"});
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
    CHECK(of_part("plugin: nil, organize: {(build)/a: b, c: (build)/d}") == Lines{"RB0314 9:48"});
    CHECK(of_part("plugin: nil, organize: {(build)/a/: c, (build)x: d, e: (build)x, f: (overlay)}").empty());
    for (const auto* key : {"(build)/../a", "(build)", "(build)/", "(overlay)/a"})
        CHECK(of_part(std::string("plugin: nil, organize: {") + key + ": b}") == Lines{"RB0314 9:31"});
}

TEST_CASE("permissions") {
    const auto part = only_part(
        "    permissions:\n      - {path: bin/*, owner: '1', group: 2, mode: 0o4755}\n      - {mode: '755'}\n      - "
        "{}\n");
    CHECK(part.permissions[0].owner == 1U);
    CHECK(part.permissions[0].mode == 04755U);
    CHECK(part.permissions[1].path == "*");
    CHECK_FALSE(part.permissions[2].mode);
    CHECK(of_part("plugin: nil, permissions: [{owner: 1}]") == Lines{"RB0316 9:35"});
    CHECK(of_part("plugin: nil, permissions: [{owner: x, group: 1}]") == Lines{"RB0313 9:42"});
    CHECK(of_part("plugin: nil, permissions: [{mode: 755}]") == Lines{"RB0313 9:41"});
    CHECK(of_part("plugin: nil, permissions: [{path: 755}]") == Lines{"RB0313 9:41"});
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
    CHECK(places(with("parts: {a/b: {plugin: nil}}\n")).empty());
    CHECK(places(on_base("ubuntu@24.04", "parts: {a/b: {plugin: nil}}\n")).empty());
    CHECK(places(on_base("ubuntu@26.04", "parts: {a/b: {plugin: nil}}\n")) == Lines{"RB0314 8:9"});
    CHECK(places(with("parts: {a/../b: {plugin: nil}, /a: {plugin: nil}, b/: {plugin: nil}}\n")).size() == 3);
}
