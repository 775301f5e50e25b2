#include "registry/challenge.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

std::string value(const Challenge& challenge, const std::string& name) {
    const auto found = challenge.parameters.find(name);
    return found == challenge.parameters.end() ? "(none)" : found->second;
}

}  // namespace

TEST_CASE("a token server's challenge as registries write it") {
    const auto found = read_challenges(
        R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push")");
    REQUIRE(found.size() == 1);
    CHECK(found[0].scheme == "bearer");
    CHECK(found[0].parameters.size() == 3);
    CHECK(value(found[0], "realm") == "https://auth.example/token");
    CHECK(value(found[0], "service") == "registry.example");
    CHECK(value(found[0], "scope") == "repository:a/b:pull,push");
}

TEST_CASE("several challenges joined by commas are told apart") {
    const auto found =
        read_challenges(R"(Negotiate, Basic realm="a, b", BEARER Realm = "x" , error=invalid_token,Digest)");
    REQUIRE(found.size() == 4);
    CHECK(found[0].scheme == "negotiate");
    CHECK(found[1].scheme == "basic");
    CHECK(value(found[1], "realm") == "a, b");
    CHECK(found[2].scheme == "bearer");
    CHECK(value(found[2], "realm") == "x");
    CHECK(value(found[2], "error") == "invalid_token");
    CHECK(found[3].scheme == "digest");
}

TEST_CASE("a proof behind Negotiate doesn't hide what follows") {
    const auto found = read_challenges(R"(Negotiate YIIB6wYJKoZI==, Bearer realm="r")");
    REQUIRE(!found.empty());
    CHECK(found.front().scheme == "negotiate");
    CHECK(found.back().scheme == "bearer");
    CHECK(value(found.back(), "realm") == "r");
}

TEST_CASE("escapes in quoted values are undone") {
    const auto found = read_challenges(R"(Basic realm="say \"hi\", \\o/", charset="UTF-8")");
    REQUIRE(found.size() == 1);
    CHECK(value(found[0], "realm") == R"(say "hi", \o/)");
    CHECK(value(found[0], "charset") == "UTF-8");
}

TEST_CASE("of a parameter that comes twice the first counts") {
    const auto found = read_challenges(R"(Bearer realm="one",realm="two")");
    REQUIRE(found.size() == 1);
    CHECK(value(found[0], "realm") == "one");
}

TEST_CASE("what can't be understood is passed over") {
    CHECK(read_challenges("").empty());
    CHECK(read_challenges(" , ,\t").empty());
    for (const auto* text : {"\"", "Bearer realm=\"", "Bearer realm=\"\\", "Bearer =", "Bearer realm", "a=b",
                             "\xff\x01", "Bearer realm=", "Bearer,,,realm=\"x\"", "()<>@:;{}"})
        (void)read_challenges(text);
    const auto found = read_challenges("\xff Bearer realm=\"x\"");
    REQUIRE(!found.empty());
    CHECK(value(found.back(), "realm") == "x");
}
