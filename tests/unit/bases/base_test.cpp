// Bases made by a stand-in for mmdebstrap that packs a small folder with tar, and (hidden, [.network]) by the real one.
#include "bases/base.hpp"

#include "fakes/web_server.hpp"
#include "system/file.hpp"
#include "system/host.hpp"
#include "system/http.hpp"
#include "unit/bases/fixture.hpp"

#include <fmt/ranges.h>
#include <sys/mount.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <iostream>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("bare is an empty tree without layers, and always there") {
    Workplace place;
    const auto base = known_base(*place.store, kind("bare"), amd64).value();
    REQUIRE(base);
    CHECK(base->layers.empty());
    CHECK(place.store->tree(base->tree).value()->empty());
    CHECK(base->environment.front().second == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    CHECK(place.make("bare").value().tree == base->tree);
    CHECK(place.runner.runs == 0);
}

TEST_CASE("a base is made once and then known") {
    Workplace place;
    CHECK_FALSE(known_base(*place.store, kind("debian@12"), amd64).value());
    const auto made = place.make("debian@12").value();
    const auto known = known_base(*place.store, kind("debian@12"), amd64).value();
    REQUIRE(known);
    CHECK(known->tree == made.tree);
    CHECK(known->packages == sha256("base-files 12.4 amd64\n"));
    REQUIRE(known->layers.size() == 1);
    CHECK(known->layers.front().digest == made.layers.front().digest);
    CHECK(place.store->has(known->layers.front().digest));
    CHECK_FALSE(known_base(*place.store, kind("debian@12"), *arch_from_debian("arm64")).value());
    CHECK(place.runner.runs == 1);
    CHECK(place.events.text == "started base debian@12\nlog I: stand-in\nfinished\n");
}

TEST_CASE("host names and mirrors leave no trace; other packages do") {
    Workplace one, two, three;
    two.runner.root_file("etc/hostname", "other");
    two.runner.root_file("etc/apt/sources.list", "deb http://other.example.org/debian bookworm main");
    two.mirror.main = "http://other.example.org/debian";
    three.runner.root_file("var/lib/dpkg/status", status_of("12.5"));
    const auto first = one.make("debian@12").value();
    CHECK(two.make("debian@12").value().layers.front().digest == first.layers.front().digest);
    CHECK(three.make("debian@12").value().tree != first.tree);
}

TEST_CASE("made anew with the same packages it stays the base that it was") {
    Workplace place;
    const auto first = place.make("debian@12").value();
    place.runner.root_file("etc/stray", "made by chance");
    const auto again = place.make("debian@12").value();
    CHECK(place.runner.runs == 2);
    CHECK(again.tree == first.tree);
    place.runner.root_file("var/lib/dpkg/status", status_of("12.5"));
    CHECK(place.make("debian@12").value().tree != first.tree);
    CHECK(known_base(*place.store, kind("debian@12"), amd64).value()->tree != first.tree);
}

TEST_CASE("two runs at once make it once") {
    Workplace place;
    place.runner.pause = std::chrono::milliseconds(200);
    std::vector<Digest> trees(2);
    {
        std::vector<std::jthread> threads;
        for (auto& tree : trees) threads.emplace_back([&] { tree = place.make("debian@12").value().tree; });
    }
    CHECK(trees[0] == trees[1]);
    CHECK(place.runner.runs == 1);
}

TEST_CASE("a failure is told with mmdebstrap's words, and nothing is left") {
    Workplace place;
    place.runner.code = 1;
    const auto failed = place.make("debian@12");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0851");
    CHECK(failed.error().excerpt == std::vector<std::string>{"I: stand-in"});
    CHECK_FALSE(known_base(*place.store, kind("debian@12"), amd64).value());
    CHECK(place.left_on_scratch() == 0);
    place.runner.code = 0;
    CHECK(place.make("debian@12"));
    CHECK(place.left_on_scratch() == 0);
}

TEST_CASE("what a killed run left goes with the next one") {
    Workplace place;
    const auto left = place.folder.path() / "scratch" / "base-debian@12-amd64-abc123";
    REQUIRE(make_folders(left / "mmdebstrap.x"));
    CHECK(place.make("debian@12"));
    CHECK_FALSE(fs::exists(left));
}

