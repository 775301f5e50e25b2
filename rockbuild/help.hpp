// What `--help` and `rockbuild help` say, from one source: the commands' option data and the pages `<command>.md`.
#pragma once

#include "rockbuild/command.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// A page, read: `# name: summary`, `## Examples`, `## Description`.
struct Page {
    std::string summary;
    std::string examples;     // indented lines
    std::string description;  // paragraphs
};

/// The page of a command, as it was when rockbuild was built.
Page page_of(std::string_view command);

/// Examples first; fits 80×40.
std::string command_help(const Subcommand& command);
/// The list of commands and the common options.
std::string general_help();

}  // namespace rockbuild
