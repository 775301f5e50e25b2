#include "store/checkout.hpp"

#include "fakes/plain_ids.hpp"
#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "checkout-");
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");
    PlainIds ids;
    Checkouts checkouts{*store, ids};

    Entry stored(const std::string& path, const std::string& text, std::uint32_t mode = 0644) {
        REQUIRE(store->put(text));
        return file(path, text, mode);
    }
};

bool is_root() { return ::geteuid() == 0; }

}  // namespace

TEST_CASE("everything of a tree survives the way to the disk and back") {
    if (!is_root()) {
        WARN("skipped: owners and devices need root");
        return;
    }
    Scene scene;
    auto owned = scene.stored("owned", "1", 04750);
    owned.uid = 2000;
    owned.gid = 3000;
    auto capable = scene.stored("capable", "2", 0755);
    // Version 2, cap_net_bind_service (bit 10) permitted and effective.
    capable.xattrs["security.capability"] =
        std::string("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
    auto one = scene.stored("links/one", "shared");
    auto two = scene.stored("links/two", "shared");
    one.link = two.link = "links/one";
    Entry device;
    device.path = "device";
    device.type = EntryType::character_device;
    device.mode = 0600;
    device.major = 1;
    device.minor = 3;
    const std::string deep = std::string(80, 'd') + "/" + std::string(80, 'e') + "/" + std::string(80, 'f');
    auto tree = Tree::of({owned, capable, one, two, device, folder("empty", 01777), link_to("dangling", "/no/where"),
                          scene.stored(deep, "deep"), scene.stored("caf\xe9", "bytes")})
                    .entries();
    for (auto& entry : tree) entry.mtime = 1000000000;
    const auto wanted = Tree::of(std::move(tree));
    const auto place = scene.checkouts.folder(*scene.store->put_tree(wanted));
    REQUIRE(place);
    const auto read = scene.checkouts.read_folder(*place, 1000000000);
    REQUIRE(read);
    for (const auto& entry : wanted.entries()) {
        INFO(entry.path);
        REQUIRE(read->find(entry.path) != nullptr);
        CHECK(*read->find(entry.path) == entry);
    }
    CHECK(read->size() == wanted.size());
    struct stat status{};
    REQUIRE(::lstat((*place / "owned").c_str(), &status) == 0);
    CHECK(status.st_mtime == 1000000000);
}

TEST_CASE("a checkout is made once and shared") {
    Scene scene;
    const auto digest = *scene.store->put_tree(Tree::of({scene.stored("a", "1")}));
    const auto first = *scene.checkouts.folder(digest);
    struct stat before{};
    struct stat after{};
    REQUIRE(::stat(first.c_str(), &before) == 0);
    CHECK(*scene.checkouts.folder(digest) == first);
    REQUIRE(::stat(first.c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("an upper side is read as the smallest delta") {
    if (!is_root()) {
        WARN("skipped: whiteouts need root");
        return;
    }
    Scene scene;
    const auto upper = scene.folder.path() / "upper";
    REQUIRE(make_folders(upper / "same/inner"));
    REQUIRE(make_folders(upper / "hidden"));
    REQUIRE(write_file(upper / "same/copied-up", "as before"));
    REQUIRE(write_file(upper / "changed", "new"));
    REQUIRE(::mknod((upper / "gone").c_str(), S_IFCHR, makedev(0, 0)) == 0);
    REQUIRE(::setxattr((upper / "hidden").c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0);
    auto copied = scene.stored("same/copied-up", "as before");
    copied.mtime = 77;
    const auto lower = Tree::of({folder("same"), copied, scene.stored("changed", "old"), scene.stored("gone", "x"),
                                 folder("hidden"), scene.stored("hidden/y", "")});
    const auto delta = scene.checkouts.read_upper(upper, lower, 42);
    REQUIRE(delta);
    CHECK(paths(*delta) == std::vector<std::string>{"changed", "gone", "hidden", "same", "same/inner"});
    CHECK(delta->find("changed")->mtime == 42);
    CHECK(delta->find("gone")->type == EntryType::whiteout);
    CHECK(delta->find("hidden")->opaque);
    CHECK(delta->find("hidden")->xattrs.empty());
}

TEST_CASE("a user's folder is read with root's ownership, one time, and without what is ignored") {
    Scene scene;
    const auto source = scene.folder.path() / "source";
    REQUIRE(make_folders(source / "sub"));
    REQUIRE(write_file(source / "a", "1", 0640));
    REQUIRE(write_file(source / "old.rock", "x"));
    REQUIRE(write_file(source / "sub/inner.rock", "x"));
    const auto digest = read_local(*scene.store, {source, {"*.rock"}}, 42);
    REQUIRE(digest);
    const auto tree = *scene.store->tree(*digest);
    CHECK(paths(*tree) == std::vector<std::string>{"a", "sub", "sub/inner.rock"});
    CHECK(tree->find("a")->mode == 0640u);
    CHECK(tree->find("a")->uid == 0u);
    CHECK(tree->find("a")->mtime == 42);
    CHECK(read_local(*scene.store, {source / "none", {}}, 42).error().code == "RB0220");
}

TEST_CASE("a user's file is read with its mode, and remembered until it looks otherwise") {
    Scene scene;
    const auto path = scene.folder.path() / "one";
    REQUIRE(write_file(path, "one", 0750));
    // Long ago, so that the times are trusted.
    const timespec times[2] = {{1000, 0}, {1000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    for (int again = 0; again < 2; ++again) {
        const auto file = read_local_file(*scene.store, path);
        REQUIRE((file && *file));
        CHECK((*file)->mode == 0750u);
        CHECK((*file)->content.digest == sha256("one"));
    }
    REQUIRE(write_file(path, "two"));
    CHECK((*read_local_file(*scene.store, path))->content.digest == sha256("two"));
    CHECK_FALSE(read_local_file(*scene.store, scene.folder.path() / "none")->has_value());
    CHECK_FALSE(read_local_file(*scene.store, scene.folder.path())->has_value());
}

TEST_CASE("a file that changes whenever it is read is refused") {
    Scene scene;
    const auto source = scene.folder.path() / "source";
    REQUIRE(make_folders(source));
    REQUIRE(write_file(source / "log", std::string(32 << 20, 'x')));
    const std::jthread writer([&](const std::stop_token& stop) {
        for (std::ofstream log(source / "log", std::ios::app); !stop.stop_requested();) log << "line" << std::flush;
    });
    const auto tree = read_local(*scene.store, {source, {}}, 42);
    REQUIRE_FALSE(tree);
    CHECK(tree.error().code == "RB0222");
    CHECK(tree.error().message.find("log") != std::string::npos);
}

TEST_CASE("a folder that looks as it did gives the tree that it gave, and any change of it is seen") {
    Scene scene;
    const auto source = scene.folder.path() / "source";
    const auto put = [&](const std::string& path, const std::string& text, time_t time) {
        REQUIRE(make_folders((source / path).parent_path()));
        REQUIRE(write_file(source / path, text));
        const timespec times[2] = {{time, 0}, {time, 0}};
        REQUIRE(::utimensat(AT_FDCWD, (source / path).c_str(), times, 0) == 0);
    };
    const auto read = [&] { return *read_local(*scene.store, {source, {"*.rock"}}, 42); };
    put("a", "1", 1000);
    put("sub/b", "2", 1000);
    for (int i = 0; i < 600; ++i) put("many/" + std::to_string(i), "x", 1000);  // more than is hashed at once
    // The times of changing can't be set back: what is read first is too fresh, what is read later is not.
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    std::vector<Digest> seen{read()};
    CHECK(read() == seen[0]);
    REQUIRE(write_file(source / "new.rock", "x"));
    CHECK(read() == seen[0]);
    const auto changed = [&](const std::function<void()>& change) {
        change();
        for (int again = 0; again < 2; ++again) {
            const auto now = read();
            if (again == 0) CHECK(std::find(seen.begin(), seen.end(), now) == seen.end());
            else CHECK(now == seen.back());
            seen.push_back(now);
        }
    };
    changed([&] { put("a", "9", 1000); });
    for (const int i : {0, 300, 599}) changed([&] { put("many/" + std::to_string(i), "y", 1000); });
    changed([&] { put("sub/c", "3", 1000); });
    changed([&] { REQUIRE(::chmod((source / "sub/b").c_str(), 0755) == 0); });
    changed([&] { std::filesystem::rename(source / "sub/b", source / "sub/bb"); });
    changed([&] { std::filesystem::remove(source / "sub/c"); });
    changed([&] { std::filesystem::create_symlink("a", source / "link"); });
}

TEST_CASE("the id space does only what it knows") { CHECK(checkout_worker("dance\n/\n").error().code == "RB0223"); }

TEST_CASE("a change of a user's file is seen, also one of equal size within the clock's tick") {
    Scene scene;
    const auto source = scene.folder.path() / "source";
    REQUIRE(make_folders(source));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(write_file(source / "a", std::to_string(i % 10)));
        const auto tree = read_local(*scene.store, {source, {}}, 42);
        REQUIRE(tree);
        CHECK((*scene.store->tree(*tree))->find("a")->digest == sha256(std::to_string(i % 10)));
    }
}
