// Ctrl-C (CLI.md §1.6): the first SIGINT or SIGTERM asks the work to stop, the second ends the program at once.
#pragma once

#include "system/file.hpp"

#include <stop_token>
#include <thread>

namespace rockbuild {

/// One at a time in a program. The handlers write to a pipe, a thread reads it: children inherit nothing of this.
class Interrupts {
public:
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    Fd read_;
    Fd write_;
    std::thread listener_;
};

}  // namespace rockbuild
