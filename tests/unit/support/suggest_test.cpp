#include "support/suggest.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("edit distance counts each kind of slip once") {
    CHECK(edit_distance("services", "services") == 0);
    CHECK(edit_distance("servces", "services") == 1);
    CHECK(edit_distance("sevrices", "services") == 1);
    CHECK(edit_distance("", "abc") == 3);
}

TEST_CASE("suggestions come nearest first and leave strangers out") {
    const std::vector<std::string> known{"stage", "stage-packages", "prime", "plugin", "parts"};
    CHECK(suggestions("stag", known) == std::vector<std::string>{"stage"});
    CHECK(suggestions("stage_packages", known) == std::vector<std::string>{"stage-packages"});
    CHECK(suggestions("qqq", known).empty());
}
