#include "system/scratch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("a scratch folder goes with its value, and living ones stay") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "scratch-test-").value();
    const auto base = folder.path() / "base";
    fs::path first_path;
    {
        const auto first = Scratch::make(base, -1).value();
        const auto second = Scratch::make(base, -1).value();
        first_path = first.path();
        CHECK(first.path() != second.path());
        REQUIRE(write_file(first.path() / "x", "x"));
        const auto third = Scratch::make(base, -1).value();
        CHECK(fs::exists(first.path() / "x"));
    }
    CHECK_FALSE(fs::exists(first_path));
}

TEST_CASE("what a killed run left is taken away by the next") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "scratch-test-").value();
    const pid_t child = ::fork();
    if (child == 0) {
        const auto scratch = Scratch::make(folder.path() / "base", -1);
        ::_exit(scratch && write_file(scratch->path() / "x", "x") ? 0 : 1);  // no destructor
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
    const auto entries = [&] {
        return std::distance(fs::directory_iterator(folder.path() / "base"), fs::directory_iterator());
    };
    CHECK(entries() == 3);  // the base's lock, the run, its lock
    {
        const auto next = Scratch::make(folder.path() / "base", -1).value();
    }
    CHECK(entries() == 1);
}

TEST_CASE("a scratch base that is a link is refused") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "scratch-test-").value();
    fs::create_directory(folder.path() / "elsewhere");
    fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "base");
    const auto refused = Scratch::make(folder.path() / "base", -1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB0120");
}
