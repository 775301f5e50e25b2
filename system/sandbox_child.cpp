// Two processes. The *door* enters the user namespace, makes process 1 in the other namespaces as a child of our
// caller (so that the caller waits for it and nothing stands between), and ends. *Process 1* builds the file system,
// gives up what steps need not have, starts the command, and stays: it reaps, it watches the lifeline (the death
// signal would hang on the thread that forked, not on the process), and when it ends, the kernel ends all the rest.
#include "system/sandbox_child.hpp"

#include "system/id_map.hpp"
#include "system/mount_acts.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

namespace rockbuild {

namespace {

using What = SandboxReport::What;

// capabilities(7). What dpkg, chown and setuid programs need; none that reaches the machine, its network or a mount.
constexpr unsigned kept_capabilities[] = {
    CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,     CAP_FSETID,           CAP_KILL,       CAP_SETGID,
    CAP_SETUID, CAP_SETPCAP,      CAP_SETFCAP,         CAP_SYS_CHROOT, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE};

void report(const SandboxProgram& program, What what, int error, std::uint32_t value = 0) noexcept {
    const SandboxReport message{what, error, value};
    [[maybe_unused]] const auto written = ::write(program.report, &message, sizeof message);
}

[[noreturn]] void give_up(const SandboxProgram& program, What what, std::uint32_t value = 0) noexcept {
    report(program, what, errno, value);
    ::_exit(126);
}

void close_all_but(const int* kept, std::size_t count) noexcept {
    unsigned first = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto fd = static_cast<unsigned>(kept[i]);
        if (fd > first) ::close_range(first, fd - 1, 0);
        first = fd + 1;
    }
    ::close_range(first, ~0U, 0);
}

void default_signals() noexcept {
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool raise_loopback() noexcept {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return false;
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP;
    const bool raised = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
    ::close(socket);
    return raised;
}

void build_file_system(const SandboxProgram& program) noexcept {
    ::umask(0);
    const char* stage = program.stage.c_str();
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0 || ::chdir(stage) != 0)
        give_up(program, What::stage);
    std::size_t failed = 0;
    const int root = perform(program.acts, failed);
    if (root < 0) give_up(program, What::act, static_cast<std::uint32_t>(failed));
    // The old root comes to lie on the new one, and is taken away from there: no folder for it is needed.
    if (::fchdir(root) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0 ||
        ::chdir("/") != 0)
        give_up(program, What::root);
    ::close(root);
    ::umask(022);
}

/// The filter needs CAP_SYS_ADMIN to be set without no_new_privs, which would break su and sudo: so it comes before
/// the capabilities go.
bool limit(const SandboxProgram& program) noexcept {
    std::uint64_t keep = 0;
    for (const auto capability : kept_capabilities) keep |= std::uint64_t{1} << capability;
    for (unsigned capability = 0; capability < 64; ++capability)
        if ((keep >> capability & 1) == 0 && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
            return false;
    sock_fprog filter{};
    filter.len = static_cast<unsigned short>(program.filter->size());
    filter.filter = const_cast<sock_filter*>(program.filter->data());
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) return false;
    __user_cap_header_struct header{};
    header.version = _LINUX_CAPABILITY_VERSION_3;
    __user_cap_data_struct data[2] = {};
    if (::syscall(SYS_capget, &header, data) != 0) return false;
    for (int half = 0; half < 2; ++half) {
        // Root in a container may lack some of them itself.
        data[half].effective = data[half].permitted &= static_cast<std::uint32_t>(keep >> (32 * half));
        data[half].inheritable = 0;
    }
    // Process 1 holds a copy of our memory: nobody inside may read it through /proc/1/mem, nor our path in /proc/1/exe.
    return ::syscall(SYS_capset, &header, data) == 0 && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

[[noreturn]] void start_command(const SandboxProgram& program) noexcept {
    if (program.terminal) {
        // A group of its own, in the foreground: what a shell needs to control its jobs.
        ::setpgid(0, 0);
        ::signal(SIGTTOU, SIG_IGN);
        ::tcsetpgrp(0, ::getpid());
    } else {
        ::setsid();
        const int null = ::open("/dev/null", O_RDONLY);
        if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(program.output, 1) < 0 || ::dup2(program.output, 2) < 0)
            give_up(program, What::start);
        if (null > 2) ::close(null);
    }
    default_signals();
    if (::chdir(program.working_dir.c_str()) != 0) give_up(program, What::folder);
    ::execve(program.arguments[0], program.arguments.data(), program.environment.data());
    give_up(program, What::start);
}

int exit_code(int status) noexcept { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

[[noreturn]] void be_process_one(const SandboxProgram& program) noexcept {
    // Everybody may read /proc/1/cmdline, and ours has paths of the host.
    if (!program.command_line.empty()) std::memset(program.command_line.data(), 0, program.command_line.size());
    ::prctl(PR_SET_NAME, "sandbox");
    if (program.own_network && !raise_loopback()) give_up(program, What::network);
    if (::sethostname(program.hostname.c_str(), program.hostname.size()) != 0) give_up(program, What::namespaces);
    build_file_system(program);
    // A second mount namespace, owned by the new user namespace: all mounts that it inherits are locked.
    if (program.way.seal)
        if (::setns(program.user_namespace, CLONE_NEWUSER) != 0 || ::unshare(CLONE_NEWNS) != 0)
            give_up(program, What::seal);
    if (program.user_namespace >= 0) ::close(program.user_namespace);
    if (!limit(program)) give_up(program, What::limits);
    if (program.arguments.empty()) ::_exit(0);

    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    ::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &children, nullptr);
    const int ended = ::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    const pid_t command = ended < 0 ? -1 : ::fork();
    if (command < 0) give_up(program, What::start);
    if (command == 0) start_command(program);

    const int kept[] = {program.lifeline < ended ? program.lifeline : ended,
                        program.lifeline < ended ? ended : program.lifeline};
    close_all_but(kept, 2);
    for (;;) {
        pollfd events[2] = {{ended, POLLIN, 0}, {program.lifeline, POLLIN, 0}};
        ::poll(events, 2, -1);
        if (events[1].revents != 0) ::_exit(128 + SIGKILL);
        signalfd_siginfo ignored;
        while (::read(ended, &ignored, sizeof ignored) > 0) continue;
        int status = 0;
        for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == command) ::_exit(exit_code(status));
    }
}

}  // namespace

void run_sandbox_child(const SandboxProgram& program) noexcept {
    close_all_but(program.kept.data(), program.kept.size());
    default_signals();
    if (program.way.enter_first) {
        if (const int error = enter_user_namespace(program.user_namespace); error != 0) {
            errno = error;
            give_up(program, What::namespaces);
        }
    }
    clone_args arguments{};
    arguments.flags = CLONE_PARENT | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    if (program.own_network) arguments.flags |= CLONE_NEWNET;
    const auto pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) give_up(program, What::namespaces);
    if (pid > 0) {
        report(program, What::process, 0, static_cast<std::uint32_t>(pid));
        ::_exit(0);
    }
    if (!program.terminal) ::setsid();
    be_process_one(program);
}

}  // namespace rockbuild
