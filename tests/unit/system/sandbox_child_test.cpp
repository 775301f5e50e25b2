#include "system/sandbox_child.hpp"

#include "unit/system/small_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace rockbuild;
using namespace rockbuild::test;

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
        "busybox grep -c : /proc/net/dev; busybox nc -l -p 8099 -e /bin/busybox echo hello &\n"
        "until busybox nc -w 30 127.0.0.1 8099 </dev/null 2>/dev/null; do busybox sleep 0.05; done; wait";
    auto request = ground.request(script);
    request.network = Network::none;
    const auto ran = run_in(*ground.sandbox, request);
    CHECK(ran.output == "1\nhello\n");
}
