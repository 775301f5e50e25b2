#include "rockbuild/interrupts.hpp"

#include "support/diagnostic.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace rockbuild {

namespace {

std::atomic<int> pipe_end{-1};
std::atomic<int> received{0};

extern "C" void on_signal(int) {
    const int error = errno;
    if (received.fetch_add(1) > 0) ::_exit(static_cast<int>(ExitCode::interrupted));
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(pipe_end.load(), &byte, 1);
    errno = error;
}

void set_handler(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupts::Interrupts() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    received = 0;
    pipe_end = write_.get();
    listener_ = std::thread([this] {
        char byte = 0;
        ssize_t count = 0;
        do count = ::read(read_.get(), &byte, 1);
        while (count < 0 && errno == EINTR);
        if (count == 1 && byte == 1) source_.request_stop();
    });
    set_handler(on_signal);
}

Interrupts::~Interrupts() {
    set_handler(SIG_DFL);
    pipe_end = -1;
    // Not by closing the pipe: a forked child may still hold its other copy.
    const char leave = 0;
    [[maybe_unused]] const auto written = ::write(write_.get(), &leave, 1);
    if (listener_.joinable()) listener_.join();
}

}  // namespace rockbuild
