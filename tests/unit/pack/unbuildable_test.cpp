// What the language has and this version doesn't build: each thing at its place, once for all builds of the file.
#include "pack/builds.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::with;

namespace {

Diagnostics of(const std::string& text) {
    const auto document = read_document(text, "rockcraft.yaml");
    std::string said;
    for (const auto& line : test::said(document.diagnostics)) said += line + "\n";
    INFO(said);
    REQUIRE(document.good());
    auto all = unbuildable(document, "/share/rockbuild");
    for (const auto& item : all) {
        CHECK(item.code == "RB0311");
        CHECK(item.message.find("is part of the language") != std::string::npos);
        CHECK_FALSE(item.hint.empty());
    }
    return all;
}

/// "line:column words", the words being those that stand before "is part of the language".
Lines found(const std::string& text) {
    Lines lines;
    for (const auto& item : of(text))
        lines.push_back(test::place(*item.span) + " " + item.message.substr(0, item.message.find(" is part of")));
    return lines;
}
Lines of_part(const std::string& fields) { return found(with("parts:\n  p: {" + fields + "}\n")); }

std::string on_base(const std::string& bases) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\n" + bases +
           "\nplatforms: {amd64: , arm64: }\n";
}

}  // namespace

TEST_CASE("what this version builds is called nothing") {
    CHECK(found(with("")).empty());
    CHECK(found(on_base("base: bare\nbuild-base: debian@12")).empty());
    CHECK(of_part("plugin: nil, override-build: x, stage-packages: [a], build-packages: [b]").empty());
    for (const auto* source : {".", "./a/../b/", "x.tar.d/y", "$CRAFT_PROJECT_DIR/files", "$CRAFT_PROJECT_DIR"}) {
        INFO(source);
        CHECK(of_part("plugin: dump, source: " + std::string(source)).empty());
    }
    CHECK(of_part("plugin: dump, source: my.tgz, source-type: local").empty());
    CHECK(of_part("plugin: dump, source: /share/rockbuild/extensions/x").empty());
    CHECK(of_part("plugin: nil, build-attributes: [disable-usrmerge]").empty());
}

TEST_CASE("bases that aren't built on, once for all platforms") {
    CHECK(found(on_base("base: ubuntu@24.04")) == Lines{"5:7 the base 'ubuntu@24.04'"});
    CHECK(found(on_base("base: bare\nbuild-base: ubuntu@22.04")) == Lines{"6:13 the base 'ubuntu@22.04'"});
    CHECK(found(on_base("base: ubuntu@26.10\nbuild-base: devel")) ==
          Lines{"5:7 the base 'ubuntu@26.10'", "6:13 the base 'devel'"});
}

TEST_CASE("archives") {
    CHECK(found(with("package-repositories:\n  - {type: apt, ppa: a/b}\n  - {type: apt, ppa: c/d}\n")) ==
          Lines{"9:5 'package-repositories'", "10:5 'package-repositories'"});
}

TEST_CASE("plugins and sources") {
    CHECK(of_part("plugin: qmake, source: .") == Lines{"9:15 the plugin 'qmake'"});
    for (const auto* plugin :
         {"make", "autotools", "cmake", "meson", "go", "python", "npm", "maven", "gradle", "jlink"}) {
        INFO(plugin);
        CHECK(of_part(fmt::format("plugin: {}, source: .", plugin)).empty());
    }
    for (const auto* source : {"https://example.org/x.tar.gz", "git@example.org:x", "z.git", "a.zip", "y.deb"}) {
        INFO(source);
        CHECK(of_part(fmt::format("plugin: dump, source: '{}', source-subdir: x", source)).empty());
    }
    CHECK(of_part("plugin: dump, source: x, source-type: file").empty());
    for (const auto* type : {"snap", "rpm", "7z"})
        CHECK(of_part(fmt::format("plugin: dump, source: 'x.{}'", type)) ==
              Lines{fmt::format("9:29 a source of type '{}'", type)});
    for (const auto* away :
         {"..", "a/../../b", "/etc", "/root/projects", "/share/rockbuild/../x", "/share/rockbuilder"})
        CHECK(of_part(fmt::format("plugin: dump, source: {}", away)) ==
              Lines{fmt::format("9:29 the source '{}' outside of the project's folder", away)});
    CHECK(of_part("plugin: dump, source: ../x.tar") ==
          Lines{"9:29 the source '../x.tar' outside of the project's folder"});
    CHECK(of_part("plugin: dump, source: ../x.git") ==
          Lines{"9:29 the source '../x.git' outside of the project's folder"});
}

TEST_CASE("keys of parts") {
    CHECK(of_part("plugin: nil, stage-snaps: [a, b]") == Lines{"9:34 'stage-snaps'", "9:37 'stage-snaps'"});
    CHECK(of_part("plugin: nil, build-snaps: [a, go, go/1.24/stable, node/22/stable]") ==
          Lines{"9:34 the snap 'a' in build-snaps"});
    CHECK(of_part("plugin: nil, stage-slices: [a_b]") == Lines{"9:35 'stage-slices'"});
    CHECK(of_part("plugin: nil, stage-packages: [libc6_libs]") == Lines{"9:37 the slice 'libc6_libs'"});
    CHECK(of_part("plugin: nil, build-attributes: [enable-usrmerge]").empty());
    CHECK(of_part("plugin: npm, source: ., build-attributes: [self-contained]").empty());
    CHECK(found(with("parts:\n  a/b: {plugin: nil}\n")).empty());
}

TEST_CASE("what only one platform's clauses choose is said too") {
    auto text = with("parts:\n  p:\n    plugin: nil\n    stage-snaps: [{to arm64: [a]}]\n");
    CHECK(found(text).empty());
    text.insert(text.find("  amd64:\n"), "  arm64: {build-on: amd64}\n");
    CHECK(found(text) == Lines{"12:31 'stage-snaps'"});
}
