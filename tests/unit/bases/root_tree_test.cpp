#include "bases/root_tree.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

struct Place {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "root-tree-").value();
    std::unique_ptr<Store> store = Store::open(folder.path() / "store").value();
};

Entry device(const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::character_device;
    entry.major = 1;
    entry.minor = 3;
    return entry;
}

Entry owned(Entry entry, std::uint32_t uid, std::uint32_t gid, std::int64_t mtime) {
    entry.uid = uid;
    entry.gid = gid;
    entry.mtime = mtime;
    return entry;
}

Tree normal(const std::vector<Entry>& entries) {
    const Place place;
    return normalise_root(*place.store, Tree::of(entries), *find_release("debian@12")).value();
}

}  // namespace

TEST_CASE("host facts, devices, caches, locks, logs and old copies go") {
    const std::vector<Entry> gone{
        file("etc/hostname", "build7"),
        file("etc/resolv.conf", "nameserver 10.0.0.1"),
        file("etc/machine-id", "0123"),
        file("etc/.pwd.lock"),
        file("etc/apt/sources.list", "deb http://mirror.example.org/debian bookworm main"),
        file("etc/apt/sources.list.d/0000main.list", "deb http://mirror.example.org/debian bookworm main"),
        file("etc/apt/apt.conf.d/99mmdebstrap", "Acquire::Retries 3;"),
        device("dev/null"),
        folder("dev/pts"),
        link_to("dev/fd", "/proc/self/fd"),
        device("srv/null"),
        file("tmp/x"),
        file("var/tmp/x"),
        file("var/cache/apt/pkgcache.bin", "cache"),
        file("var/cache/apt/archives/lock"),
        file("var/cache/debconf/templates.dat-old", "old"),
        file("var/cache/ldconfig/aux-cache", "inodes"),
        file("var/lib/apt/lists/lock"),
        owned(folder("var/lib/apt/lists/partial", 0700), 42, 0, 5),
        file("var/lib/apt/lists/mirror.example.org_debian_InRelease", "index"),
        file("var/lib/dbus/machine-id", "0123"),
        file("var/lib/dpkg/lock"),
        file("var/lib/dpkg/lock-frontend"),
        file("var/lib/dpkg/triggers/Lock"),
        file("var/lib/dpkg/status-old", "old"),
        file("var/log/dpkg.log", "2023-06-10 startup"),
        file("var/log/apt/history.log", "Start-Date: 2023-06-10"),
    };
    const auto tree = normal(gone);
    for (const auto& entry : gone) {
        INFO(entry.path);
        CHECK(tree.find(entry.path) == nullptr);
    }
}

TEST_CASE("what packages own stays, with owners and modes") {
    const std::vector<Entry> kept{
        file("etc/hosts.allow", "x"),
        file("etc/apt/apt.conf.d/01autoremove", "x"),
        owned(file("etc/shadow", "root:*:19518::", 0640), 0, 42, 5),
        link_to("bin", "usr/bin"),
        folder("var/cache/apt"),
        folder("var/lib/apt/lists"),
        owned(folder("var/cache/man", 0755), 6, 12, 5),
        owned(file("var/log/btmp", "", 0660), 0, 43, 5),
        folder("var/log/apt"),
        file("var/lib/dpkg/status", "Package: x"),
        file("usr/share/doc/x-old", "x"),
        file("var/lib/dpkg/info/x-old.list", "x"),
        file("usr/lib/lock", "x"),
        file("devices", "x"),
        folder("dev"),
        folder("tmp", 01777),
    };
    const auto tree = normal(kept);
    for (auto entry : kept) {
        INFO(entry.path);
        REQUIRE(tree.find(entry.path) != nullptr);
        entry.mtime = find_release("debian@12")->time;
        CHECK(*tree.find(entry.path) == entry);
    }
}

TEST_CASE("all times are one, whatever they were") {
    const auto early = normal({owned(file("etc/x", "x"), 0, 0, 1), file("usr/y")});
    const auto late = normal({owned(file("etc/x", "x"), 0, 0, 2'000'000'000), file("usr/y")});
    CHECK(early.digest() == late.digest());
    for (const auto& entry : early.entries()) CHECK(entry.mtime == 1686355200);
}

TEST_CASE("the one apt source names no host, and apt's own parser takes it") {
    const Place place;
    const auto tree = normalise_root(*place.store, Tree(), *find_release("debian@12")).value();
    const auto* sources = tree.find("etc/apt/sources.list.d/debian.sources");
    REQUIRE(sources != nullptr);
    CHECK(sources->mode == 0644);
    const auto text = place.store->read(sources->digest).value();
    CHECK(text == canonical_sources(*find_release("debian@12")));
    CHECK(text.find("http") == std::string::npos);
    CHECK(text.find("URIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: bookworm bookworm-updates\n") !=
          std::string::npos);
    CHECK(text.find("URIs: mirror+file:/etc/apt/mirrors/debian-security.list\nSuites: bookworm-security\n") !=
          std::string::npos);
}

TEST_CASE("the package list has what is installed, sorted") {
    CHECK(package_list("Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2\n"
                       "Description: compression\n Version: of a continued line\n\n"
                       "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
                       "Package: adduser\nStatus: install ok installed\nVersion: 3.134\nArchitecture: all\n") ==
          "adduser 3.134 all\nzlib1g 1:1.2 amd64\n");
    CHECK(package_list("").empty());
}
