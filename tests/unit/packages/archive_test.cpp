// The archive against a mirror on loopback, with apt's own resolver. It is long because one fixture, a signed archive
// made for the test, serves all of it: resolving, what is refused and how, fetching.
#include "fakes/web_server.hpp"
#include "fixture.hpp"
#include "system/host.hpp"
#include "system/process.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <ranges>
#include <set>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

class NoEvents final : public EventSink {
public:
    void on(const Event&) override {}
};

/// An archive opened as the program does it, over a test's mirror.
struct Opened {
    Scratch scratch;
    std::map<std::string, std::string> environment{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    std::unique_ptr<Http> http = make_http(environment);
    HostProcesses processes;
    NoEvents events;
    PackageArchive::Setup setup;
    std::unique_ptr<PackageArchive> archive;

    explicit Opened(const Mirror& mirror, const fs::path& keyring = SigningKey::one().keyring(),
                    const std::string& architecture = "amd64") {
        setup.release = "bookworm";
        setup.arch = *arch_from_debian(architecture);
        setup.state = scratch.folder.path() / "state";
        setup.helper = ROCKBUILD_APT_HELPER;
        setup.keyring = keyring;
        setup.environment = environment;
        next_run(mirror);
    }
    void next_run(const Mirror& mirror) {
        archive = PackageArchive::open(
            setup, [mirror]() -> Result<Mirror> { return mirror; }, *scratch.store, *http, processes, events);
    }
    Result<Resolution> resolve(std::vector<std::string> names, const std::string& installed = "",
                               bool essential = false) const {
        return archive->resolve({std::move(names), installed, essential}, {});
    }
};

std::vector<std::string> names(const Resolution& resolution) {
    std::vector<std::string> result;
    for (const auto& package : resolution.packages) result.push_back(package.name + "=" + package.version);
    return result;
}

using Names = std::vector<std::string>;

/// A small world like that around a web server.
const std::vector<Deb> world{
    {"server", "1.22", "Depends: libssl (>= 3), base | other-base\nRecommends: manual\n"},
    {"libssl", "3.0.1", "Depends: libc\n"},
    {"libc", "2.36"},
    {"base", "12"},
    {"manual", "1"},
    {"shell", "5", "Essential: yes\nDepends: libc\n"},
    {"exim", "4", "Provides: mailer\nConflicts: mailer\n"},
    {"postfix", "3", "Provides: mailer\nConflicts: mailer\n"},
    {"mawk", "1.3", "Provides: awk\n"},
    {"tool", "1.0"},
    {"tool", "1.1"},
    {"broken", "1", "Depends: libssl (>= 4)\n"},
};

}  // namespace

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

namespace {

/// The files of a folder over HTTP.
fakes::WebServer::Handler files_of(const fs::path& folder) {
    return [folder](const fakes::WebRequest& request) {
        std::string path;
        for (std::size_t i = 0; i < request.target.size(); ++i) {
            if (request.target.compare(i, 3, "%2b") == 0) path += '+', i += 2;
            else path += request.target[i];
        }
        const auto text = read_file(folder.native() + path);
        return text ? fakes::WebReply{.body = *text} : fakes::WebReply{.status = 404, .body = "no"};
    };
}

Mirror over(const fakes::WebServer& server) {
    return {server.url("/debian"), server.url("/debian-security"), "the test"};
}

}  // namespace

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
