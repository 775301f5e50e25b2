#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace rockbuild;

namespace {

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "file-");
    fs::path at(const std::string& name) const { return folder.path() / name; }
};

}  // namespace

TEST_CASE("a file is written whole or not at all") {
    Scene scene;
    REQUIRE(write_file(scene.at("a"), "one", 0640));
    CHECK(*read_file(scene.at("a")) == "one");
    struct stat status{};
    REQUIRE(::stat(scene.at("a").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK_FALSE(write_file(scene.at("none/a"), "x"));
    CHECK_FALSE(*read_file_if_any(scene.at("none")));
    CHECK(read_file(scene.at("none")).error().message.find("none") != std::string::npos);
}

TEST_CASE("a tree is removed, closed folders and links too, but not what links lead to") {
    Scene scene;
    REQUIRE(make_folders(scene.at("gone/closed/inner")));
    REQUIRE(write_file(scene.at("kept"), "x"));
    REQUIRE(::symlink(scene.at("kept").c_str(), scene.at("gone/link").c_str()) == 0);
    REQUIRE(::chmod(scene.at("gone/closed").c_str(), 0) == 0);
    CHECK(remove_tree(scene.at("gone")));
    CHECK_FALSE(fs::exists(scene.at("gone")));
    CHECK(fs::exists(scene.at("kept")));
    CHECK(remove_tree(scene.at("gone")));
}

TEST_CASE("what is mounted below is never removed") {
    Scene scene;
    REQUIRE(make_folders(scene.at("tree/mounted")));
    if (::geteuid() != 0 || ::mount("none", scene.at("tree/mounted").c_str(), "tmpfs", 0, nullptr) != 0) {
        WARN("skipped: needs the right to mount");
        return;
    }
    REQUIRE(write_file(scene.at("tree/mounted/precious"), "x"));
    CHECK_FALSE(remove_tree(scene.at("tree")));
    CHECK(fs::exists(scene.at("tree/mounted/precious")));
    REQUIRE(::umount(scene.at("tree/mounted").c_str()) == 0);
    CHECK(remove_tree(scene.at("tree")));
}

TEST_CASE("a lock is held until its value goes") {
    Scene scene;
    {
        const auto held = FileLock::acquire(scene.at("lock"), FileLock::Kind::exclusive);
        REQUIRE(held);
        CHECK_FALSE(*FileLock::try_acquire(scene.at("lock"), FileLock::Kind::shared));
    }
    CHECK(*FileLock::try_acquire(scene.at("lock"), FileLock::Kind::shared));
}
