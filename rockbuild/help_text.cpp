#include "rockbuild/documentation.hpp"
#include "rockbuild/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr std::size_t width = 79;

/// Commands that need no line of their own: there are -h and -V, and the lines of login, pull, resources and run name
/// the others.
constexpr std::string_view told_elsewhere[] = {"help",    "version", "logout", "whoami", "resource-revisions",
                                               "overlay", "build",   "stage",  "prime",  "exec",
                                               "ps",      "stop"};
/// Commands that are named in one line, without words about them.
constexpr std::string_view only_named[] = {"completion",      "config",       "expand-extensions",
                                           "list-extensions", "list-plugins", "schema"};

std::string spelled(const Option& option) {
    auto text = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
    text += fmt::format("--{}", option.name);
    return option.value.name.empty() ? text : text + " " + std::string(option.value.name);
}

/// Two columns; the right one is broken at words.
std::string option_lines(const std::vector<Option>& options) {
    std::size_t left = 0;
    for (const auto& option : options) left = std::max(left, spelled(option).size());
    std::string text;
    for (const auto& option : options) {
        auto help = std::string(option.help);
        if (!option.choices.empty()) help += fmt::format(": {}", fmt::join(option.choices, ", "));
        auto line = fmt::format("  {:<{}}  ", spelled(option), left);
        const auto indent = line.size();
        while (indent + help.size() > width) {
            const auto space = help.rfind(' ', width - indent);
            if (space == std::string::npos) break;
            text += line + help.substr(0, space) + "\n";
            help.erase(0, space + 1);
            line.assign(indent, ' ');
        }
        text += line + help + "\n";
    }
    return text;
}

}  // namespace

Page page_of(std::string_view command) {
    auto file = std::string(command);
    std::ranges::replace(file, ' ', '_');
    const auto text = documentation(file);
    return {page_title(text), page_section(text, "Examples"), page_section(text, "Description"),
            page_section(text, "First steps")};
}

std::vector<FirstWord> first_words() {
    std::vector<FirstWord> words;
    for (const auto* command : commands()) {
        const auto space = command->name.find(' ');
        if (space == std::string_view::npos) {
            words.push_back({command->name, page_of(command->name).summary, {}});
            continue;
        }
        const auto first = command->name.substr(0, space);
        const auto second = command->name.substr(space + 1);
        const auto known = std::ranges::find(words, first, &FirstWord::word);
        if (known == words.end()) {
            words.push_back({first, std::string(second), {command}});
        } else {
            known->about += fmt::format(", {}", second);
            known->group.push_back(command);
        }
    }
    return words;
}

std::string command_help(const Subcommand& command) {
    const auto page = page_of(command.name);
    auto text = fmt::format("rockbuild {}: {}\n\nExamples:\n{}\n\n", command.name, page.summary, page.examples);
    text += fmt::format("Usage: rockbuild {}{}{}{}\n", command.name, command.options.empty() ? "" : " [OPTION…]",
                        command.usage.empty() ? "" : " ", command.usage);
    text += option_lines(command.options);
    text += "  and -q, -v, --verbosity, --progress, --color, -h, -V (see `rockbuild help`)\n\n";
    return text + page.description + "\n";
}

std::string general_help() {
    const auto page = page_of("help");
    auto text = fmt::format(
        "rockbuild builds rocks: OCI images with Pebble as entrypoint.\n\nExamples:\n{}\n\nCommands, each told by "
        "`rockbuild help NAME`:\n",
        page.first_steps);
    for (const auto& first : first_words())
        if (std::ranges::find(told_elsewhere, first.word) == std::end(told_elsewhere) &&
            std::ranges::find(only_named, first.word) == std::end(only_named))
            text += fmt::format("  {:<18} {}\n", first.word, first.about);
    text += fmt::format("  {}\n", fmt::join(only_named, ", "));
    std::vector<Option> options;
    for (const auto& option : common_options())
        if (option.name != "help" && option.name != "version") options.push_back(option);
    text += "\nOptions of every command, with -h and -V:\n" + option_lines(options);
    return text + "\n" + page.description + "\n";
}

}  // namespace rockbuild
