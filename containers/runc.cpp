// The root file system is an overlay in a mount namespace of its own, made in the child just before runc: runc clones
// that namespace for the container and pivots into the overlay. Nothing is mounted where others see it, and when the
// last process is gone, so is the mount. An ordinary user's child enters the user namespace first; runc then runs there
// as its user 0.
#include "containers/runc.hpp"

#include "system/id_map.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace rockbuild {

namespace {

enum Act : int { enter_ids, make_mounts, mount_root, redirect, execute };

constexpr const char* act_names[] = {"enter the user namespace", "make a mount namespace",
                                     "mount the container's root file system", "redirect its output", "run"};

// Descriptors of the overlay's folders in the child, far from those that are in use.
constexpr int lower_fd = 200;
constexpr int upper_fd = 201;
constexpr int work_fd = 202;

struct Failure {
    int act = execute;
    int error = 0;
};

/// Everything that the child needs, made before the fork: between fork and exec there are system calls only.
class Prepared {
public:
    static Result<Prepared> of(const Launch& launch) {
        Prepared prepared(launch);
        if (!launch.root) return prepared;
        // Short names that hold whatever the paths hold, and don't show in the container's mount table. They are opened
        // in the new mount namespace: overlayfs takes no folder of another one.
        prepared.options_ = fmt::format(
            "lowerdir=/proc/self/fd/{},upperdir=/proc/self/fd/{},workdir=/proc/self/fd/{},"
            "redirect_dir=off,metacopy=off,index=off",
            lower_fd, upper_fd, work_fd);
        if (launch.user_namespace >= 0)
            prepared.options_ = prepared.options_.substr(0, prepared.options_.find(",redirect_dir")) + ",userxattr";
        return prepared;
    }

    /// Ends in the new program, or returns why not.
    Failure become() const noexcept {
        for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        if (launch_.own_group) ::setpgid(0, 0);
        if (launch_.user_namespace >= 0)
            if (const int error = enter_user_namespace(launch_.user_namespace); error != 0) return {enter_ids, error};
        if (launch_.root) {
            if (::unshare(CLONE_NEWNS) != 0) return {make_mounts, errno};
            if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return {make_mounts, errno};
            const auto open_as = [](const fs::path& path, int number) {
                const int fd = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
                return fd >= 0 && ::dup3(fd, number, O_CLOEXEC) >= 0;
            };
            if (!open_as(launch_.root->lower, lower_fd) || !open_as(launch_.root->upper, upper_fd) ||
                !open_as(launch_.root->work, work_fd))
                return {mount_root, errno};
            if (::mount("overlay", launch_.root->target.c_str(), "overlay", 0, options_.c_str()) != 0)
                return {mount_root, errno};
        }
        if (launch_.input >= 0 && ::dup2(launch_.input, STDIN_FILENO) < 0) return {redirect, errno};
        if (launch_.output >= 0 &&
            (::dup2(launch_.output, STDOUT_FILENO) < 0 || ::dup2(launch_.output, STDERR_FILENO) < 0))
            return {redirect, errno};
        ::execve(arguments_.front(), arguments_.data(), environment_.data());
        return {execute, errno};
    }

private:
    explicit Prepared(const Launch& launch) : launch_(launch) {
        for (const auto& [name, value] : launch.environment) pairs_.push_back(name + "=" + value);
        for (const auto& argument : launch.arguments) arguments_.push_back(const_cast<char*>(argument.c_str()));
        for (auto& pair : pairs_) environment_.push_back(pair.data());
        arguments_.push_back(nullptr);
        environment_.push_back(nullptr);
    }

    const Launch& launch_;
    std::vector<std::string> pairs_;
    std::vector<char*> arguments_;
    std::vector<char*> environment_;
    std::string options_;
};

std::unexpected<Diagnostic> could_not(const Launch& launch, const Failure& failure) {
    const auto what =
        failure.act == execute ? fmt::format("run {}", launch.arguments.front()) : std::string(act_names[failure.act]);
    return fail("RB1157", fmt::format("cannot {}: {}", what, std::strerror(failure.error)),
                "`rockbuild doctor` says what this machine can do, and how to mend it", ExitCode::unable);
}

}  // namespace

Result<pid_t> launch(const Launch& launch) {
    const auto prepared = TRY(Prepared::of(launch));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for", "runc", errno);
    const Fd read(ends[0]);
    Fd write(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return system_error("fork for", "runc", errno);
    if (child == 0) {
        const auto failure = prepared.become();
        [[maybe_unused]] const auto written = ::write(write.get(), &failure, sizeof failure);
        ::_exit(127);
    }
    write.close();
    Failure failure;
    ssize_t count = 0;
    do count = ::read(read.get(), &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count != sizeof failure) return child;  // the pipe went with exec
    wait_for(child);
    return could_not(launch, failure);
}

Diagnostic become(const Launch& launch) {
    const auto prepared = Prepared::of(launch);
    if (!prepared) return prepared.error();
    return could_not(launch, prepared->become()).error();
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<Runc> Runc::find(const std::map<std::string, std::string>& environment, fs::path state) {
    auto wide = environment;
    wide["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin";  // an ordinary user's PATH may lack them
    if (auto program = find_program("runc", wide)) return Runc(*std::move(program), std::move(state));
    return fail("RB1150", "containers need runc, and there is none in PATH",
                "install the package runc: `apt-get install runc`", ExitCode::unable);
}

Launch Runc::command(std::vector<std::string> arguments) const {
    Launch launch;
    launch.arguments = {program_.native(), "--root", state_.native()};
    launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
    launch.environment = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
    return launch;
}

Result<std::vector<RuncContainer>> Runc::list() const {
    auto launch = this->command({"list", "--format", "json"});
    Command command;
    command.arguments = std::move(launch.arguments);
    command.environment = std::move(launch.environment);
    const auto finished = TRY(HostProcesses().run(command, {}));
    const auto answer = nlohmann::json::parse(finished.output, nullptr, false);
    std::vector<RuncContainer> containers;
    if (!answer.is_array()) return containers;  // null: none
    for (const auto& item : answer)
        if (item.is_object())
            containers.push_back({item.value("id", ""), item.value("status", ""), item.value("pid", 0)});
    return containers;
}

Result<Fd> Runc::user_namespace_of(const RuncContainer& container) {
    if (::geteuid() == 0) return Fd();
    return open_file(fs::path("/proc") / std::to_string(container.pid) / "ns/user", O_RDONLY);
}

Result<int> Runc::run_quietly(std::vector<std::string> arguments, const std::optional<RuncContainer>& container) const {
    auto launch = command(std::move(arguments));
    const auto nowhere = TRY(open_file("/dev/null", O_RDWR));
    launch.input = launch.output = nowhere.get();
    Fd ids;
    if (container && container->pid > 0)
        if (auto opened = user_namespace_of(*container)) ids = *std::move(opened);  // else it has just ended
    launch.user_namespace = ids ? ids.get() : -1;
    return wait_for(TRY(rockbuild::launch(launch)));
}

Result<void> Runc::kill(const RuncContainer& container, const std::string& signal) const {
    TRY(run_quietly({"kill", container.name, signal}, container));
    return {};
}

Result<void> Runc::remove(const std::string& name, const std::optional<RuncContainer>& container) const {
    TRY(run_quietly({"delete", "--force", name}, container));
    return {};
}

}  // namespace rockbuild
