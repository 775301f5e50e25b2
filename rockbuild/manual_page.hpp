// The man pages, made from what `--help` is made from: the commands' data, their pages, the table of settings.
#pragma once

#include "rockbuild/command.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// rockbuild(1).
std::string general_manual();
/// rockbuild-pack(1) and the like.
std::string command_manual(const Subcommand& command);

/// "rockbuild-registry-serve" of "registry serve".
std::string manual_name(std::string_view command);

}  // namespace rockbuild
