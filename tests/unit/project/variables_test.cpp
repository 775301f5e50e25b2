#include "project/variables.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::project;
using test::with;

namespace {

const Arch& arch(std::string_view name) {
    for (const auto& one : architectures)
        if (one.debian == name) return one;
    throw std::runtime_error("no such architecture");
}

/// A text as one build of my-rock 1.0 reads it: on amd64, for arm64.
std::string filled(const std::string& text) {
    YamlNode node;
    node.text = text;
    auto variables = common_variables(*read_yaml("name: my-rock\nversion: '1.0'\n", "f").root);
    for (auto& more : build_variables(arch("amd64"), arch("arm64"))) variables.push_back(std::move(more));
    return fill_in(std::make_shared<YamlNode>(node), variables)->text;
}

}  // namespace

TEST_CASE("variables are plain text for plain text, with braces or without") {
    CHECK(filled("$CRAFT_PROJECT_NAME-${CRAFT_PROJECT_VERSION}") == "my-rock-1.0");
    CHECK(filled("$CRAFT_PROJECT_DIR/x") == "/root/project/x");
    CHECK(filled("$CRAFT_STAGE $CRAFT_PRIME $CRAFT_OVERLAY") == "/root/stage /root/prime /root/overlay");
    CHECK(filled("$CRAFT_ARCH_BUILD_ON ${CRAFT_ARCH_BUILD_FOR}") == "amd64 arm64");
    CHECK(filled("$CRAFT_ARCH_TRIPLET_BUILD_ON") == "x86_64-linux-gnu");
    CHECK(filled("$CRAFT_ARCH_TRIPLET_BUILD_FOR") == "aarch64-linux-gnu");
    CHECK(filled("$CRAFT_ARCH_TRIPLET $CRAFT_TARGET_ARCH") == "aarch64-linux-gnu arm64");
    CHECK(filled("'$CRAFT_STAGE' # $CRAFT_STAGE") == "'/root/stage' # /root/stage");
}

TEST_CASE("the longest name wins, and a name ends nowhere") {
    CHECK(filled("$CRAFT_STAGED") == "/root/stageD");
    CHECK(filled("$CRAFT_ARCH_TRIPLETS") == "aarch64-linux-gnuS");
    CHECK(filled("${CRAFT_STAGED}") == "${CRAFT_STAGED}");
    CHECK(filled("$$CRAFT_PRIME") == "$/root/prime");
}

TEST_CASE("what is no variable of the language stays") {
    for (const auto* text : {"", "$", "${", "CRAFT_STAGE", "$CRAFT_PART_INSTALL", "${CRAFT_STAGE", "$craft_stage",
                             "$ CRAFT_STAGE", "$HOME", "$CRAFT_PARALLEL_BUILD_COUNT"})
        CHECK(filled(text) == text);
}

TEST_CASE("a tree without variables is the very same") {
    const auto tree = read_yaml("a: [b, {c: $D}]\n", "f").root;
    CHECK(fill_in(tree, common_variables(*tree)) == tree);
    const auto other = read_yaml("a: [b]\nc: $CRAFT_STAGE\n", "f").root;
    const auto changed = fill_in(other, common_variables(*other));
    CHECK(changed != other);
    CHECK(changed->pairs[0].value == other->pairs[0].value);
}

TEST_CASE("variables stand for text everywhere, in keys too") {
    const auto found =
        project(with("environment: {A: $CRAFT_PROJECT_VERSION, '${CRAFT_ARCH_BUILD_FOR}_B': x}\n"
                     "services: {s: {override: replace, command: $CRAFT_PRIME/x}}\n"
                     "parts:\n  p:\n    plugin: dump\n    source: $CRAFT_PROJECT_DIR/files\n"
                     "    organize: {$CRAFT_PROJECT_NAME: usr/$CRAFT_PROJECT_NAME}\n"
                     "    override-build: cp $CRAFT_STAGE/a $CRAFT_PART_INSTALL\n"
                     "    build-environment: [{V: $CRAFT_PROJECT_VERSION}]\n"));
    CHECK(found.environment == std::vector<std::pair<std::string, std::string>>{{"A", "1.0"}, {"amd64_B", "x"}});
    CHECK(found.services[0].second.pairs.at(1).second.text == "/root/prime/x");
    const auto& part = found.parts.at(0);
    CHECK(part.source->value == "/root/project/files");
    CHECK(part.organize.at(0).first.value == "my-rock");
    CHECK(part.organize.at(0).second.value == "usr/my-rock");
    CHECK(part.override_build->text == "cp /root/stage/a $CRAFT_PART_INSTALL");
    CHECK(part.build_environment.at(0).second == "1.0");
}

TEST_CASE("platforms are read as they are written") {
    auto text = with("");
    text.replace(text.find("amd64"), 5, "$CRAFT_ARCH_BUILD_FOR");
    CHECK(places(text) == Lines{"RB0314 7:3"});
}

TEST_CASE("a dollar that a variable hides is none") {
    CHECK(test::said(with("environment: {A: $CRAFT_STAGE}\n")).empty());
    CHECK(places(with("environment: {A: $CRAFT_PART_INSTALL}\n")) == Lines{"RB0314 8:18"});
}

TEST_CASE("old names are warned of, once each") {
    CHECK(places(with("environment: {A: $CRAFT_TARGET_ARCH, B: $CRAFT_TARGET_ARCH, C: '${CRAFT_ARCH_TRIPLET}'}\n")) ==
          Lines{"WRB0323 8:18", "WRB0323 8:64"});
    CHECK(test::said(with("environment: {A: $CRAFT_ARCH_TRIPLET_BUILD_ON, B: CRAFT_TARGET_ARCH}\n")).empty());
}

TEST_CASE("the number of cores is for steps alone") {
    CHECK(test::said(with("parts: {p: {plugin: nil, override-build: make -j$CRAFT_PARALLEL_BUILD_COUNT}}\n")).empty());
    CHECK(places(with("title: t$CRAFT_PARALLEL_BUILD_COUNT\n")) == Lines{"RB0314 8:8"});
    CHECK(places(with("services: {s: {override: replace, command: 'x -j${CRAFT_PARALLEL_BUILD_COUNT}'}}\n")) ==
          Lines{"RB0314 8:44"});
}

TEST_CASE("a path of the project's folder is told from other paths") {
    CHECK(from_project("/root/project") == ".");
    CHECK(from_project("/root/project/a/b") == "a/b");
    CHECK(from_project("/root/projects") == "/root/projects");
    CHECK(from_project("a") == "a");
}
