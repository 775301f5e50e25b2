#include "system/mount_acts.hpp"

#include "unit/system/small_root.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("three trees at once, one in another, one read-only", "[sandbox]") {
    const Ground ground;
    for (const auto* name : {"a1", "a2/deep", "b", "c", "a-upper", "b-upper"})
        fs::create_directories(ground.folder.path() / name);
    const auto at = [&](const char* name) { return ground.folder.path() / name; };
    REQUIRE(write_file(at("a1") / "file", "top\n"));
    REQUIRE(write_file(at("a2") / "file", "bottom\n"));
    REQUIRE(write_file(at("a2") / "deep/other", "other\n"));
    REQUIRE(write_file(at("b") / "file", "b\n"));
    REQUIRE(write_file(at("c") / "file", "c\n"));
    auto request = ground.request(
        "cat /work/file /work/deep/other /work/in/b/file /only/file; echo x > /work/new; echo y > /work/in/b/new;"
        "echo z > /only/new; : > /root-new");
    request.trees.push_back({"/work/in/b", {at("b")}, at("b-upper")});
    request.trees.push_back({"/work", {at("a1"), at("a2")}, at("a-upper")});
    request.trees.push_back({"/only", {at("c")}, {}});
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.code.value() == 0);
    CHECK(ran.output.starts_with("top\nother\nb\nc\n"));
    CHECK(ran.output.find("Read-only file system") != std::string::npos);
    CHECK(names_below(at("a-upper")) == std::vector<std::string>{"new"});
    CHECK(names_below(at("b-upper")) == std::vector<std::string>{"new"});
    CHECK(names_below(ground.upper) == std::vector<std::string>{"root-new"});
    CHECK_FALSE(fs::exists(at("c") / "new"));
}

TEST_CASE("a read-only root of one folder", "[sandbox]") {
    const Ground ground;
    auto request = ground.request("cat /etc/name; : > /tmp/x && echo tmp; : > /x");
    request.trees[0].upper.clear();
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "small\ntmp\n/bin/sh: can't create /x: Read-only file system\n");
}

TEST_CASE("a cache is writable and shared between runs", "[sandbox]") {
    const Ground ground;
    const auto cache = ground.folder.path() / "cache";
    fs::create_directory(cache);
    auto request = ground.request("echo kept >> /root/.cache/tool/x; cat /root/.cache/tool/x");
    request.caches = {{"/root/.cache/tool", cache}};
    CHECK(run_in(*ground.sandbox, request).output == "kept\n");
    CHECK(run_in(*ground.sandbox, request).output == "kept\nkept\n");
    CHECK(names_below(ground.upper).empty());
}

TEST_CASE("mount points that are links, or were deleted", "[sandbox]") {
    const Ground ground;
    fs::create_symlink("../run/systemd/resolve/stub-resolv.conf", ground.root / "etc/resolv.conf");
    fs::create_symlink("/etc", ground.root / "alias");
    fs::create_symlink("../../../../..", ground.root / "up");
    const auto delta = ground.folder.path() / "delta";
    fs::create_directories(delta / "var");
    REQUIRE(::mknod((delta / "opt").c_str(), S_IFCHR, makedev(0, 0)) == 0);
    REQUIRE(::mknod((delta / "var/gone").c_str(), S_IFCHR, makedev(0, 0)) == 0);
    auto request = ground.request("cat /etc/resolv.conf /etc/hosts /first /opt/a/b /var/gone");
    request.trees[0].lowers.insert(request.trees[0].lowers.begin(), delta);
    request.files = {{"/etc/resolv.conf", "resolver\n"},
                     {"/alias/hosts", "hosts\n"},
                     {"/up/first", "first\n"},
                     {"/opt/a/b", "deep\n"},
                     {"/var/gone", "gone\n"}};
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "resolver\nhosts\nfirst\ndeep\ngone\n");
}
