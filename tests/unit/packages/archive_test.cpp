// What a wish stands for, by apt's own resolver over a mirror on loopback, and what is refused.
#include "archive_scene.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a wish is resolved with what it depends on, sorted, without recommendations") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto resolution = get(opened.resolve({"server"}));
    CHECK(names(resolution) == Names{"base=12", "libc=2.36", "libssl=3.0.1", "server=1.22"});
    const auto& server = resolution.packages.back();
    CHECK(server.architecture == "amd64");
    CHECK(server.sha256 == sha256(world[0].content()));
    CHECK(server.size == world[0].content().size());
    CHECK(server.path == "pool/main/s/server/server_1.22_amd64.deb");
    CHECK_FALSE(server.security);
}

TEST_CASE("what is wished for with its recommendations brings them, and the rest brings none") {
    Scratch place;
    auto more = world;
    more.push_back({"suite", "1", "Recommends: server\nSuggests: tool\n"});
    more.push_back({"other", "1", "Depends: libc\nRecommends: mawk\n"});
    const TestArchive debian(place.folder.path(), more);
    const Opened opened(debian.mirror());
    const auto chosen = [&](Names plain, Names recommending, const std::string& installed = "") {
        return names(get(opened.archive->resolve({std::move(plain), installed, false, std::move(recommending)}, {})));
    };
    // As deep as recommendations go, but not what is only suggested.
    const Names whole{"base=12", "libc=2.36", "libssl=3.0.1", "manual=1", "server=1.22", "suite=1"};
    CHECK(chosen({}, {"suite"}) == whole);
    CHECK(chosen({"suite"}, {}) == Names{"suite=1"});
    auto both = whole;
    both.insert(both.begin() + 4, "other=1");
    CHECK(chosen({"other"}, {"suite"}) == both);
    CHECK(chosen({"suite"}, {"other"}) == Names{"libc=2.36", "mawk=1.3", "other=1", "suite=1"});
    CHECK(chosen({"server"}, {"server"}) == Names{"base=12", "libc=2.36", "libssl=3.0.1", "manual=1", "server=1.22"});
    const std::string installed =
        "Package: manual\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: x\nDescription: "
        "x\n\n";
    CHECK(chosen({}, {"server"}, installed) == Names{"base=12", "libc=2.36", "libssl=3.0.1", "server=1.22"});
    CHECK(code_of(opened.archive->resolve({{}, "", false, {"sever"}}, {})) == "RB0810");
    CHECK(code_of(opened.archive->resolve({{"tool"}, "", false, {"broken"}}, {})) == "RB0811");
}

TEST_CASE("a newer version in the security archive wins and says where it lies") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world, {{"libssl", "3.0.2", "Depends: libc\n"}});
    const Opened opened(debian.mirror());
    const auto resolution = get(opened.resolve({"server"}));
    CHECK(names(resolution) == Names{"base=12", "libc=2.36", "libssl=3.0.2", "server=1.22"});
    CHECK(resolution.packages[2].security);
    CHECK_FALSE(resolution.packages[1].security);
}

TEST_CASE("what is installed already isn't resolved again, and an older version is") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const std::string installed =
        "Package: libc\nStatus: install ok installed\nVersion: 2.36\nArchitecture: amd64\nMaintainer: x\nDescription: "
        "x\n\n"
        "Package: libssl\nStatus: install ok installed\nVersion: 3.0.0\nArchitecture: amd64\nMaintainer: "
        "x\nDescription: x\n\n"
        "Package: other-base\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: "
        "x\nDescription: x\n\n";
    // apt keeps an installed version that satisfies; ours lacks libssl's 3.0.1 only where it is asked for.
    CHECK(names(get(opened.resolve({"server"}, installed))) == Names{"server=1.22"});
    CHECK(names(get(opened.resolve({"server", "libssl"}, installed))) == Names{"libssl=3.0.1", "server=1.22"});
    CHECK(names(get(opened.resolve({"libc"}, installed))).empty());
}

