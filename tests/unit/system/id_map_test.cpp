#include "system/id_map.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("a usual range gives low ids, nobody, and the shared users of rocks") {
    // 65536 = 65039 + 1 + 496; 584792…585287 is DESIGN.md §7's.
    CHECK(subordinate_ranges(1000, 100000, 65536) ==
          std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 65039}, {65534, 165039, 1}, {584792, 165040, 496}});
}

TEST_CASE("a short range gives what it has, a long one all in a row") {
    CHECK(subordinate_ranges(1000, 100000, 500) == std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 500}});
    CHECK(subordinate_ranges(1000, 100000, 200000) ==
          std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 199504}, {584792, 299504, 496}});
    CHECK(subordinate_ranges(1000, 100000, 2000000) ==
          std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 584791}, {584792, 2099504, 496}});
}

TEST_CASE("the user's largest range is taken, by name or number") {
    const auto* file = "other:1:70000\nme:100000:65536\n# x\nme:bad:1\n1000:300000:100000\nme:5\nmeme:9:900000\n";
    CHECK(subordinate_range(file, "me", 1000) == IdRange{0, 300000, 100000});
    CHECK(subordinate_range(file, "me", 1001) == IdRange{0, 100000, 65536});
    CHECK_FALSE(subordinate_range(file, "", 7));
    CHECK_FALSE(subordinate_range("", "me", 1000));
}

TEST_CASE("names tell maps apart") {
    IdMap map{IdMap::Kind::subordinate, subordinate_ranges(1000, 100000, 65536),
              subordinate_ranges(1000, 100000, 65536)};
    CHECK(map.name() == "sub-100000-65536");
    map.groups = subordinate_ranges(1000, 200000, 65536);
    CHECK(map.name() == "sub-100000-65536-200000-65536");
    CHECK(IdMap{IdMap::Kind::single, {{0, 1000, 1}}, {{0, 100, 1}}}.name() == "single-1000");
    CHECK(IdMap{}.name() == "root");
}

TEST_CASE("a process enters the user namespace as its user 0") {
    const auto user = open_user_namespace();
    REQUIRE(user);
    if (!user->fd) {
        WARN("no user namespace for root here");
        return;
    }
    const pid_t child = ::fork();
    if (child == 0) {
        struct stat ours{}, theirs{};
        const bool entered = enter_user_namespace(user->fd.get()) == 0 && ::getuid() == 0 && ::getgid() == 0 &&
                             ::fstat(user->fd.get(), &theirs) == 0 && ::stat("/proc/self/ns/user", &ours) == 0 &&
                             ours.st_ino == theirs.st_ino;
        ::_exit(entered ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}
