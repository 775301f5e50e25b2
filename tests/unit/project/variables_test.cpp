#include "project/variables.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::with;

TEST_CASE("variables are found as upstream finds them") {
    for (const auto* text :
         {"$CRAFT_STAGE", "a${CRAFT_PROJECT_VERSION}b", "$CRAFT_STAGED", "$$CRAFT_PRIME", "x$ $CRAFT_PROJECT_NAME"})
        CHECK(mentions_variable(text));
    for (const auto* text :
         {"", "$", "${", "CRAFT_STAGE", "$CRAFT_PART_INSTALL", "${CRAFT_STAGE", "${CRAFT_STAGED}", "$craft_stage"})
        CHECK_FALSE(mentions_variable(text));
}

TEST_CASE("a variable outside scripts is refused at its value") {
    CHECK(places(with("environment: {A: $CRAFT_PROJECT_VERSION}\n")) == Lines{"RB0311 8:18"});
    CHECK(places(with("services: {s: {override: replace, command: $CRAFT_PRIME/x}}\n")) == Lines{"RB0311 8:44"});
    CHECK(places(with("parts: {p: {plugin: dump, source: $CRAFT_PROJECT_DIR/x, organize: {$CRAFT_STAGE: x}}}\n")) ==
          Lines{"RB0311 8:35", "RB0311 8:68"});
}

TEST_CASE("scripts and the environment of builds are the shell's") {
    CHECK(test::said(with("parts:\n  p:\n    plugin: nil\n    override-build: cp x $CRAFT_PART_INSTALL $CRAFT_STAGE\n"
                          "    build-environment: [{A: $CRAFT_PROJECT_NAME}]\n"))
              .empty());
}
