// The completion scripts, made from the commands' data: what can be typed is in them, names of a project and the like
// are asked of `rockbuild complete` while a line is typed (complete.cpp).
#pragma once

#include "rockbuild/command.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

/// What `rockbuild complete` calls names of that kind: "parts". Empty for what a shell finds itself, and for nothing.
std::string_view names_of(Completes completes);

/// `text` as one word of a POSIX-like shell, in single quotes.
std::string in_quotes(std::string_view text);

}  // namespace rockbuild