TEST_CASE("another status is seen, also one of equal size within a second, and no index is read anew for it") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto installed = [](const std::string& name) {
        return "Package: " + name +
               "\nStatus: install ok installed\nVersion: 99\nArchitecture: amd64\nMaintainer: x\n" +
               "Description: x\n\n";
    };
    const auto index = opened.scratch.folder.path() / "state/cache/srcpkgcache.bin";
    CHECK(names(get(opened.resolve({"base", "tool"}, installed("base")))) == Names{"tool=1.1"});
    const auto written = fs::last_write_time(index);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // apt counts in seconds which file is younger
    for (int i = 0; i < 3; ++i) {
        CHECK(names(get(opened.resolve({"base", "tool"}, installed("tool")))) == Names{"base=12"});
        CHECK(names(get(opened.resolve({"base", "tool"}, installed("base")))) == Names{"tool=1.1"});
    }
    CHECK(fs::last_write_time(index) == written);
}

TEST_CASE("essential packages are there if wished for") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    CHECK(names(get(opened.resolve({"base"}, "", true))) == Names{"base=12", "libc=2.36", "shell=5"});
}

TEST_CASE("a version may be named") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    CHECK(names(get(opened.resolve({"tool"}))) == Names{"tool=1.1"});
    CHECK(names(get(opened.resolve({"tool=1.0"}))) == Names{"tool=1.0"});
    CHECK(names(get(opened.resolve({"tool:amd64=1.0"}))) == Names{"tool=1.0"});
    const auto absent = opened.resolve({"tool=9"});
    REQUIRE(code_of(absent) == "RB0810");
    CHECK(absent.error().message.find("'tool=9'") != std::string::npos);
    CHECK(absent.error().suggestions == Names{"tool=1.1", "tool=1.0"});
}

TEST_CASE("an unknown name is said with near ones") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto result = opened.resolve({"libc", "sever"});
    REQUIRE(code_of(result) == "RB0810");
    CHECK(result.error().message.find("'sever'") != std::string::npos);
    CHECK(result.error().suggestions == Names{"server"});
    CHECK(result.error().exit == ExitCode::failure);
}

TEST_CASE("a virtual name means its only provider, several are named") {
    Scratch place;
    // Two versions of one provider are still one provider.
    const TestArchive debian(place.folder.path(), world, {{"mawk", "1.4", "Provides: awk\n"}});
    const Opened opened(debian.mirror());
    CHECK(names(get(opened.resolve({"awk"}))) == Names{"mawk=1.4"});
    const auto several = opened.resolve({"mailer"});
    REQUIRE(code_of(several) == "RB0810");
    CHECK(several.error().suggestions == Names{"exim", "postfix"});
}

TEST_CASE("packages that exclude each other, or lack something, are refused with the reason") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto mentions = [](const auto& result, const std::string& text) {
        for (const auto& note : result.error().notes)
            if (note.message.find(text) != std::string::npos) return true;
        return false;
    };
    const auto both = opened.resolve({"exim", "postfix"});
    REQUIRE(code_of(both) == "RB0811");
    CHECK(mentions(both, "Conflicts mailer"));
    const auto lacking = opened.resolve({"broken"});
    REQUIRE(code_of(lacking) == "RB0811");
    CHECK(mentions(lacking, "Depends libssl (>= 4)"));
}

TEST_CASE("another architecture than the machine's is resolved alone") {
    Scratch place;
    const std::vector<Deb> debs{{"x", "1", "Depends: y\n", "", "arm64"}, {"y", "1", "", "", "all"}};
    const TestArchive debian(place.folder.path(), debs, {}, SigningKey::one(), "arm64");
    const Opened opened(debian.mirror(), SigningKey::one().keyring(), "arm64");
    const auto resolution = get(opened.resolve({"x"}));
    REQUIRE(resolution.packages.size() == 2);
    CHECK(resolution.packages[0].architecture == "arm64");
    CHECK(resolution.packages[1].architecture == "all");
}

