// The lock as a value and as text.
#include "parts/lock.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace rockbuild;

namespace {

const std::string commit(40, 'a');
const std::string other_commit(40, 'b');

Package package(const std::string& name, const std::string& version) {
    return {name, version, "amd64", sha256(name + version), 5, "pool/main/" + name + ".deb", name == "openssl"};
}

LockEntry git_entry(const std::string& branch, const std::string& hash = commit) {
    return {"git",
            {{"repository", "https://example.org/a.git"}, {"branch", branch}},
            {{{"commit", hash}, {"branch", branch}}, {}, {{"v1", commit, ""}, {"v2", commit, other_commit}}},
            {{"amd64", "amd64", {"app"}}},
            {}};
}

LockEntry package_entry() {
    return {"stage-packages",
            {{"names", "nginx openssl"}, {"release", "debian@12"}, {"architecture", "amd64"}},
            {{}, {package("nginx", "1.22.1-9+deb12u1"), package("openssl", "3.0~rc1:2")}, {}},
            {{"amd64", "amd64", {"web"}}},
            {}};
}

Lock lock_of(const std::vector<LockEntry>& entries) {
    Lock lock;
    for (const auto& entry : entries) lock.put(entry);
    return lock;
}

Diagnostic refused(const std::string& text) {
    const auto lock = Lock::read(text, "rockcraft.lock");
    REQUIRE_FALSE(lock);
    CHECK(lock.error().code == "RB1090");
    CHECK(lock.error().exit == ExitCode::bad_data);
    REQUIRE(lock.error().span);
    CHECK(lock.error().span->file == "rockcraft.lock");
    return lock.error();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("a lock is the same text whatever the order, and is read back as it was") {
    const LockEntry base{"base",
                         {{"name", "debian@12"}, {"architecture", "amd64"}},
                         {{{"tree", sha256("t").str()}, {"packages", sha256("p").str()}}, {}, {}},
                         {{"amd64", "amd64", {}}},
                         {}};
    const auto text = lock_of({git_entry("main"), package_entry(), base}).write();
    CHECK(lock_of({base, package_entry(), git_entry("main")}).write() == text);
    const auto read = Lock::read(text, "rockcraft.lock");
    REQUIRE(read);
    CHECK(read->write() == text);
    REQUIRE(read->entries().size() == 3);
    CHECK(read->entries()[0].kind == "base");
    CHECK(read->entries()[1].value == git_entry("main").value);
    CHECK(read->entries()[2].value == package_entry().value);
    CHECK(read->entries()[2].uses == package_entry().uses);
    CHECK(read->entries()[1].place->begin.line == 13u);
    CHECK(Lock::read(Lock().write(), "x")->entries().empty());
}

TEST_CASE("each package and each tag has a line of its own") {
    auto text = lock_of({git_entry("main"), package_entry()}).write();
    for (const auto* word : {"\"name\": \"nginx\"", "\"name\": \"openssl\"", "\"v1\"", "\"v2\""}) {
        const auto at = text.find(word);
        REQUIRE(at != std::string::npos);
        const auto line = text.substr(text.rfind('\n', at) + 1, text.find('\n', at) - text.rfind('\n', at) - 1);
        CHECK(std::ranges::count(line, '{') == 1);
    }
}

TEST_CASE("texts of any bytes go through a lock") {
    auto entry = git_entry("main");
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    entry.request["tag"] = all;
    entry.uses = {{"plat \"form\"\n", "amd64", {"p%41"}}};
    const auto lock = lock_of({entry});
    const auto text = lock.write();
    CHECK(std::ranges::all_of(text, [](unsigned char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    const auto read = Lock::read(text, "rockcraft.lock");
    REQUIRE(read);
    CHECK(read->entries().front().request.at("tag") == all);
    CHECK(read->entries().front().uses == entry.uses);
}

TEST_CASE("what is no lock is told with its place") {
    const auto good = lock_of({git_entry("main"), package_entry()}).write();
    CHECK(refused("").span->begin.line == 1u);
    CHECK(refused("[]").message.find("object") != std::string::npos);
    CHECK(refused(replaced(good, "rockbuild.lock/1", "rockbuild.lock/2")).span->begin == Position{2, 13});
    CHECK(refused(replaced(good, "\"kind\"", "\n<<<<<<< ours\n\"kind\"")).span->begin == Position{6, 1});
    CHECK(refused(replaced(good, "\"kind\": \"git\"", "\"kind\": \"hg\"")).span->begin == Position{5, 15});
    CHECK(refused(replaced(good, "\"kind\": \"git\",", "")).message.find("lacks 'kind'") != std::string::npos);
    CHECK(refused(replaced(good, commit, "aaaa")).message.find("'aaaa'") != std::string::npos);
    CHECK(refused(replaced(good, commit, "--upload-pack=x")).span->begin.line == 7u);
    CHECK(refused(replaced(good, "\"nginx\"", "\"../nginx\"")).span->begin.line > 10u);
    CHECK(refused(replaced(good, "pool/main/nginx.deb", "../../etc/passwd")).span->begin.line > 10u);
    CHECK(refused(replaced(good, "1.22.1-9+deb12u1", "1 2")).span->begin.line > 10u);
    CHECK(refused(replaced(good, "\"size\": 5", "\"size\": -5")).message.find("number") != std::string::npos);
    CHECK(refused(replaced(good, "\"main\", \"path\"", "\"else\", \"path\"")).message.find("else") !=
          std::string::npos);
    CHECK(refused(replaced(good, "\"value\"", "\"worth\"")).message.find("'worth'") != std::string::npos);
    CHECK(refused(replaced(good, "\"v1\"", "\"v%4\"")).message.find("%") != std::string::npos);
    CHECK(refused(replaced(good, "\"v1\"", "[]")).message.find("text") != std::string::npos);
    CHECK(refused(good.substr(0, good.size() / 2)).span->begin.line > 5u);
}

TEST_CASE("what is locked twice is told with both places") {
    const auto text = lock_of({git_entry("main"), git_entry("next")}).write();
    const auto error =
        refused(replaced(text, "\"branch\": \"next\", \"repository\"", "\"branch\": \"main\", \"repository\""));
    REQUIRE(error.notes.size() == 1);
    CHECK(error.notes.front().span->begin.line == 5u);
}

TEST_CASE("a merge may not leave two versions of a package, or two tags of one name") {
    auto twice = package_entry();
    twice.value.packages.push_back(package("nginx", "1.23"));
    CHECK(refused(lock_of({twice}).write()).message.find("'nginx' is there twice") != std::string::npos);
    auto tags = git_entry("main");
    tags.value.tags.push_back({"v2", other_commit, ""});
    CHECK(refused(lock_of({tags}).write()).message.find("'v2' is there twice") != std::string::npos);
}

TEST_CASE("an entry is found by its request, and what was asked otherwise by who asks") {
    const auto lock = lock_of({git_entry("main"), package_entry()});
    CHECK(lock.find("git", git_entry("main").request) != nullptr);
    CHECK(lock.find("git", git_entry("next").request) == nullptr);
    CHECK(lock.find("file", git_entry("main").request) == nullptr);
    CHECK(lock.near("git", "amd64", "amd64", {"app"}) == &lock.entries()[0]);
    CHECK(lock.near("file", "amd64", "amd64", {"app"}) == &lock.entries()[0]);  // a source, too
    CHECK(lock.near("git", "amd64", "amd64", {"web"}) == nullptr);
    CHECK(lock.near("git", "arm64", "amd64", {"app"}) == nullptr);
    CHECK(lock.near("stage-packages", "amd64", "amd64", {"a", "web"}) == &lock.entries()[1]);
    CHECK(
        request_differences(git_entry("main").request, {{"repository", "https://example.org/a.git"}, {"tag", "v1"}}) ==
        std::vector<std::string>{"branch: 'main' is locked, none is asked for",
                                 "tag: none is locked, 'v1' is asked for"});
}

TEST_CASE("entries for the same request are one, with the uses of both and the later value") {
    auto again = git_entry("main", other_commit);
    again.uses = {{"amd64", "amd64", {"lib"}}, {"arm64", "amd64", {"app"}}};
    auto lock = lock_of({git_entry("main"), again});
    REQUIRE(lock.entries().size() == 1);
    CHECK(lock.entries().front().value.fields.at("commit") == other_commit);
    CHECK(lock.entries().front().uses ==
          std::vector<LockUse>{{"amd64", "amd64", {"app", "lib"}}, {"arm64", "amd64", {"app"}}});
    lock = lock.used_by([](const LockUse& use) { return use.platform == "arm64"; });
    REQUIRE(lock.entries().size() == 1);
    CHECK(lock.entries().front().uses.size() == 1);
    CHECK(lock.used_by([](const LockUse&) { return false; }).entries().empty());
}
