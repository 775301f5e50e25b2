#include "support/key.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("neighbouring fields never run into each other") {
    const auto one = KeyWriter("k", 1).field("a", "bc").field("d", "").finish();
    const auto two = KeyWriter("k", 1).field("a", "b").field("d", "c").finish();
    CHECK(one.digest != two.digest);
    const auto list = KeyWriter("k", 1).field("a", std::vector<std::string>{"b", "c"}).finish();
    const auto joined = KeyWriter("k", 1).field("a", std::vector<std::string>{"b c"}).finish();
    CHECK(list.digest != joined.digest);
}

TEST_CASE("kind, version and the type of a value are in the key") {
    const auto text = KeyWriter("k", 1).field("a", "1").finish().digest;
    CHECK(KeyWriter("k", 1).field("a", std::uint64_t{1}).finish().digest != text);
    CHECK(KeyWriter("k", 2).field("a", "1").finish().digest != text);
    CHECK(KeyWriter("j", 1).field("a", "1").finish().digest != text);
    CHECK(KeyWriter("k", 1).field("a", "1").finish().digest == text);
}

TEST_CASE("changes name the inputs that differ, old and new") {
    const auto before = KeyWriter("k", 1).field("same", "x").field("script", "old").field("gone", "y").finish();
    const auto after = KeyWriter("k", 1).field("same", "x").field("script", "new").field("fresh", "z").finish();
    const auto found = changes(before.fields, after.fields);
    REQUIRE(found.size() == 3);
    CHECK(found[0].input == "script");
    CHECK(found[0].before == "old");
    CHECK(found[0].after == "new");
    CHECK(found[1].input == "fresh");
    CHECK(found[2].input == "gone");
    CHECK(found[2].after.empty());
}
