#include "store/store.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "store-");
    fs::path root = folder.path() / "store";
    std::unique_ptr<Store> store = *Store::open(root);
};

std::size_t files_below(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& item : fs::recursive_directory_iterator(folder)) count += item.is_regular_file() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("what was put is read again, by any opener") {
    Scene scene;
    const auto blob = *scene.store->put("hello");
    CHECK(blob.digest == sha256("hello"));
    CHECK(blob.size == 5);
    CHECK(scene.store->has(blob.digest));
    CHECK(*(*Store::open(scene.root))->read(blob.digest) == "hello");
    CHECK(scene.store->read(sha256("other")).error().code == "RB0201");
}

TEST_CASE("an opener takes nothing from another that still has the store open") {
    Scene scene;
    const auto work = *scene.store->temporary();
    REQUIRE(write_file(work.path() / "half", "x"));
    const auto other = *Store::open(scene.root);
    CHECK(fs::exists(work.path() / "half"));
    CHECK(scene.store->put("still writing"));
}

TEST_CASE("the store is closed to others") {
    Scene scene;
    struct stat status{};
    REQUIRE(::stat(scene.root.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("a store of another version is refused, not misread") {
    Scene scene;
    REQUIRE(write_file(scene.root / "format", "rockbuild store 99\n"));
    const auto opened = Store::open(scene.root);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "RB0200");
}

TEST_CASE("a damaged blob is told by its digest") {
    Scene scene;
    const auto digest = scene.store->put("hello")->digest;
    const auto path = scene.root / "blobs" / digest.hex().substr(0, 2) / digest.hex().substr(2);
    fs::permissions(path, fs::perms(0600));
    REQUIRE(write_file(path, "hellO"));
    CHECK((*Store::open(scene.root))->read(digest).error().code == "RB0202");
}

TEST_CASE("a writer that is dropped leaves nothing") {
    Scene scene;
    {
        const auto writer = *scene.store->writer();
        REQUIRE(writer->write("half"));
    }
    CHECK_FALSE(scene.store->has(sha256("half")));
    CHECK(files_below(scene.root / "blobs") == 0);
    const auto writer = *scene.store->writer();
    REQUIRE(writer->write("wh"));
    REQUIRE(writer->write("ole"));
    CHECK(writer->finish()->digest == sha256("whole"));
    CHECK(*scene.store->read(sha256("whole")) == "whole");
}

TEST_CASE("large and small files are put from a descriptor") {
    Scene scene;
    for (const std::size_t size : {0UL, 10UL, 1UL << 20, (1UL << 20) + 1, 3UL << 20}) {
        const std::string bytes(size, 'x');
        REQUIRE(write_file(scene.folder.path() / "file", bytes));
        const auto fd = *open_file(scene.folder.path() / "file", O_RDONLY);
        const auto blob = *scene.store->put_file(fd.get(), "file");
        CHECK(blob.size == size);
        CHECK(*scene.store->read(blob.digest) == bytes);
    }
}

TEST_CASE("results come back whole, and are gone with their trees or when forgotten") {
    Scene scene;
    StepResult result;
    result.trees["install"] = *scene.store->put_tree(Tree::of({file("a")}));
    result.values["x"] = "y";
    result.log = scene.store->put("log")->digest;
    result.seconds = 1.5;
    result.inputs = {{"script", "bytes \xff that are no text"}};
    const auto key = sha256("key");
    REQUIRE(scene.store->put_result(key, result));
    const auto found = *scene.store->result(key);
    REQUIRE(found);
    CHECK(found->trees == result.trees);
    CHECK(found->values == result.values);
    CHECK(found->log == result.log);
    CHECK(found->seconds == 1.5);
    CHECK_FALSE(*scene.store->result(sha256("other key")));
    StepResult lost;
    lost.trees["install"] = sha256("a tree that is nowhere");
    REQUIRE(scene.store->put_result(sha256("lost"), lost));
    CHECK_FALSE(*scene.store->result(sha256("lost")));
    REQUIRE(scene.store->forget_result(key));
    CHECK_FALSE(*scene.store->result(key));
}

TEST_CASE("a result of another version is a miss") {
    Scene scene;
    const auto key = sha256("key");
    REQUIRE(scene.store->put_result(key, {}));
    const auto path = scene.root / "results" / key.hex().substr(0, 2) / key.hex().substr(2);
    for (const auto* text : {"{\"v\": 99}", "nonsense", "", "[]", "{\"v\": 1}", "{\"v\": 1, \"seconds\": \"x\"}"}) {
        REQUIRE(write_file(path, text));
        const auto found = scene.store->result(key);
        REQUIRE(found);
        CHECK_FALSE(*found);
    }
}

TEST_CASE("the last note wins") {
    Scene scene;
    CHECK_FALSE(*scene.store->note("a/b"));
    REQUIRE(scene.store->put_note("a/b", "1"));
    REQUIRE(scene.store->put_note("a/b", "2"));
    CHECK(*scene.store->note("a/b") == "2");
    REQUIRE(scene.store->forget_note("a/b"));
    CHECK_FALSE(*scene.store->note("a/b"));
}

TEST_CASE("a process that is killed while it writes leaves a good store") {
    Scene scene;
    for (int i = 0; i < 10; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto mine = Store::open(scene.root);
            for (int n = 0; mine; ++n)
                (void)(*mine)->put(std::string(100000, static_cast<char>('a' + n % 20)) + std::to_string(n));
            ::_exit(1);
        }
        ::usleep(static_cast<useconds_t>(5000 * (i + 1)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    for (const auto& item : fs::recursive_directory_iterator(scene.root / "blobs")) {
        if (!item.is_regular_file()) continue;
        const auto name = item.path().parent_path().filename().native() + item.path().filename().native();
        CHECK(sha256(*read_file(item.path())).hex() == name);
    }
    // The next opener sweeps what the dead left.
    const auto next = *Store::open(scene.root);
    std::size_t runs = 0;
    for (const auto& item : fs::directory_iterator(scene.root / "tmp")) runs += item.is_directory() ? 1 : 0;
    CHECK(runs == 2);
}

TEST_CASE("several threads put the same things at once") {
    Scene scene;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                (void)scene.store->put(std::to_string(i));
                (void)scene.store->put_tree(Tree::of({file(std::to_string(i % 10))}));
            }
        });
    for (auto& thread : threads) thread.join();
    for (int i = 0; i < 200; ++i) CHECK(*scene.store->read(sha256(std::to_string(i))) == std::to_string(i));
}
