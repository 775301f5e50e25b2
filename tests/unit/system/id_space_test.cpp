#include "system/id_space.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace rockbuild;

// What an ordinary user gets is tried in ordinary_user_test.cpp.
TEST_CASE("root's id space is the process itself") {
    if (::geteuid() != 0) return;
    int calls = 0;
    const auto space = IdSpace::open([&](std::string_view request) -> Result<std::string> {
                           ++calls;
                           if (request.empty()) return fail("RB0999", "nothing asked");
                           return "answer to " + std::string(request);
                       }).value();
    CHECK(space->map().kind == IdMap::Kind::root);
    CHECK(space->map().name() == "root");
    CHECK(space->call("x").value() == "answer to x");
    CHECK(space->call("").error().code == "RB0999");
    CHECK(calls == 2);
}
