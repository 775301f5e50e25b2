#include "system/seccomp_profile.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cerrno>
#include <functional>

using namespace rockbuild;

namespace {

/// What `attempt` says in a child below the filter: 0, or errno; -1 when the child did not end by itself.
int below_filter(const std::function<bool()>& attempt) {
    auto program = seccomp_profile().value();
    sock_fprog filter{};
    filter.len = static_cast<unsigned short>(program.size());
    filter.filter = program.data();
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (::syscall(SYS_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, 0, &filter) != 0) ::_exit(250);
        ::_exit(attempt() ? 0 : errno);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("the filter refuses what no build needs") {
    CHECK(below_filter([] { return ::mount("none", "/no-such-place", "tmpfs", 0, nullptr) == 0; }) == EPERM);
    CHECK(below_filter([] { return ::unshare(CLONE_NEWUSER) == 0; }) == EPERM);
    CHECK(below_filter([] { return ::unshare(CLONE_FS | CLONE_NEWNS) == 0; }) == EPERM);
    CHECK(below_filter([] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0) >= 0; }) == EPERM);
    CHECK(below_filter([] { return ::syscall(SYS_bpf, 0, 0, 0) >= 0; }) == EPERM);
    CHECK(below_filter([] { return ::syscall(SYS_clone3, nullptr, 0) >= 0; }) == ENOSYS);
    CHECK(below_filter([] { return ::syscall(SYS_io_uring_setup, 1, nullptr) >= 0; }) == ENOSYS);
    // The kernel looks at 32 bits of the request, so must the filter.
    CHECK(below_filter([] {
              return ::syscall(SYS_ioctl, 0, std::uint64_t{TIOCSTI} | (std::uint64_t{1} << 32), "x") == 0;
          }) == EPERM);
}

TEST_CASE("the filter lets builds do their work") {
    CHECK(below_filter([] { return ::unshare(CLONE_FS) == 0; }) == 0);
    CHECK(below_filter([] {
              const pid_t child = ::fork();
              if (child == 0) ::_exit(0);
              return ::waitpid(child, nullptr, 0) == child;
          }) == 0);
    CHECK(below_filter([] {
              int waiting = 0;
              int ends[2];
              return ::pipe(ends) == 0 && ::ioctl(ends[0], FIONREAD, &waiting) == 0;
          }) == 0);
}
