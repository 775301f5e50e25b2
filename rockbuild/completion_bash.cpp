// The completion for bash: tables of words, made from the commands' data, and one function that walks the line and
// looks up in them what comes next. It needs nothing but bash (4.4).
#include "rockbuild/bash_walk.hpp"
#include "rockbuild/completion_scripts.hpp"
#include "rockbuild/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rockbuild {

namespace {

/// What `kind` is set to.
std::string bash_kind(Completes completes, const std::vector<std::string_view>& choices) {
    if (!choices.empty()) return fmt::format("words {}", fmt::join(choices, " "));
    if (const auto names = names_of(completes); !names.empty()) return fmt::format("names {}", names);
    switch (completes) {
        case Completes::file:
            return "file";
        case Completes::folder:
            return "folder";
        case Completes::image:
            return "image";
        default:
            return "nothing";
    }
}

std::vector<std::string> bash_spellings_of(const Option& option) {
    std::vector<std::string> all{fmt::format("--{}", option.name)};
    if (option.letter != 0) all.push_back(fmt::format("-{}", option.letter));
    return all;
}

/// One line for each option of `options` that takes a value. No command: of all.
std::string bash_values(std::string_view command, const std::vector<Option>& options) {
    std::string text;
    for (const auto& option : options) {
        if (option.value.name.empty()) continue;
        std::vector<std::string> patterns;
        for (const auto& spelling : bash_spellings_of(option))
            patterns.push_back(
                fmt::format("{}{}", command.empty() ? "*" : "", in_quotes(fmt::format("{} {}", command, spelling))));
        text += fmt::format("        {}) kind={} ;;\n", fmt::join(patterns, " | "),
                            in_quotes(bash_kind(option.value.completes, option.choices)));
    }
    return text;
}

std::string bash_spellings(const std::vector<Option>& options) {
    std::vector<std::string> all;
    for (const auto& option : options)
        for (auto& spelling : bash_spellings_of(option)) all.push_back(std::move(spelling));
    return fmt::format("{}", fmt::join(all, " "));
}

/// One line for each positional argument of the command; its last line is for all further ones.
std::string bash_positionals(const Subcommand& command) {
    std::string text;
    const auto& known = command.positionals;
    for (std::size_t i = 0; i < known.size(); ++i) {
        const bool further = i + 1 == known.size() && command.most > known.size();
        text += fmt::format("        {}) kind={} ;;\n",
                            further ? in_quotes(fmt::format("{} ", command.name)) + "*"
                                    : in_quotes(fmt::format("{} {}", command.name, i)),
                            in_quotes(bash_kind(known[i].completes, known[i].choices)));
    }
    return text;
}

/// A table: a function that looks its argument up, with the code `before` that.
std::string bash_table(std::string_view comment, std::string_view name, std::string_view before,
                       std::string_view lines) {
    return fmt::format("\n# {}\n{}() {{\n{}    case $1 in\n{}    esac\n}}\n", comment, name, before, lines);
}

std::string bash_option_table() {
    std::string lines;
    for (const auto* command : commands()) {
        std::string line;
        if (!command->options.empty()) line += " options+=" + in_quotes(" " + bash_spellings(command->options));
        if (command->verbatim_from != Subcommand::never) line += fmt::format(" verbatim={}", command->verbatim_from);
        if (!line.empty()) lines += fmt::format("        {}){} ;;\n", in_quotes(command->name), line);
    }
    return bash_table("The options of a command, and from which argument on it takes all as it stands.",
                      "_rockbuild_options",
                      fmt::format("    options={} verbatim=-1\n", in_quotes(bash_spellings(common_options()))), lines);
}

std::string bash_value_table() {
    auto lines = bash_values({}, common_options());
    for (const auto* command : commands()) lines += bash_values(command->name, command->options);
    return bash_table("What the value of \"COMMAND OPTION\" is; of a flag nothing.", "_rockbuild_value",
                      "    kind=''\n", lines);
}

std::string bash_positional_table() {
    std::string lines;
    std::vector<std::string_view> first;
    for (const auto& word : first_words()) {
        first.push_back(word.word);
        std::vector<std::string_view> second;
        for (const auto* command : word.group) second.push_back(command->name.substr(word.word.size() + 1));
        if (!second.empty())
            lines += fmt::format("        {}) kind={} ;;\n", in_quotes(fmt::format("{} 0", word.word)),
                                 in_quotes(bash_kind({}, second)));
    }
    lines += fmt::format("        ' 0') kind={} ;;\n", in_quotes(bash_kind({}, first)));
    for (const auto* command : commands()) lines += bash_positionals(*command);
    return bash_table("What the argument \"COMMAND N\" is.", "_rockbuild_positional", "    kind=''\n", lines);
}

/// Between two words of a command, or before the first.
std::string bash_command_test() {
    std::string patterns = "''";
    for (const auto& word : first_words())
        if (!word.group.empty()) patterns += " | " + in_quotes(word.word);
    return bash_table("True where the next word belongs to the command's name.", "_rockbuild_wants_word", "",
                      fmt::format("        {}) return 0 ;;\n        *) return 1 ;;\n", patterns));
}

}  // namespace

std::string bash_completion() {
    return "# Completion of rockbuild for bash, made by `rockbuild completion bash`.\n" + bash_option_table() +
           bash_value_table() + bash_positional_table() + bash_command_test() + std::string(bash_walk);
}

}  // namespace rockbuild
