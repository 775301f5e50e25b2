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

/// A sandbox, a root to run in, and a fresh upper side.
struct Ground {
    TempFolder folder = work_folder();
    fs::path root = make_small_root(folder.path());
    std::unique_ptr<Sandbox> sandbox = open_sandbox({folder.path() / "scratch"}).value();
    TempFolder holder = fresh_upper(*sandbox);
    fs::path upper = holder.path() / "upper";

    SandboxRun request(const std::string& script) const { return shell(root, upper, script); }
    Ran run(const std::string& script) const { return run_in(*sandbox, request(script)); }
};

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

TEST_CASE("the command sees its environment, hostname, folder and nothing of ours", "[sandbox]") {
    const Ground ground;
    ::setenv("ROCKBUILD_TEST_SECRET", "of the host", 1);
    const Fd open_here(::open("/dev/null", O_RDONLY));
    REQUIRE(::dup2(open_here.get(), 9) == 9);
    auto request = ground.request(
        "env | busybox sort; hostname; umask; echo /proc/self/fd/*; busybox tr '\\0' ' ' </proc/1/cmdline; echo; "
        "cat /proc/1/environ /proc/1/maps");
    request.environment["NAME"] = "value with space";
    request.working_dir = "/etc";
    request.hostname = "elsewhere";
    const auto ran = run_in(*ground.sandbox, request);
    ::close(9);
    ::unsetenv("ROCKBUILD_TEST_SECRET");
    CHECK(
        ran.output.starts_with("NAME=value with space\nPATH=/bin\nPWD=/etc\nSHLVL=1\nelsewhere\n0022\n"
                               "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2"));
    CHECK(ran.output.find("/proc/self/fd/9") == std::string::npos);
    CHECK(ran.output.find("ROCKBUILD_TEST_SECRET") == std::string::npos);
    CHECK(ran.output.find("system_test") == std::string::npos);
    CHECK(ran.output.find("/proc/1/environ': Permission denied") != std::string::npos);
    CHECK(ran.output.find("/proc/1/maps': Permission denied") != std::string::npos);
}

TEST_CASE("no path of the host is in the mount table", "[sandbox]") {
    const Ground ground;
    auto request = ground.request("cat /proc/self/mountinfo /proc/self/mounts");
    request.files = {{"/etc/resolv.conf", "nameserver 192.0.2.1\n"}};
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output.find("lowerdir=") != std::string::npos);
    CHECK(ran.output.find(ground.folder.path().filename()) == std::string::npos);
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

TEST_CASE("three trees at once, one in another, one read-only", "[sandbox]") {
    const Ground ground;
    for (const auto* name : {"a1", "a2/deep", "b", "c", "a-upper", "b-upper"})
        fs::create_directories(ground.folder.path() / name);
    const auto at = [&](const char* name) { return ground.folder.path() / name; };
    REQUIRE(write_file(at("a1") / "file", "top\n"));
    REQUIRE(write_file(at("a2") / "file", "bottom\n"));
    REQUIRE(write_file(at("a2") / "deep/other", "other\n"));
    REQUIRE(write_file(at("b") / "file", "b\n"));
    REQUIRE(write_file(at("c") / "file", "c\n"));
    auto request = ground.request(
        "cat /work/file /work/deep/other /work/in/b/file /only/file; echo x > /work/new; echo y > /work/in/b/new;"
        "echo z > /only/new; : > /root-new");
    request.trees.push_back({"/work/in/b", {at("b")}, at("b-upper")});
    request.trees.push_back({"/work", {at("a1"), at("a2")}, at("a-upper")});
    request.trees.push_back({"/only", {at("c")}, {}});
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.code.value() == 0);
    CHECK(ran.output.starts_with("top\nother\nb\nc\n"));
    CHECK(ran.output.find("Read-only file system") != std::string::npos);
    CHECK(names_below(at("a-upper")) == std::vector<std::string>{"new"});
    CHECK(names_below(at("b-upper")) == std::vector<std::string>{"new"});
    CHECK(names_below(ground.upper) == std::vector<std::string>{"root-new"});
    CHECK_FALSE(fs::exists(at("c") / "new"));
}

TEST_CASE("a read-only root of one folder", "[sandbox]") {
    const Ground ground;
    auto request = ground.request("cat /etc/name; : > /tmp/x && echo tmp; : > /x");
    request.trees[0].upper.clear();
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "small\ntmp\n/bin/sh: can't create /x: Read-only file system\n");
}

TEST_CASE("a cache is writable and shared between runs", "[sandbox]") {
    const Ground ground;
    const auto cache = ground.folder.path() / "cache";
    fs::create_directory(cache);
    auto request = ground.request("echo kept >> /root/.cache/tool/x; cat /root/.cache/tool/x");
    request.caches = {{"/root/.cache/tool", cache}};
    CHECK(run_in(*ground.sandbox, request).output == "kept\n");
    CHECK(run_in(*ground.sandbox, request).output == "kept\nkept\n");
    CHECK(names_below(ground.upper).empty());
}

