// The signals are blocked and read as a stream, beside the containers' output and the end of each runc, in one loop:
// nothing happens in handlers, and a signal that comes early waits until the container can hear it.
#include "containers/foreground.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sstream>

namespace rockbuild {

namespace {

constexpr int handed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

constexpr int short_pause = 10;  // milliseconds

constexpr double longest_wait = 5;  // seconds

/// Whether the process does something of its own with the signal: it has a handler, or blocks it to fetch it by
/// sigwait(2) or signalfd(2) (SigCgt and SigBlk in proc(5)). Not if it is gone, nor as long as it is still runc, which
/// is about to become the container's program.
bool listens(pid_t process, int signal) {
    const auto folder = fs::path("/proc") / std::to_string(process);
    if (read_file(folder / "comm").value_or("").starts_with("runc")) return false;
    std::istringstream status(read_file(folder / "status").value_or(""));
    std::string line;
    while (std::getline(status, line))
        if ((line.starts_with("SigCgt:") || line.starts_with("SigBlk:")) &&
            ((std::stoull(line.substr(7), nullptr, 16) >> (signal - 1)) & 1) != 0)
            return true;
    return false;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Foreground::Foreground(const Shelf& shelf, Say say, std::optional<unsigned> grace_seconds)
    : shelf_(shelf), say_(std::move(say)), grace_seconds_(grace_seconds) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : handed_on) ::sigaddset(&set, signal);
    ::sigaddset(&set, SIGCHLD);
    ::sigaddset(&set, SIGPIPE);  // who no longer listens must not end the containers
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Foreground::~Foreground() {
    for (const auto& member : members_) {
        if (member.code) continue;
        ::kill(member.runc, SIGKILL);
        wait_for(member.runc);
    }
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigaddset(&pending, SIGPIPE);
    const timespec at_once{};
    while (::sigtimedwait(&pending, nullptr, &at_once) > 0) {
    }
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Result<void> Foreground::start(const std::string& name, const Launch& launch) {
    const pid_t runc = TRY(rockbuild::launch(launch));
    members_.push_back({.name = name, .runc = runc});
    return {};
}

Result<void> Foreground::start_labelled(const std::string& name, Launch launch, const std::string& label, int to) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for", name, errno);
    Fd read(ends[0]);
    const Fd write(ends[1]);
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
    const auto nothing = TRY(open_file("/dev/null", O_RDONLY));
    launch.input = nothing.get();
    launch.output = write.get();
    const auto show = [label, to](std::string_view line) {
        const auto text = fmt::format("[{}] {}\n", label, line);
        [[maybe_unused]] const auto written = write_all(to, text, "the output");
    };
    const pid_t runc = TRY(rockbuild::launch(launch));
    members_.push_back({.name = name,
                        .label = label,
                        .runc = runc,
                        .output = std::move(read),
                        .lines = std::make_unique<LineSplitter>(show)});
    return {};
}

Result<std::optional<pid_t>> Foreground::first_process(const std::string& name) {
    const auto member =
        std::find_if(members_.begin(), members_.end(), [&](const Member& one) { return one.name == name; });
    while (member != members_.end() && !member->code) {
        if (const auto known = TRY(shelf_.runtime(name)); known && known->pid > 0) return known->pid;
        TRY_VOID(turn(short_pause));
    }
    return std::optional<pid_t>();
}

Result<std::vector<int>> Foreground::wait() {
    while (!all_ended()) TRY_VOID(turn(patience()));
    std::vector<int> codes;
    for (auto& member : members_) {
        if (member.output) read_output(member);
        if (member.lines) member.lines->finish();
        codes.push_back(*member.code);
    }
    return codes;
}

Result<bool> Foreground::asked_to_end() {
    TRY_VOID(turn(0));
    return asked_ > 0;
}

bool Foreground::all_ended() const {
    return std::all_of(members_.begin(), members_.end(), [](const Member& member) { return member.code.has_value(); });
}

/// Milliseconds until there is something to do without anything having happened; -1: never.
int Foreground::patience() const {
    if (std::any_of(members_.begin(), members_.end(),
                    [](const Member& member) { return !member.code && !member.waiting.empty(); }))
        return short_pause;
    return deadline_ == 0 ? -1 : static_cast<int>(std::max(0.0, deadline_ - now()) * 1000) + 1;
}

Result<void> Foreground::turn(int milliseconds) {
    std::vector<pollfd> wanted{{signals_.get(), POLLIN, 0}};
    for (const auto& member : members_)
        if (member.output) wanted.push_back({member.output.get(), POLLIN, 0});
    if (::poll(wanted.data(), wanted.size(), milliseconds) < 0 && errno != EINTR)
        return system_error("wait for", "the containers", errno);
    for (auto& member : members_)
        if (member.output) read_output(member);
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info)
        if (const int signal = static_cast<int>(info.ssi_signo); signal != SIGCHLD && signal != SIGPIPE)
            TRY_VOID(hand_on(signal));
    reap();
    for (auto& member : members_) TRY_VOID(deliver(member));
    if (deadline_ != 0 && now() >= deadline_ && !all_ended()) {
        deadline_ = 0;
        TRY_VOID(kill_all());
    }
    return {};
}

Result<void> Foreground::hand_on(int signal) {
    if (signal == SIGINT || signal == SIGTERM) {
        if (++asked_ > 1) return kill_all();
        if (grace_seconds_) deadline_ = now() + *grace_seconds_;
    }
    for (auto& member : members_) member.waiting.push_back({signal, now() + longest_wait});
    return {};
}

Result<void> Foreground::deliver(Member& member) {
    if (member.code || member.waiting.empty()) return {};
    if (member.process == 0) {
        const auto known = TRY(shelf_.runtime(member.name));
        if (!known || known->pid == 0) return {};
        member.process = known->pid;
    }
    std::erase_if(member.waiting, [&](const Waiting& one) {
        const bool due = listens(member.process, one.signal) || now() >= one.until;
        return due && ::kill(member.runc, one.signal) == 0;  // runc hands it on
    });
    return {};
}

Result<void> Foreground::kill_all() {
    for (const auto& member : members_) {
        if (member.code) continue;
        const auto container = TRY(shelf_.runtime(member.name));
        if (container && container->pid > 0) TRY_VOID(shelf_.runc().kill(*container, "KILL"));
        else ::kill(member.runc, SIGKILL);
    }
    return {};
}

void Foreground::reap() {
    for (auto& member : members_) {
        int status = 0;
        if (member.code || ::waitpid(member.runc, &status, WNOHANG) != member.runc) continue;
        member.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (!member.label.empty() && !all_ended())
            say_(fmt::format("{} has ended with code {}", member.label, *member.code));
    }
}

void Foreground::read_output(Member& member) {
    char buffer[16384];
    for (;;) {
        const auto count = ::read(member.output.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return;  // nothing for now
        if (count == 0) {
            member.output.close();
            return;
        }
        member.lines->feed({buffer, static_cast<std::size_t>(count)});
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
