// The index of an archive: what of it is believed, and when the mirror is asked for it.
#include "archive_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("an index that another key signed is refused") {
    Scratch place;
    const SigningKey stranger("Stranger");
    const TestArchive debian(place.folder.path(), world, {}, stranger);
    const auto result = Opened(debian.mirror()).resolve({"server"});
    REQUIRE(code_of(result) == "RB0812");
    CHECK(result.error().exit == ExitCode::failure);
    CHECK(result.error().hint.find("the test") != std::string::npos);
    CHECK_FALSE(result.error().notes.empty());
    CHECK(Opened(debian.mirror(), stranger.keyring()).resolve({"server"}));
}

TEST_CASE("an index that was changed after it was signed is refused") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const auto index = debian.folder() / "debian/dists/bookworm/main/binary-amd64/Packages";
    auto text = get(read_file(index));
    text.replace(text.find("Version: 1.22"), 13, "Version: 1.23");
    write(index, text);
    const auto result = Opened(debian.mirror()).resolve({"server"});
    REQUIRE(code_of(result) == "RB0812");
    CHECK(result.error().exit == ExitCode::failure);
}

TEST_CASE("an index without a signature is refused") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    for (const auto* suite : {"bookworm", "bookworm-updates"}) {
        const auto dist = debian.folder() / "debian/dists" / suite;
        const auto signed_text = get(read_file(dist / "InRelease"));
        const auto begin = signed_text.find("Origin:");
        write(dist / "Release", signed_text.substr(begin, signed_text.find("-----BEGIN PGP SIGNATURE") - begin));
        fs::remove(dist / "InRelease");
    }
    CHECK(code_of(Opened(debian.mirror()).resolve({"server"})) == "RB0812");
}

TEST_CASE("a mirror that doesn't answer ends with code 75, also where an older index lies") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    Mirror mirror = debian.mirror();
    std::string dead;
    {
        const fakes::WebServer gone([](const auto&) { return fakes::WebReply{}; });
        dead = gone.url();
    }
    mirror.security = dead + "/debian-security";
    const auto result = Opened(mirror).resolve({"server"});
    REQUIRE(code_of(result) == "RB0812");
    CHECK(result.error().exit == ExitCode::remote_timeout);
}

TEST_CASE("the index is asked for once a run, and not before it is needed") {
    Scratch place;
    const TestArchive debian(place.folder.path(), world);
    const fakes::WebServer server(files_of(debian.folder()));
    const Opened opened(over(server));
    CHECK(server.requests().empty());
    get(opened.resolve({"server"}));
    const auto once = server.requests().size();
    CHECK(once >= 4);
    get(opened.resolve({"tool"}));
    CHECK(code_of(opened.resolve({"sever"})) == "RB0810");
    CHECK(server.requests().size() == once);
}

namespace {

/// Runs one after the other on one state, over a server whose files may change in between.
struct Runs {
    Scratch place;
    TestArchive debian{place.folder.path() / "one", world};
    fs::path served = debian.folder();
    fakes::WebServer server{[this](const fakes::WebRequest& request) { return files_of(served)(request); }};
    Opened opened{over(server)};

    /// What the next run asks a mirror for.
    std::vector<fakes::WebRequest> asked(const fakes::WebServer& mirror) {
        const auto before = mirror.requests().size();
        opened.next_run(over(mirror));
        get(opened.resolve({"server"}));
        auto requests = mirror.requests();
        requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(before));
        return requests;
    }
    /// Is apt among those who ask it in the next run?
    bool asks_apt(const fakes::WebServer& mirror) {
        return std::ranges::any_of(asked(mirror), [](const auto& request) {
            return request.headers.at("user-agent").find("APT") != std::string::npos;
        });
    }
    bool asks_apt() { return asks_apt(server); }
};

}  // namespace

TEST_CASE("the next run asks only whether the index is the same, and no cache on the way for it") {
    Runs runs;
    CHECK(runs.asks_apt());
    const auto requests = runs.asked(runs.server);
    Names targets;
    for (const auto& request : requests) {
        targets.push_back(request.target);
        CHECK(request.headers.at("cache-control") == "max-age=0");
    }
    std::ranges::sort(targets);
    CHECK(targets == Names{"/debian-security/dists/bookworm-security/InRelease",
                           "/debian/dists/bookworm-updates/InRelease", "/debian/dists/bookworm/InRelease"});
    CHECK_FALSE(runs.asks_apt());
}

TEST_CASE("an index is read anew where the mirror has another, or is another") {
    Runs runs;
    CHECK(runs.asks_apt());
    auto newer = world;
    newer[9].version = "1.20";
    const TestArchive later(runs.place.folder.path() / "two", newer);
    runs.served = later.folder();
    CHECK(runs.asks_apt());
    CHECK(names(get(runs.opened.resolve({"tool=1.20"}))) == Names{"tool=1.20"});
    CHECK_FALSE(runs.asks_apt());
    const fakes::WebServer copy(files_of(later.folder()));
    CHECK(runs.asks_apt(copy));
    CHECK_FALSE(runs.asks_apt(copy));
}

TEST_CASE("an index is read anew where apt's copy isn't what was verified within a day") {
    Runs runs;
    CHECK(runs.asks_apt());
    REQUIRE_FALSE(runs.asks_apt());
    const auto state = runs.opened.setup.state;
    SECTION("a file of it is gone") {
        for (const auto& file : fs::directory_iterator(state / "lists"))
            if (file.path().native().ends_with("bookworm_main_binary-amd64_Packages")) fs::remove(file.path());
    }
    SECTION("it was verified two days ago") {
        fs::last_write_time(state / "verified", fs::file_time_type::clock::now() - std::chrono::days(2));
    }
    SECTION("an update was cut off") {
        const auto good = std::exchange(runs.served, runs.place.folder.path() / "nothing");
        runs.opened.next_run(over(runs.server));
        CHECK(code_of(runs.opened.resolve({"tool"})) == "RB0812");
        runs.served = good;
    }
    CHECK(runs.asks_apt());
    CHECK_FALSE(runs.asks_apt());
    CHECK(names(get(runs.opened.resolve({"tool=1.0"}))) == Names{"tool=1.0"});
}

TEST_CASE("an index that was verified is refused once its key is gone") {
    Runs runs;
    auto& keyring = runs.opened.setup.keyring;
    const auto exchanged = runs.place.folder.path() / "keys.gpg";
    REQUIRE(fs::copy_file(keyring, exchanged));
    keyring = exchanged;
    CHECK(runs.asks_apt());
    REQUIRE_FALSE(runs.asks_apt());
    const SigningKey other("Other");
    fs::copy_file(other.keyring(), exchanged, fs::copy_options::overwrite_existing);
    runs.opened.next_run(over(runs.server));
    CHECK(code_of(runs.opened.resolve({"tool"})) == "RB0812");
}