TEST_CASE("a left-over with something mounted in it is never gone into") {
    Workplace place;
    const auto left = place.folder.path() / "scratch" / "base-debian@12-amd64-abc123";
    const auto point = left / "root" / "dev" / "shm";
    REQUIRE(make_folders(point));
    if (::mount("test", point.c_str(), "tmpfs", 0, "size=64k") != 0) {
        WARN("mounting is not allowed here");
        return;
    }
    REQUIRE(write_file(point / "of the host", "x"));
    const auto made = place.make("debian@12");
    const bool is_there = fs::exists(point / "of the host");
    REQUIRE(::umount2(point.c_str(), 0) == 0);
    CHECK(made);
    CHECK(is_there);
    CHECK(place.make("debian@12"));
    CHECK_FALSE(fs::exists(left));
}

TEST_CASE("a root without a list of packages is no base") {
    Workplace place;
    REQUIRE(fs::remove(place.runner.root.path() / "var/lib/dpkg/status"));
    const auto made = place.make("debian@12");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == "RB0853");
    CHECK_FALSE(known_base(*place.store, kind("debian@12"), amd64).value());
}

TEST_CASE("a tar that ends too early is no base") {
    Workplace place;
    place.runner.truncate = true;
    CHECK_FALSE(place.make("debian@12"));
    CHECK_FALSE(known_base(*place.store, kind("debian@12"), amd64).value());
}

namespace {

constexpr const char* keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The layer's digest, then an entry a line: what two bases are compared by, so that a difference is seen.
std::string listing(const Store& store, const Base& base) {
    auto text = fmt::format("LISTING\nlayer {}\n", base.layers.front().digest.hex());
    for (const auto& entry : store.tree(base.tree).value()->entries())
        text += fmt::format("{} {} {:o} {}:{} {} {}{} {}\n", entry.path, static_cast<int>(entry.type), entry.mode,
                            entry.uid, entry.gid, entry.mtime, entry.digest.short_hex(), entry.target, entry.link);
    return text + "END\n";
}

std::string first_difference(const std::string& one, const std::string& two) {
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(one, two).in1 - one.begin());
    const auto line = one.rfind('\n', std::min(at, one.size() - 1) - 1) + 1;
    return one.substr(line, 200) + "\nagainst\n" + two.substr(line, 200);
}

/// The real thing, made in a folder of its own.
Result<Base> make_debian(const TempFolder& folder, Store& store, const Mirror& mirror) {
    HostProcesses processes;
    Listener events;
    auto environment = read_host().environment;
    return make_base({store, processes, environment, folder.path() / "scratch", events, 2}, kind("debian@12"), amd64,
                     mirror, keyring, {});
}

/// Passes all requests on to `mirror`: the same archive by another address.
fakes::WebReply pass_on(const Mirror& mirror, Http& http, const fs::path& folder, const fakes::WebRequest& request) {
    static std::atomic<int> count = 0;
    const std::string security = "/debian-security";
    const auto address = request.target.starts_with(security) ? mirror.security + request.target.substr(security.size())
                                                              : mirror.main + request.target.substr(7);
    const auto to = folder / std::to_string(++count);
    if (!http.fetch({{address, to}}, {}, {})) return {.status = 404};
    return {.body = read_file(to).value()};
}

Finished run_as_user(const std::string& host_name, const std::string& filter, const Mirror& mirror) {
    const auto user = "rbtest" + std::to_string(::getpid());
    const auto folder = TempFolder::make(fs::temp_directory_path(), "as-user-").value();
    fs::permissions(folder.path(), fs::perms(0755));
    fs::copy_file("/proc/self/exe", folder.path() / "test");
    const auto script = fmt::format(
        "useradd --no-create-home --shell /bin/sh {0} && hostname {1} && umask 077 &&\n"
        "setpriv --reuid {0} --regid {0} --init-groups --inh-caps=-all -- {2} '{3}'; code=$?; userdel {0}; exit $code",
        user, host_name, (folder.path() / "test").native(), filter);
    auto environment = read_host().environment;
    environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
    environment["ROCKBUILD_TEST_MAIN"] = mirror.main;
    environment["ROCKBUILD_TEST_SECURITY"] = mirror.security;
    return HostProcesses().run({{"unshare", "--uts", "sh", "-c", script}, environment}, {}).value();
}

}  // namespace

