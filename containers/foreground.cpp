// The signals are blocked and waited for, together with the end of runc, in one place: nothing happens in handlers, and
// a signal that comes before runc is ready for it waits until the container can get it.
#include "containers/foreground.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace rockbuild {

namespace {

constexpr int handed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

/// Blocks the signals that are waited for, and gives them free again.
class BlockedSignals {
public:
    BlockedSignals() {
        ::sigemptyset(&set_);
        for (const int signal : handed_on) ::sigaddset(&set_, signal);
        ::sigaddset(&set_, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &set_, &before_);
    }
    ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

    int next() const {
        int signal = 0;
        do signal = ::sigwaitinfo(&set_, nullptr);
        while (signal < 0 && errno == EINTR);
        return signal;
    }

private:
    sigset_t set_{};
    sigset_t before_{};
};

}  // namespace

Result<int> run_in_foreground(const Shelf& shelf, const std::string& name, Launch launch) {
    launch.own_group = true;  // the terminal's Ctrl-C comes to us alone, and goes on once
    const BlockedSignals signals;
    const pid_t runc = TRY(rockbuild::launch(launch));
    for (unsigned asked = 0;;) {
        const int signal = signals.next();
        if (signal != SIGCHLD) {
            const bool end = signal == SIGINT || signal == SIGTERM;
            const bool again = end && ++asked > 1;
            const auto container = TRY(shelf.runtime(name));
            if (again && container && container->pid > 0) TRY_VOID(shelf.runc().kill(*container, "KILL"));
            else ::kill(runc, signal);
        }
        int status = 0;
        if (::waitpid(runc, &status, WNOHANG) != runc) continue;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

Result<bool> wait_until_gone(pid_t pid, double seconds) {
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) {
        if (errno == ESRCH) return true;
        return system_error("watch the process", std::to_string(pid), errno);
    }
    pollfd wait{process.get(), POLLIN, 0};
    int count = 0;
    do count = ::poll(&wait, 1, static_cast<int>(seconds * 1000));
    while (count < 0 && errno == EINTR);
    return count > 0;
}

}  // namespace rockbuild