TEST_CASE("mount points that are links, or were deleted", "[sandbox]") {
    const Ground ground;
    fs::create_symlink("../run/systemd/resolve/stub-resolv.conf", ground.root / "etc/resolv.conf");
    fs::create_symlink("/etc", ground.root / "alias");
    fs::create_symlink("../../../../..", ground.root / "up");
    const auto delta = ground.folder.path() / "delta";
    fs::create_directories(delta / "var");
    REQUIRE(::mknod((delta / "opt").c_str(), S_IFCHR, makedev(0, 0)) == 0);
    REQUIRE(::mknod((delta / "var/gone").c_str(), S_IFCHR, makedev(0, 0)) == 0);
    auto request = ground.request("cat /etc/resolv.conf /etc/hosts /first /opt/a/b /var/gone");
    request.trees[0].lowers.insert(request.trees[0].lowers.begin(), delta);
    request.files = {{"/etc/resolv.conf", "resolver\n"},
                     {"/alias/hosts", "hosts\n"},
                     {"/up/first", "first\n"},
                     {"/opt/a/b", "deep\n"},
                     {"/var/gone", "gone\n"}};
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "resolver\nhosts\nfirst\ndeep\ngone\n");
}

TEST_CASE("provided files cannot be changed, and never are the host's", "[sandbox]") {
    const Ground ground;
    const auto source = ground.folder.path() / "resolv.conf";  // stands for the host's file
    REQUIRE(write_file(source, "nameserver 192.0.2.1\n", 0640));
    struct stat before{};
    REQUIRE(::stat(source.c_str(), &before) == 0);
    auto request = ground.request(
        "f=/etc/resolv.conf\n"
        "try() { \"$@\" 2>/dev/null && echo \"did: $*\"; }\n"
        "try busybox mount -o remount,rw,bind $f\n"
        "try busybox mount -o remount,rw $f\n"
        "try busybox umount $f\n"
        "try busybox sh -c \"echo evil > $f\"\n"
        "try busybox chmod 777 $f\n"
        "try busybox chown 5 $f\n"
        "try busybox mv $f /etc/moved\n"
        "try busybox mv /etc/name $f\n"
        "try busybox rm -f $f\n"
        "try busybox ln $f /etc/linked\n"
        "try busybox truncate -s 0 $f\n"
        "cat $f");
    request.files = {{"/etc/resolv.conf", read_file(source).value()}};
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "nameserver 192.0.2.1\n");
    struct stat after{};
    REQUIRE(::stat(source.c_str(), &after) == 0);
    CHECK(read_file(source).value() == "nameserver 192.0.2.1\n");
    CHECK(after.st_mode == before.st_mode);
    CHECK(after.st_ino == before.st_ino);
    CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

TEST_CASE("devices are there, and a chmod of one does not reach the host's", "[sandbox]") {
    const Ground ground;
    struct stat before{}, after{};
    REQUIRE(::stat("/dev/null", &before) == 0);
    const auto ran = ground.run(
        "for d in null zero full random urandom tty; do busybox test -c /dev/$d || echo no $d; done\n"
        "echo x > /dev/null; busybox head -c 3 /dev/zero | busybox wc -c; echo y > /dev/full; chmod 600 /dev/null "
        "2>&1\n"
        "echo z | busybox cat /dev/stdin; : > /dev/shm/x; busybox test -c /dev/ptmx && echo pty");
    CHECK(ran.output.starts_with("3\n"));
    CHECK(ran.output.find("No space left on device") != std::string::npos);
    CHECK(ran.output.ends_with("z\npty\n"));
    REQUIRE(::stat("/dev/null", &after) == 0);
    CHECK(after.st_mode == before.st_mode);
}

TEST_CASE("steps may own, chroot and bind low ports, and not mount or make namespaces or devices", "[sandbox]") {
    const Ground ground;
    const auto ran = ground.run(
        "can() { name=$1; shift; if \"$@\" >/dev/null 2>&1; then echo yes $name; else echo no $name; fi; }\n"
        ": > /x; busybox mkdir /mnt\n"
        "can chown busybox chown 5:6 /x\n"
        "can setuid busybox chmod 4755 /x\n"
        "can chroot busybox chroot / /bin/busybox true\n"
        "can fifo busybox mkfifo /fifo\n"
        "can mount busybox mount -t tmpfs none /mnt\n"
        "can bind busybox mount -o bind /etc /mnt\n"
        "can namespace busybox unshare -m /bin/busybox true\n"
        "can user-namespace busybox unshare -U /bin/busybox true\n"
        "can device busybox mknod /null c 1 3\n"
        "can hostname busybox hostname other\n"
        "can clock busybox adjtimex -f 0\n"
        "can sysctl busybox sh -c 'echo 1 > /proc/sys/vm/drop_caches'\n"
        "can nice busybox renice -n -5 -p 1\n"
        "busybox grep -E '^(CapEff|CapBnd|Seccomp):' /proc/self/status");
    // chown, dac_override, dac_read_search, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service,
    // sys_chroot, audit_write, setfcap: bits 0-8, 10, 18, 29, 31 (capabilities(7))
    CHECK(ran.output ==
          "yes chown\nyes setuid\nyes chroot\nyes fifo\nno mount\nno bind\nno namespace\nno user-namespace\n"
          "no device\nno hostname\nno clock\nno sysctl\nno nice\n"
          "CapEff:\t00000000a00405ff\nCapBnd:\t00000000a00405ff\nSeccomp:\t2\n");
}

TEST_CASE("without a network there is only the own loopback", "[sandbox]") {
    const Ground ground;
    const auto script =
        "busybox grep -c : /proc/net/dev; busybox nc -l -p 8099 > /got & busybox sleep 0.2;"
        "echo hello | busybox nc -w 1 127.0.0.1 8099; wait; cat /got";
    auto request = ground.request(script);
    request.network = Network::none;
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "1\nhello\n");
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
