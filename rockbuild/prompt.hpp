// Questions to the person at the terminal. Never the arguments: those everybody can list.
#pragma once

#include "support/result.hpp"

#include <stop_token>
#include <string>

namespace rockbuild {

/// Asks on the terminal; `hidden` without showing the answer. RB0111 when `stop` is raised (the terminal is as it was);
/// RB1112 for no answer (Ctrl-D); RB1111 (exit 64) if there is no terminal: `instead` says
/// how the answer is given without one.
Result<std::string> ask_person(const std::string& question, bool hidden, const std::string& instead,
                               const std::stop_token& stop);

/// All of standard input without its last line end. RB1112 (exit 65) if that is empty or too long.
Result<std::string> read_secret_from_stdin();

}  // namespace rockbuild
