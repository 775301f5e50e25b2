#include "system/sandbox.hpp"

#include "unit/system/small_root.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

bool is_whiteout(const fs::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

/// The processes of the machine whose command line holds `word`.
std::vector<pid_t> processes_with(const std::string& word) {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().native();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (read_file(entry.path() / "cmdline").value_or("").find(word) != std::string::npos)
            found.push_back(std::stoi(name));
    }
    return found;
}

/// A number of seconds that no other process sleeps.
std::string own_sleep(int salt) { return "7" + std::to_string(salt) + std::to_string(::getpid()); }

template <class Condition>
bool soon(const Condition& condition) {
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
        if (condition()) return true;
    return false;
}

}  // namespace

TEST_CASE("a sandbox passes on output and exit code", "[sandbox]") {
    const Ground ground;
    const auto ran = ground.run("cat /etc/name; pwd; echo wrong >&2; exit 7");
    REQUIRE(ran.code);
    CHECK(*ran.code == 7);
    CHECK(ran.output == "small\n/\nwrong\n");
}

TEST_CASE("a signal becomes 128 and its number", "[sandbox]") {
    const Ground ground;
    CHECK(ground.run("kill -9 $$").code.value() == 137);
    CHECK(ground.run("kill -TERM $$").code.value() == 143);
}

TEST_CASE("what a command leaves behind dies with it", "[sandbox]") {
    const Ground ground;
    const auto seconds = own_sleep(1);
    const auto ran = ground.run("for i in 1 2 3; do busybox setsid busybox sleep " + seconds +
                                " & done; busybox sleep 0.1; busybox ps | busybox grep '[s]leep " + seconds +
                                "' | busybox grep -vc done");
    CHECK(ran.code.value() == 0);
    CHECK(ran.output == "3\n");
    CHECK(processes_with(seconds).empty());
}

TEST_CASE("killing the caller ends everything in the sandbox", "[sandbox]") {
    const auto folder = work_folder();
    const auto root = make_small_root(folder.path());
    const auto upper = folder.path() / "upper";
    const auto seconds = own_sleep(2);
    fs::create_directory(upper);
    const pid_t caller = ::fork();
    if (caller == 0) {
        const auto sandbox = open_sandbox({folder.path() / "scratch"});
        const auto script = "busybox setsid busybox sleep " + seconds + " & : > /started; busybox sleep " + seconds;
        // From a thread that stays: and the death signal of another thread would not do.
        if (sandbox) (void)(*sandbox)->run(shell(root, upper, script), {});
        ::_exit(1);
    }
    CHECK(soon([&] { return fs::exists(upper / "started") && processes_with(seconds).size() >= 2; }));
    ::kill(caller, SIGKILL);
    ::waitpid(caller, nullptr, 0);
    CHECK(soon([&] { return processes_with(seconds).empty(); }));
    // What the dead run left in its scratch is taken away by the next.
    const auto next = open_sandbox({folder.path() / "scratch"}).value();
    CHECK(std::distance(fs::directory_iterator(folder.path() / "scratch"), fs::directory_iterator()) == 3);
}

TEST_CASE("a stop ends the command", "[sandbox]") {
    const Ground ground;
    const auto seconds = own_sleep(3);
    std::stop_source source;
    std::jthread stopper([&] {
        soon([&] { return !processes_with(seconds).empty(); });
        source.request_stop();
    });
    const auto ran = run_in(*ground.sandbox, ground.request("busybox sleep " + seconds), source.get_token());
    REQUIRE_FALSE(ran.code);
    CHECK(ran.code.error().code == "RB0111");
    CHECK(ran.code.error().exit == ExitCode::interrupted);
    CHECK(processes_with(seconds).empty());
}

TEST_CASE("a run that writes nothing leaves an empty upper side", "[sandbox]") {
    const Ground ground;
    const auto cache = ground.folder.path() / "cache";
    const auto part = ground.folder.path() / "part";
    const auto part_upper = ground.holder.path() / "part-upper";
    for (const auto& folder : {cache, part, part_upper}) fs::create_directory(folder);
    auto request =
        ground.request("cat /etc/resolv.conf /run/rockbuild/ca.crt; busybox ls -d /root/parts/x/build /var/cache/go");
    request.trees.push_back({"/root/parts/x/build", {part}, part_upper});
    request.files = {{"/etc/resolv.conf", "one\n"}, {"/run/rockbuild/ca.crt", "two\n"}};
    request.caches = {{"/var/cache/go", cache}};
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.code.value() == 0);
    CHECK(ran.output == "one\ntwo\n/root/parts/x/build\n/var/cache/go\n");
    CHECK(names_below(ground.upper).empty());
    CHECK(names_below(part_upper).empty());
    // No work folder stays either.
    CHECK(names_below(ground.holder.path()) == std::vector<std::string>{"part-upper", "upper"});
}

