// A stop token as a file descriptor, so that poll() can wait for it together with pipes and processes.
#pragma once

#include "system/file.hpp"

#include <sys/eventfd.h>

#include <unistd.h>
#include <cstdint>
#include <stop_token>

namespace rockbuild {

class StopSignal {
public:
    explicit StopSignal(const std::stop_token& stop)
        : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, Raise{event_.get()}) {}

    /// Readable from the moment the token is raised, for good.
    int fd() const { return event_.get(); }

private:
    struct Raise {
        int fd;
        void operator()() const noexcept {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
        }
    };
    Fd event_;
    std::stop_callback<Raise> callback_;
};

}  // namespace rockbuild
