// Containers that are ours as long as they run: signals go on to them, what they say is shown.
#pragma once

#include "containers/shelf.hpp"
#include "support/result.hpp"
#include "system/line_splitter.hpp"

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// As long as it lives, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are handed on to what was started, each
/// as soon as the container's first process listens to it, for the kernel drops what that one doesn't; or after five
/// seconds all the same. After a second SIGINT or SIGTERM, or `grace_seconds` after the first one, what is left is
/// killed. The program has one thread.
class Foreground {
public:
    using Say = std::function<void(const std::string&)>;

    /// Without `grace_seconds` there is no such limit.
    Foreground(const Shelf& shelf, Say say, std::optional<unsigned> grace_seconds = {});
    /// Kills what hasn't ended; what is left of the containers is the shelf's to clear.
    ~Foreground();
    Foreground(const Foreground&) = delete;
    Foreground& operator=(const Foreground&) = delete;

    /// Launches runc; its stdio is ours.
    Result<void> start(const std::string& name, const Launch& launch);
    /// The same, but its output goes to the descriptor `to` by lines that begin with a label.
    Result<void> start_labelled(const std::string& name, Launch launch, const std::string& label, int to);
    /// The first process of a container that was started, once runc knows it; none if it has ended before.
    Result<std::optional<pid_t>> first_process(const std::string& name);
    /// Until all have ended: their exit codes, in the order in which they were started.
    Result<std::vector<int>> wait();
    /// Whether SIGINT or SIGTERM came.
    Result<bool> asked_to_end();

private:
    struct Waiting {
        int signal = 0;
        double until = 0;  // of the steady clock: then it is handed on whether anybody listens or not
    };
    struct Member {
        std::string name;
        std::string label;
        pid_t runc = 0;
        pid_t process = 0;             // its first one, once it is known
        std::vector<Waiting> waiting;  // signals that it doesn't listen to yet
        std::optional<int> code;
        Fd output;
        std::unique_ptr<LineSplitter> lines;
    };

    /// What has happened within `milliseconds` (-1: until something happens): signals, output, ends.
    Result<void> turn(int milliseconds);
    Result<void> hand_on(int signal);
    Result<void> deliver(Member& member);
    Result<void> kill_all();
    void reap();
    static void read_output(Member& member);
    bool all_ended() const;
    int patience() const;

    const Shelf& shelf_;
    Say say_;
    std::optional<unsigned> grace_seconds_;
    std::vector<Member> members_;
    sigset_t before_{};
    Fd signals_;
    unsigned asked_ = 0;
    double deadline_ = 0;  // of the steady clock; 0: none
};

/// False if the process (anybody's) is still there after `seconds`.
Result<bool> wait_until_gone(pid_t pid, double seconds);

}  // namespace rockbuild