TEST_CASE("a missing helper is said with its name") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    NoEvents events;
    HostProcesses processes;
    const auto http = make_http({});
    PackageArchive::Setup setup;
    setup.release = "bookworm";
    setup.arch = *arch_from_debian("amd64");
    setup.state = place.folder.path() / "state";
    setup.helper = "/nowhere/rockbuild-apt";
    const auto archive = PackageArchive::open(
        setup, [&]() -> Result<Mirror> { return debian.mirror(); }, *place.store, *http, processes, events);
    const auto result = archive->resolve({{"x"}, "", false}, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("/nowhere/rockbuild-apt") != std::string::npos);
}

TEST_CASE("a helper that fails or speaks another language is told") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    NoEvents events;
    HostProcesses processes;
    const auto http = make_http({});
    PackageArchive::Setup setup;
    setup.release = "bookworm";
    setup.arch = *arch_from_debian("amd64");
    setup.state = place.folder.path() / "state";
    setup.helper = place.folder.path() / "helper";
    setup.environment = {{"PATH", "/usr/bin:/bin"}};
    for (const std::string does : {"echo no resolver >&2; exit 3", "echo hello", "echo '{\"packages\": 7}'"}) {
        INFO(does);
        REQUIRE(write_file(setup.helper, "#!/bin/sh\ncat >/dev/null\n" + does + "\n", 0755));
        const auto archive = PackageArchive::open(
            setup, [&]() -> Result<Mirror> { return debian.mirror(); }, *place.store, *http, processes, events);
        const auto result = archive->resolve({{"x"}, "", false}, {});
        REQUIRE_FALSE(result);
        CHECK(result.error().code == "RB0814");
    }
}

TEST_CASE("two runs share one state folder") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    std::vector<Result<Resolution>> results(4, fail("RB0000", "not run"));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i)
        threads.emplace_back([&, i] { results[i] = opened.resolve({i % 2 == 0 ? "server" : "shell"}); });
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < results.size(); ++i)
        CHECK(names(get(results[i])) == (i % 2 == 0 ? Names{"base=12", "libc=2.36", "libssl=3.0.1", "server=1.22"}
                                                    : Names{"libc=2.36", "shell=5"}));
}

TEST_CASE("a resolution is written as lines and read back") {
    Package one{"libc6", "2.36-9+deb12u9", "amd64", sha256("one"), 12, "pool/main/g/glibc/libc6.deb", false};
    Package two{"tzdata", "2024a", "all", sha256("two"), 0, "pool/updates/main/t/tzdata/tz data.deb", true};
    const Resolution resolution{{one, two}};
    const auto text = resolution.encode();
    CHECK(text ==
          "packages 1\n"
          "libc6 2.36-9+deb12u9 amd64 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed 12 main "
          "pool/main/g/glibc/libc6.deb\n"
          "tzdata 2024a all 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 0 security "
          "pool/updates/main/t/tzdata/tz data.deb\n");
    CHECK(get(Resolution::decode(text)).packages == resolution.packages);
    CHECK(get(Resolution::decode(Resolution{}.encode())).packages.empty());
}

TEST_CASE("what is no resolution isn't read as one") {
    const std::string hex = sha256("one").hex();
    for (const auto& text :
         {std::string(), std::string("packages 2\n"), "packages 1\nx 1 all " + hex.substr(1) + " 1 main pool/x\n",
          "packages 1\nx 1 all " + hex + " one main pool/x\n", "packages 1\nx 1 all " + hex + " 1 main ../x\n",
          "packages 1\nx 1 all " + hex + " 1 main /x\n", std::string("packages 1\nx\n")})
        CHECK(code_of(Resolution::decode(text)) == "RB0813");
}

TEST_CASE("Debian's pebble is warned of, however it is spelled") {
    CHECK(package_warning("pebble"));
    CHECK(package_warning("pebble=2.3"));
    CHECK(package_warning("pebble:amd64"));
    CHECK_FALSE(package_warning("pebble-dev"));
    CHECK_FALSE(package_warning("nginx"));
}
