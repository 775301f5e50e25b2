#include "bases/release.hpp"

#include "bases/base.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("the release's day is the time of its files") {
    CHECK(find_release("debian@12")->time == 1686355200);  // date -u -d 2023-06-10 +%s
    CHECK(find_release("debian@7") == nullptr);
}

TEST_CASE("bare and debian@12 are bases") {
    CHECK(base_kind("bare").value().release.empty());
    CHECK(base_kind("debian@12").value().release == "bookworm");
}

TEST_CASE("an unknown base is refused with near names") {
    const auto near = base_kind("debian@11");
    REQUIRE_FALSE(near);
    CHECK(near.error().code == "RB0850");
    CHECK(near.error().suggestions == std::vector<std::string>{"debian@12"});
    const auto far = base_kind("ubuntu@24.04");
    REQUIRE_FALSE(far);
    CHECK(far.error().message.find("ubuntu@24.04") != std::string::npos);
    CHECK(far.error().hint == "bases are: bare, debian@12");
}