TEST_CASE("an upper side holds whiteouts and opaque folders, and the lower is as before", "[sandbox]") {
    const Ground ground;
    const auto ran =
        ground.run("rm /etc/name; rm -r /etc/old; mkdir /etc/old; echo new > /etc/new; chmod 700 /bin/busybox");
    CHECK(ran.code.value() == 0);
    CHECK(is_whiteout(ground.upper / "etc/name"));
    char mark = 0;
    const auto old = ground.upper / "etc/old";
    CHECK((::getxattr(old.c_str(), "trusted.overlay.opaque", &mark, 1) == 1 ||
           ::getxattr(old.c_str(), "user.overlay.opaque", &mark, 1) == 1));
    CHECK(mark == 'y');
    CHECK(read_file(ground.upper / "etc/new").value() == "new\n");
    CHECK(fs::file_size(ground.upper / "bin/busybox") == fs::file_size(ground.root / "bin/busybox"));
    CHECK(read_file(ground.root / "etc/name").value() == "small\n");
    CHECK(read_file(ground.root / "etc/old/one").value() == "1\n");
    CHECK_FALSE(fs::exists(ground.root / "etc/new"));
}

TEST_CASE("the root keeps its mode whatever the mode of the upper folder", "[sandbox]") {
    const Ground ground;
    ::chmod(ground.upper.c_str(), 0700);
    CHECK(ground.run("busybox stat -c %a /").output == "755\n");
    // What a command made of the root holds for the next run on the same upper side.
    CHECK(ground.run("chmod 711 /; : > /x").code.value() == 0);
    CHECK(ground.run("busybox stat -c %a /").output == "711\n");
}

TEST_CASE("what cannot be started is said", "[sandbox]") {
    const Ground ground;
    auto request = ground.request("");
    request.arguments = {"/bin/missing"};
    auto failed = ground.sandbox->run(request, {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0122");
    CHECK(failed.error().message == "cannot start '/bin/missing' in the sandbox: No such file or directory");
    request = ground.request("true");
    request.working_dir = "/nowhere";
    failed = ground.sandbox->run(request, {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "cannot enter the folder '/nowhere' in the sandbox: No such file or directory");
    request = ground.request("true");
    request.trees[0].lowers = {ground.folder.path() / "not-there"};
    failed = ground.sandbox->run(request, {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0120");
    CHECK(failed.error().message.find("the tree at /") != std::string::npos);
}

TEST_CASE("many threads run at once", "[sandbox]") {
    const Ground ground;
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread)
            threads.emplace_back([&, thread] {
                for (int turn = 0; turn < 5; ++turn) {
                    const auto upper = fresh_upper(*ground.sandbox);
                    const auto text = std::to_string(thread * 100 + turn);
                    auto request = shell(ground.root, upper.path() / "upper", "echo " + text + " > /x; cat /x");
                    if (thread % 2 == 0) request.network = Network::none;
                    std::string output;
                    request.on_output = [&](std::string_view line) { output += line; };
                    const auto code = ground.sandbox->run(request, {});
                    if (code && *code == 0 && output == text) ++right;
                }
            });
    }
    CHECK(right == 40);
}

TEST_CASE("a flood of output comes whole and in order", "[sandbox]") {
    const Ground ground;
    const auto ran = ground.run("busybox seq 1 200000");
    CHECK(std::count(ran.output.begin(), ran.output.end(), '\n') == 200000);
    CHECK(ran.output.ends_with("199999\n200000\n"));
}

TEST_CASE("starting takes milliseconds", "[.bench]") {
    const Ground ground;
    auto request = ground.request("");
    request.arguments = {"/bin/busybox", "true"};
    for (const auto network : {Network::host, Network::none}) {
        request.network = network;
        std::vector<double> times;
        for (int i = 0; i < 50; ++i) {
            const auto start = std::chrono::steady_clock::now();
            REQUIRE(ground.sandbox->run(request, {}).value() == 0);
            times.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        }
        std::sort(times.begin(), times.end());
        WARN((network == Network::host ? "host " : "none ") << times[25] << " ms, p95 " << times[47]);
    }
}
