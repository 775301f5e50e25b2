#include "containers/runc.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("a program that can't be run is told with the act that failed") {
    Launch wish;
    wish.arguments = {"/nowhere/runc", "list"};
    const auto started = launch(wish);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == "RB1157");
    CHECK(started.error().exit == ExitCode::unable);
    CHECK(started.error().message == "cannot run /nowhere/runc: No such file or directory");
}
