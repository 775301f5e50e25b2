// The road of a file with several builds: each read for itself, and what is said of them said once.
#include "project/document.hpp"

#include "project/shape.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::said;

namespace {

const std::string head = "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: debian@12\n";
/// Three builds: amd64 on itself, arm64 on both. What comes after it begins in line 9.
const std::string two = head + "platforms:\n  amd64:\n  arm64: {build-on: [amd64, arm64]}\n";

Lines builds(const std::string& text) {
    Lines lines;
    for (const auto& build : read_document(text, "f").builds)
        lines.push_back(build.platform.label + " on " + std::string(build.build_on.debian));
    return lines;
}

}  // namespace

TEST_CASE("a document has a build for each platform and machine that builds it") {
    CHECK(builds(two) == Lines{"amd64 on amd64", "arm64 on amd64", "arm64 on arm64"});
    CHECK(read_document(two, "f").platforms.size() == 2);
}

TEST_CASE("a document without a good platform is looked at all the same") {
    const auto document = read_document(head + "platforms: {foo: }\nparts: {p: {plugin: nill}}\n", "f");
    CHECK_FALSE(document.good());
    CHECK(document.platforms.empty());
    CHECK(document.builds.size() == 1);
    CHECK(said(document.diagnostics) ==
          Lines{"RB0314 6:13 platform 'foo' is named after no architecture, so it must say what it builds on and for",
                "RB0314 7:21 there is no plugin 'nill'"});
}

TEST_CASE("a project is what the document says for one build") {
    const auto document = read_document(two +
                                            "environment: {FOR: $CRAFT_ARCH_BUILD_FOR, BY: $CRAFT_ARCH_BUILD_ON}\n"
                                            "parts:\n  p:\n    plugin: nil\n"
                                            "    stage-packages: [a, {to arm64: [b]}, {on arm64: [c]}]\n",
                                        "f");
    REQUIRE(document.good());
    Lines lines;
    for (const auto& build : document.builds) {
        const auto project = project_for(document, build);
        std::string line = project.environment.at(0).second + "/" + project.environment.at(1).second;
        for (const auto& name : project.parts.at(0).stage_packages) line += " " + name.value;
        lines.push_back(line);
    }
    CHECK(lines == Lines{"amd64/amd64 a", "arm64/amd64 a b", "arm64/arm64 a b c"});
}

TEST_CASE("a mistake of all builds is said once, one of one build is said too") {
    CHECK(said(two + "parts:\n  p: {plugin: nill, stage: [$CRAFT_ARCH_BUILD_FOR]}\n") ==
          Lines{"RB0314 10:15 there is no plugin 'nill'"});
    CHECK(test::places(two + "parts:\n  p: {plugin: nil, stage-packages: [{to arm64: ['']}, {to amd64: ['a b']}]}\n") ==
          Lines{"RB0314 10:49", "RB0314 10:67"});
}

TEST_CASE("diagnostics stand in the file's order") {
    const auto document =
        read_document("zzz: 1\n" + two + "parts: {p: {plugin: [{to arm64: x}, {else: y}]}}\nfoo: 1\n", "f");
    const Diagnostic* before = nullptr;
    for (const auto& item : document.diagnostics) {
        REQUIRE(item.span);
        CHECK(item.span->file == "f");
        if (before != nullptr) CHECK(before->span->begin <= item.span->begin);
        before = &item;
    }
    CHECK(document.diagnostics.size() == 4);
}

TEST_CASE("warnings leave a document good") {
    const auto document = read_document(two + "parts: {p: {plugin: nil, build-attributes: [x]}}\n", "f");
    CHECK(document.good());
    CHECK(document.diagnostics.size() == 1);
}

TEST_CASE("what isn't good is read as far as it goes") {
    const auto document = read_document(
        "name: [x]\nplatforms: {amd64: 3}\nparts: {p: 1, q: {plugin: [1]}, r: {permissions: [x, "
        "{owner: y}], organize: [a], after: {b: c}}}\nservices: [x]\nchecks: {c: {http: 1}}\n"
        "environment: x\npackage-repositories: {a: b}\nextensions: x\n",
        "f");
    REQUIRE(document.root);
    CHECK_FALSE(document.good());
    for (const auto& build : document.builds) CHECK(project_for(document, build).name.value.empty());
}

TEST_CASE("what is no map has no tree") {
    for (const auto* text : {"", "# x\n", "- a\n", "a\n", "a: [\n", "a: 1\n---\n"}) {
        INFO(text);
        const auto document = read_document(text, "f");
        CHECK_FALSE(document.good());
        CHECK(document.diagnostics.size() == 1);
    }
}