TEST_CASE("as an ordinary user, from the mirror that the environment names", "[.as-user]") {
    const auto host = read_host();
    const auto folder = TempFolder::make(fs::temp_directory_path(), "user-base-").value();
    const auto store = Store::open(folder.path() / "store").value();
    const auto base = make_debian(
        folder, *store, {*host.variable("ROCKBUILD_TEST_MAIN"), *host.variable("ROCKBUILD_TEST_SECURITY"), "--mirror"});
    if (!base) FAIL(base.error().message << "\n" << fmt::format("{}", fmt::join(base.error().excerpt, "\n")));
    std::cout << listing(*store, *base);
}

TEST_CASE("debian@12: two mirror addresses, two host names, root and an ordinary user give one digest", "[.network]") {
    if (read_host().uid != 0) {
        WARN("only root can make another user and another host name");
        return;
    }
    const auto mirror = find_mirror("bookworm", "", "").value();
    const auto folder = TempFolder::make(fs::temp_directory_path(), "root-base-").value();
    const auto store = Store::open(folder.path() / "store").value();
    const auto base = make_debian(folder, *store, mirror);
    if (!base) FAIL(base.error().message << "\n" << fmt::format("{}", fmt::join(base.error().excerpt, "\n")));
    const auto tree = store->tree(base->tree).value();
    CHECK(tree->find("etc/os-release") != nullptr);
    CHECK(tree->find("etc/hostname") == nullptr);
    CHECK(tree->find("etc/resolv.conf") == nullptr);

    const auto http = make_http(read_host().environment);
    const fakes::WebServer server(
        [&](const fakes::WebRequest& request) { return pass_on(mirror, *http, folder.path(), request); });
    const auto finished =
        run_as_user("another-host", "[.as-user]", {server.url("/debian"), server.url("/debian-security"), "--mirror"});
    if (finished.code != 0) FAIL(finished.output);
    const auto mine = listing(*store, *base);
    const auto begin = finished.output.find("LISTING\n");
    const auto theirs = finished.output.substr(begin, finished.output.find("END\n", begin) + 4 - begin);
    CHECK(begin != std::string::npos);
    if (mine != theirs) {
        const auto rest = [](const std::string& text) { return text.substr(text.find('\n', 8)); };
        FAIL(first_difference(rest(mine), rest(theirs)));
    }
}

TEST_CASE("an unreachable mirror is told, by the real mmdebstrap", "[.network]") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "no-mirror-").value();
    const auto store = Store::open(folder.path() / "store").value();
    const auto base = make_debian(folder, *store, {"http://127.0.0.1:9/debian", "", "--mirror"});
    REQUIRE_FALSE(base);
    CHECK(base.error().code == "RB0851");
    CHECK(base.error().exit == ExitCode::remote_timeout);
    CHECK_FALSE(base.error().excerpt.empty());
}

TEST_CASE("an archive signed by others is refused, by the real mmdebstrap", "[.network]") {
    const auto mirror = find_mirror("bookworm", "", "").value();
    const auto folder = TempFolder::make(fs::temp_directory_path(), "no-key-").value();
    const auto store = Store::open(folder.path() / "store").value();
    HostProcesses processes;
    Listener events;
    const auto keys = folder.path() / "empty.gpg";
    REQUIRE(write_file(keys, ""));
    const auto base = make_base({*store, processes, read_host().environment, folder.path() / "scratch", events},
                                kind("debian@12"), amd64, mirror, keys, {});
    REQUIRE_FALSE(base);
    INFO(fmt::format("{}", fmt::join(base.error().excerpt, "\n")));
    CHECK(base.error().code == "RB0851");
    CHECK(base.error().message.find("isn't signed by a key of") != std::string::npos);
}
