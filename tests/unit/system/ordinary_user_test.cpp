// The sandbox and the id space as an ordinary user has them. Root makes a user, runs a copy of this program as that
// user with the cases of [sandbox] and those below, and takes the user away again.
#include "unit/system/small_root.hpp"

#include "system/id_space.hpp"
#include "system/process.hpp"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

Finished run_program(const std::vector<std::string>& arguments) {
    Command command;
    command.arguments = arguments;
    command.environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    return HostProcesses().run(command, {}).value();
}

class OrdinaryUser {
public:
    /// Debian's useradd gives subordinate ids to ordinary accounts, and none to system accounts.
    explicit OrdinaryUser(bool with_subordinate_ids) : name_("rbtest" + std::to_string(::getpid())) {
        std::vector<std::string> add{"useradd", "--no-create-home", "--shell", "/bin/sh", name_};
        if (!with_subordinate_ids) add.insert(add.begin() + 1, "--system");
        made_ = run_program(add).code == 0;
    }
    ~OrdinaryUser() { run_program({"userdel", name_}); }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;

    /// Runs the cases of `filter` of this program as the user.
    Finished cases(const std::string& filter) const {
        const auto folder = TempFolder::make(fs::temp_directory_path(), "as-user-").value();
        fs::permissions(folder.path(), fs::perms(0755));
        fs::copy_file("/proc/self/exe", folder.path() / "test");
        return run_program({"setpriv", "--reuid", name_, "--regid", name_, "--init-groups", "--inh-caps=-all", "--",
                            folder.path() / "test", filter});
    }

    bool made() const { return made_; }

private:
    std::string name_;
    bool made_ = false;
};

/// What a handler in the id space does for the cases below.
Result<std::string> handle(std::string_view request) {
    if (request.starts_with("own ")) {
        const std::string path(request.substr(4));
        if (::chown(path.c_str(), 5, 65534) != 0) return system_error("own", path, errno);
        struct stat status{};
        ::stat(path.c_str(), &status);
        return std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
    }
    if (request == "fail") return fail("RB0999", "it is so", "bear it", ExitCode::bad_data);
    if (request == "die") ::_exit(9);
    return std::string(request.rbegin(), request.rend());
}

}  // namespace

TEST_CASE("everything works for an ordinary user with subordinate ids") {
    if (::geteuid() != 0) return;
    const OrdinaryUser user(true);
    REQUIRE(user.made());
    const auto finished = user.cases("[sandbox],[subordinate]");
    INFO(finished.output);
    CHECK(finished.code == 0);
    CHECK(finished.output.find("All tests passed") != std::string::npos);
}

TEST_CASE("an ordinary user without subordinate ids has one id") {
    if (::geteuid() != 0) return;
    const OrdinaryUser user(false);
    REQUIRE(user.made());
    const auto finished = user.cases("[single]");
    INFO(finished.output);
    CHECK(finished.code == 0);
    CHECK(finished.output.find("All tests passed") != std::string::npos);
}

TEST_CASE("ids of a range: in the space and in the sandbox the same", "[.subordinate]") {
    const auto space = IdSpace::open(handle).value();
    REQUIRE(space->map().kind == IdMap::Kind::subordinate);
    const auto folder = work_folder();
    const auto file = folder.path() / "file";
    REQUIRE(write_file(file, ""));
    CHECK(space->call("own " + file.native()).value() == "5:65534");
    struct stat owned{};
    REQUIRE(::stat(file.c_str(), &owned) == 0);
    CHECK(owned.st_uid == space->map().users[1].outside + 4);

    const auto root = make_small_root(folder.path());
    const auto sandbox = open_sandbox({folder.path() / "scratch"}).value();
    const auto holder = fresh_upper(*sandbox);
    const auto upper = holder.path() / "upper";
    const auto ran = run_in(*sandbox, shell(root, upper,
                                            "busybox id -u; : > /a; : > /b; : > /c\n"
                                            "busybox chown 5:65534 /a && busybox chown 584792:584792 /b\n"
                                            "mkdir -p /d/e; : > /d/e/f; busybox chown 7 /d/e; busybox chmod 700 /d/e"));
    CHECK(ran.code.value() == 0);
    CHECK(ran.output == "0\n");
    struct stat in_upper{};
    REQUIRE(::stat((upper / "a").c_str(), &in_upper) == 0);
    CHECK(in_upper.st_uid == owned.st_uid);
    CHECK(in_upper.st_gid == owned.st_gid);
    REQUIRE(::stat((upper / "b").c_str(), &in_upper) == 0);
    CHECK(in_upper.st_uid == space->map().users.back().outside);
    REQUIRE(::stat((upper / "c").c_str(), &in_upper) == 0);
    CHECK(in_upper.st_uid == ::geteuid());
}

TEST_CASE("scratch with files of subordinate ids is taken away whole", "[.subordinate]") {
    const auto folder = work_folder();
    const auto root = make_small_root(folder.path());
    {
        const auto sandbox = open_sandbox({folder.path() / "scratch"}).value();
        const auto upper = sandbox->scratch() / "upper";
        fs::create_directory(upper);
        const auto ran = run_in(
            *sandbox, shell(root, upper, "mkdir -p /d/e; : > /d/e/f; busybox chown -R 7 /d; busybox chmod 700 /d"));
        CHECK(ran.code.value() == 0);
    }
    CHECK(names_below(folder.path() / "scratch") == std::vector<std::string>{"lock"});
}

TEST_CASE("answers, diagnostics, crashes and large requests of the id space", "[.subordinate][single]") {
    const auto space = IdSpace::open(handle).value();
    CHECK(space->call("abc").value() == "cba");
    const auto failed = space->call("fail");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0999");
    CHECK(failed.error().message == "it is so");
    CHECK(failed.error().hint == "bear it");
    CHECK(failed.error().exit == ExitCode::bad_data);
    const auto died = space->call("die");
    REQUIRE_FALSE(died);
    CHECK(died.error().code == "RB0121");
    const std::string large(5'000'000, 'x');
    CHECK(space->call(large).value() == large);
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                for (int turn = 0; turn < 20; ++turn)
                    if (space->call("x" + std::to_string(i)) == std::to_string(i) + "x") ++right;
            });
    }
    CHECK(right == 160);
}

TEST_CASE("one id: steps run, and a change of owner fails aloud", "[.single]") {
    const auto space = IdSpace::open(handle).value();
    CHECK(space->map().kind == IdMap::Kind::single);
    CHECK(space->map().name() == "single-" + std::to_string(::geteuid()));
    const auto folder = work_folder();
    const auto root = make_small_root(folder.path());
    const auto sandbox = open_sandbox({folder.path() / "scratch"}).value();
    const auto holder = fresh_upper(*sandbox);
    const auto ran =
        run_in(*sandbox, shell(root, holder.path() / "upper",
                               "busybox id -u; rm -r /etc/old; mkdir /etc/old; busybox chown 5 /etc/name"));
    CHECK(ran.code.value() == 1);
    CHECK(ran.output == "0\nchown: /etc/name: Invalid argument\n");
}
