// Running a program of the host. posix_spawn does what must happen between fork and exec without touching our memory,
// so it is safe beside other threads; input is a memory file (a program that doesn't read it can't block us), output
// comes through pipes, and a pidfd tells the end. Whatever is left of the program's group is killed when it ends.
#include "system/process.hpp"

#include "system/argument_pointers.hpp"

#include "system/file.hpp"
#include "system/line_splitter.hpp"
#include "system/stop_signal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace rockbuild {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto grace = std::chrono::seconds(2);  // between SIGTERM and SIGKILL

/// One output stream of the child: its pipe, and who gets the lines.
struct Stream {
    Fd read, write;
    LineSplitter lines;
    std::string collected;
    bool collect = false;

    explicit Stream(const std::function<void(std::string_view)>& take) : lines(take), collect(!take) {}

    void take(std::string_view bytes) {
        if (collect) collected.append(bytes);
        else lines.feed(bytes);
    }

    /// Reads what is there now; closes at the end of the stream.
    void drain() {
        char buffer[65536];
        while (read) {
            const auto count = ::read(read.get(), buffer, sizeof buffer);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return;
            if (count <= 0) {
                read.close();
                return;
            }
            take({buffer, static_cast<std::size_t>(count)});
        }
    }
};

Result<void> open_pipe(Stream& stream) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for", "a program", errno);
    stream.read = Fd(ends[0]);
    stream.write = Fd(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return {};
}

Result<Fd> input_file(const std::string& input) {
    if (input.empty()) return open_file("/dev/null", O_RDONLY);
    Fd file(::memfd_create("input", MFD_CLOEXEC));
    if (!file) return system_error("make", "the input of a program", errno);
    TRY_VOID(write_all(file.get(), input, "the input of a program"));
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

struct Spawned {
    pid_t pid = -1;
    Fd pidfd;
};

Result<Spawned> spawn(const Command& command, const fs::path& program, int input, int output, int error) {
    auto arguments = command.arguments;
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    if (!command.working_dir.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, command.working_dir.c_str());
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (!command.inherit_stdio) {
        ::posix_spawn_file_actions_adddup2(&actions, input, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        ::posix_spawn_file_actions_adddup2(&actions, error, 2);
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, flags);

    Spawned child;
    const int failure = ::posix_spawn(&child.pid, program.c_str(), &actions, &attributes,
                                      argument_pointers(arguments).data(), argument_pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (failure != 0) {
        std::string where = command.working_dir.empty() ? "" : fmt::format(" in '{}'", command.working_dir.native());
        return fail("RB0112", fmt::format("cannot start '{}'{}: {}", program.native(), where, std::strerror(failure)));
    }
    child.pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    return child;
}

}  // namespace

std::optional<fs::path> find_program(const std::string& name, const std::map<std::string, std::string>& environment) {
    const auto can_run = [](const fs::path& path) {
        struct stat status{};
        return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
    };
    if (name.empty()) return std::nullopt;
    if (name.find('/') != std::string::npos) return can_run(name) ? std::optional(fs::path(name)) : std::nullopt;
    const auto found = environment.find("PATH");
    std::string_view rest = found == environment.end() ? std::string_view() : std::string_view(found->second);
    while (!rest.empty()) {
        const auto colon = std::min(rest.find(':'), rest.size());
        // An empty member means the working directory (POSIX); taking programs from there is nobody's wish.
        if (const auto folder = rest.substr(0, colon); !folder.empty() && can_run(fs::path(folder) / name))
            return fs::path(folder) / name;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return std::nullopt;
}

Result<Finished> HostProcesses::run(const Command& command, const std::stop_token& stop) {
    const std::string name = command.arguments.empty() ? "" : command.arguments.front();
    const auto program = find_program(name, command.environment);
    if (!program)
        return fail("RB0110", fmt::format("the program '{}' was not found", name),
                    fmt::format("install '{}', or put it in PATH", name), ExitCode::unable);

    Stream output(command.on_output), error(command.on_error);
    Fd input;
    if (!command.inherit_stdio) {
        TRY_VOID(open_pipe(output));
        TRY_VOID(open_pipe(error));
        input = TRY(input_file(command.input));
    }
    const StopSignal stopped(stop);
    const auto child = TRY(spawn(command, *program, input.get(), output.write.get(), error.write.get()));
    output.write.close();
    error.write.close();
    input.close();

    const auto signal = [&](int number) { ::kill(command.inherit_stdio ? child.pid : -child.pid, number); };
    auto deadline = Clock::time_point::max();
    if (command.timeout_seconds > 0)
        deadline = Clock::now() +
                   std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(command.timeout_seconds));
    enum class Ending { none, told, late } ending = Ending::none;
    const auto end_it = [&](Ending why) {
        signal(ending == Ending::none ? SIGTERM : SIGKILL);
        deadline = ending == Ending::none ? Clock::now() + grace : Clock::time_point::max();
        if (ending == Ending::none) ending = why;
    };
    for (;;) {
        // poll() skips negative descriptors: closed streams, and the stop signal once it has been heard.
        std::array<pollfd, 4> events{{{child.pidfd.get(), POLLIN, 0},
                                      {output.read.get(), POLLIN, 0},
                                      {error.read.get(), POLLIN, 0},
                                      {ending == Ending::none ? stopped.fd() : -1, POLLIN, 0}}};
        int wait = -1;
        if (deadline != Clock::time_point::max())
            wait = static_cast<int>(std::clamp<std::int64_t>(
                std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count(), 0, 60'000));
        ::poll(events.data(), events.size(), wait);
        output.drain();
        error.drain();
        if (events[0].revents != 0) break;
        if (events[3].revents != 0) end_it(Ending::told);
        if (Clock::now() >= deadline) end_it(Ending::late);
    }
    // The leader is not reaped yet, so the number of its group can't belong to anybody else.
    if (!command.inherit_stdio) signal(SIGKILL);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) continue;
    output.drain();
    error.drain();
    output.lines.finish();
    error.lines.finish();

    if (ending == Ending::told)
        return fail("RB0111", fmt::format("interrupted while '{}' ran", name), {}, ExitCode::interrupted);
    if (ending == Ending::late)
        return fail("RB0111", fmt::format("'{}' did not end within {:g} seconds", name, command.timeout_seconds),
                    "try again; a machine or a network may be slow", ExitCode::remote_timeout);
    return Finished{WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), std::move(output.collected),
                    std::move(error.collected)};
}

}  // namespace rockbuild
