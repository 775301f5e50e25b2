// A deny list on top of dropped capabilities: what only a machine's administrator does, what reaches past the
// namespaces (kernel keyrings, file handles), and what has been a way into the kernel and is no part of building
// software. Everything else is allowed: compilers, dpkg, chroot (useradd -R), ptrace of own children, setuid programs.
//
// New namespaces and mounts are refused too. A step would get them through a nested user namespace, and with them the
// whole of the kernel's mount code; programs that like to sandbox themselves (bazel, browsers' tests) fall back.
// clone3 keeps its flags in memory where no filter can look, so it does not exist here: libc falls back to clone.
#include "system/seccomp_profile.hpp"

#include "system/file.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace rockbuild {

namespace {

constexpr const char* forbidden[] = {
    // mounts and roots
    "mount", "umount", "umount2", "pivot_root", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree",
    "mount_setattr", "setns",
    // the machine
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "swapon", "swapoff",
    "settimeofday", "stime", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "acct", "quotactl",
    "quotactl_fd", "syslog", "iopl", "ioperm", "vhangup", "nfsservctl",
    // past the namespaces
    "keyctl", "add_key", "request_key", "open_by_handle_at", "lookup_dcookie", "fanotify_init",
    // the kernel's inside
    "bpf", "perf_event_open", "userfaultfd", "kcmp", "uselib"};

// Callers of these have another way for kernels that lack them.
constexpr const char* absent[] = {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"};

constexpr unsigned namespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                   CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
constexpr unsigned new_time_namespace = 0x80;  // CLONE_NEWTIME; in clone's flags the bit belongs to the signal

#ifdef __s390__
constexpr unsigned clone_flags = 1;
#else
constexpr unsigned clone_flags = 0;
#endif

/// Programs of the machine's older sister may run as well (gcc -m32, a 32-bit emulator's loader).
std::uint32_t sister_arch() {
    switch (seccomp_arch_native()) {
        case SCMP_ARCH_X86_64:
            return SCMP_ARCH_X86;
        case SCMP_ARCH_AARCH64:
            return SCMP_ARCH_ARM;
        default:
            return 0;
    }
}

class Profile {
public:
    explicit Profile(scmp_filter_ctx filter) : filter_(filter) {}

    void deny(const char* name, int error) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR) return;  // unknown to this libseccomp: then to its architecture as well
        keep(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), number, 0));
    }

    void deny_bits(const char* name, unsigned argument, std::uint64_t bits) {
        keep(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(name), 1,
                              SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, bits)));
    }

    void deny_value(const char* name, unsigned argument, std::uint64_t value) {
        // Only the lower half counts for the kernel: a script must not slip by with a bit set above it.
        keep(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(name), 1,
                              SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value)));
    }

    /// 0, or the first failure as a negative errno.
    int failure() const { return failure_; }

private:
    void keep(int result) {
        // -EDOM: the call is none of one of the architectures.
        if (result < 0 && result != -EDOM && failure_ == 0) failure_ = result;
    }

    scmp_filter_ctx filter_;
    int failure_ = 0;
};

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};

}  // namespace

Result<std::vector<sock_filter>> seccomp_profile() {
    const auto refuse = [](std::string_view act, int error) {
        return fail("RB0120", fmt::format("cannot {} the system call filter: {}", act, std::strerror(error)),
                    "a newer libseccomp may know this machine", ExitCode::unable);
    };
    const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) return refuse("start", ENOTSUP);
    seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (const auto sister = sister_arch(); sister != 0) seccomp_arch_add(filter.get(), sister);

    Profile profile(filter.get());
    for (const auto* name : forbidden) profile.deny(name, EPERM);
    for (const auto* name : absent) profile.deny(name, ENOSYS);
    for (const auto flag : namespaces) {
        profile.deny_bits("unshare", 0, flag);
        profile.deny_bits("clone", clone_flags, flag);
    }
    profile.deny_bits("unshare", 0, new_time_namespace);
    // They put words into the mouth of the terminal's owner.
    profile.deny_value("ioctl", 1, TIOCSTI);
    profile.deny_value("ioctl", 1, TIOCLINUX);
    if (profile.failure() != 0) return refuse("make", -profile.failure());

    const Fd file(::memfd_create("filter", MFD_CLOEXEC));
    if (!file) return refuse("keep", errno);
    if (const int result = seccomp_export_bpf(filter.get(), file.get()); result < 0) return refuse("write", -result);
    std::vector<sock_filter> program(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)) / sizeof(sock_filter));
    const auto size = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
    if (::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size) return refuse("read", EIO);
    return program;
}

}  // namespace rockbuild
