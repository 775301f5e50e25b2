// Packages on their way from the mirror into the store.
#include "archive_scene.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <ranges>
#include <set>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("packages that came are kept when another one can't be had, and heard of as they come") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    std::string gone;
    std::atomic<std::size_t> kept = 0;
    const fakes::WebServer server([&](const fakes::WebRequest& request) {
        if (gone.empty() || !request.target.ends_with(gone)) return files_of(debian.folder())(request);
        for (int i = 0; i < 3000 && kept < 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return fakes::WebReply{.status = 404, .body = "no"};
    });
    const Opened opened(over(server));
    const auto resolution = get(opened.resolve({"server"}));
    gone = resolution.packages.front().path;
    std::set<std::string> heard;
    CHECK(code_of(opened.archive->fetch(resolution, {}, [&](const Digest& deb) {
              CHECK(opened.scratch.store->has(deb));
              heard.insert(deb.hex());
              ++kept;
          })) == "RB0131");
    std::set<std::string> others;
    for (const auto& package : resolution.packages | std::views::drop(1)) others.insert(package.sha256.hex());
    CHECK(heard == others);
}

TEST_CASE("packages are fetched into the store, and only those that are missing") {
    Scratch place;
    auto debs = world;
    debs[1].version = "3.0.1+deb12u1";
    const TestArchive debian(place.folder.path(), debs, {{"base", "12.1"}});
    const fakes::WebServer server(files_of(debian.folder()));
    const Opened opened(over(server));
    const auto resolution = get(opened.resolve({"server"}));
    opened.scratch.put(debs[2].content());
    const auto before = server.requests().size();
    get(opened.archive->fetch(resolution, {}, {}));
    for (const auto& package : resolution.packages) CHECK(opened.scratch.store->has(package.sha256));
    CHECK(get(opened.scratch.store->read(debs[0].stanza().empty() ? Digest() : sha256(debs[0].content()))) ==
          debs[0].content());
    CHECK(server.requests().size() == before + 3);
    Names asked;
    for (const auto& request : server.requests())
        if (request.target.find("/pool/") != std::string::npos) asked.push_back(request.target);
    std::sort(asked.begin(), asked.end());
    CHECK(asked == Names{"/debian-security/pool/main/b/base/base_12.1_amd64.deb",
                         "/debian/pool/main/l/libssl/libssl_3.0.1%2bdeb12u1_amd64.deb",
                         "/debian/pool/main/s/server/server_1.22_amd64.deb"});
    get(opened.archive->fetch(resolution, {}, {}));
    CHECK(server.requests().size() == before + 3);
}

TEST_CASE("packages are fetched from a mirror on this machine") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto resolution = get(opened.resolve({"server"}));
    get(opened.archive->fetch(resolution, {}, {}));
    for (const auto& package : resolution.packages) CHECK(opened.scratch.store->has(package.sha256));
}

TEST_CASE("a package that went from the archive asks for a fresh resolution") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto resolution = get(opened.resolve({"server"}));
    fs::remove(debian.folder() / "debian" / world[1].path());
    const auto result = opened.archive->fetch(resolution, {}, {});
    REQUIRE(code_of(result) == "RB0131");
    CHECK(result.error().hint.find("--refresh") != std::string::npos);
}

TEST_CASE("a package with other bytes than the index says is refused") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const Opened opened(debian.mirror());
    const auto resolution = get(opened.resolve({"server"}));
    auto text = world[1].content();
    text.back() = '!';
    write(debian.folder() / "debian" / world[1].path(), text);
    CHECK(code_of(opened.archive->fetch(resolution, {}, {})) == "RB0132");
    CHECK_FALSE(opened.scratch.store->has(sha256(text)));
}
