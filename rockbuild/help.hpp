// What `--help` and `rockbuild help` say, from one source: the commands' option data and the pages `<command>.md`.
#pragma once

#include "rockbuild/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// A page, read: `# name: summary`, `## Examples`, `## Description`; that of help has `## First steps`, too.
struct Page {
    std::string summary;
    std::string examples;     // indented lines
    std::string description;  // paragraphs
    std::string first_steps;  // indented lines
};

/// The page of a command, as it was when rockbuild was built.
Page page_of(std::string_view command);

/// A word that may stand first on a command line: "pack", "registry".
struct FirstWord {
    std::string_view word;
    std::string about;                     // what the command does; of a group: its second words
    std::vector<const Subcommand*> group;  // the commands that begin so, if the word alone is none
};
std::vector<FirstWord> first_words();

/// Examples first; fits 80×40.
std::string command_help(const Subcommand& command);
/// The list of commands and the common options.
std::string general_help();

}  // namespace rockbuild
