#include "rockbuild/prompt.hpp"

#include "system/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <memory>

namespace rockbuild {

namespace {

/// A terminal that doesn't show what is typed, until the value goes.
class Hidden {
public:
    explicit Hidden(int fd) : fd_(fd) {
        if (::tcgetattr(fd, &before_) != 0) return;
        auto now = before_;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(fd, TCSAFLUSH, &now) == 0;
    }
    ~Hidden() {
        if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

private:
    int fd_;
    termios before_{};
    bool changed_ = false;
};

}  // namespace

Result<std::string> ask_person(const std::string& question, bool hidden, const std::string& instead,
                               const std::stop_token& stop) {
    const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal) return fail("RB1111", "there is no terminal to ask '" + question + "' on", instead, ExitCode::usage);
    TRY_VOID(write_all(terminal.get(), question + ": ", "/dev/tty"));
    const auto mode = hidden ? std::make_unique<Hidden>(terminal.get()) : nullptr;
    std::string answer;
    for (char byte = 0; byte != '\n';) {
        constexpr int look_up_ms = 100;
        pollfd wanted{terminal.get(), POLLIN, 0};
        if (stop.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
        if (::poll(&wanted, 1, look_up_ms) <= 0) continue;
        if (::read(terminal.get(), &byte, 1) != 1)
            return fail("RB1112", "no answer to '" + question + "'", "", ExitCode::usage);
        if (byte != '\n') answer += byte;
    }
    if (hidden) TRY_VOID(write_all(terminal.get(), "\n", "/dev/tty"));
    return answer;
}

Result<std::string> read_secret_from_stdin() {
    constexpr std::size_t longest = 64 << 10;
    std::string text(longest + 1, '\0');
    std::size_t size = 0;
    for (ssize_t count = 0; (count = ::read(STDIN_FILENO, text.data() + size, text.size() - size)) > 0;)
        size += static_cast<std::size_t>(count);
    text.resize(size);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    if (text.empty() || size > longest)
        return fail("RB1112", "standard input has no password", "write it there: `echo … | rockbuild login …`",
                    ExitCode::bad_data);
    return text;
}

}  // namespace rockbuild
