// The completion for fish: one `complete` for each word that may be typed, with the place where it may.
#include "rockbuild/completion_scripts.hpp"
#include "rockbuild/fish_walk.hpp"
#include "rockbuild/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rockbuild {

namespace {

std::string fish_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

/// The words of `complete` that say what is offered; nothing for a word of which nothing is known.
std::string fish_offer(Completes completes, const std::vector<std::string_view>& choices) {
    if (!choices.empty()) return fmt::format(" -a {}", fish_quoted(fmt::format("{}", fmt::join(choices, " "))));
    if (const auto names = names_of(completes); !names.empty())
        return fmt::format(" -a '(__rockbuild_names {})'", names);
    switch (completes) {
        case Completes::file:
            return " -F";
        case Completes::folder:
            return " -a '(__fish_complete_directories (__rockbuild_typed))'";
        case Completes::image:
            return " -k -a '(__fish_complete_suffix (__rockbuild_typed) .rock)'";
        default:
            return {};
    }
}

/// A line for each option. No command: those of all.
std::string fish_options(std::string_view command, const std::vector<Option>& options) {
    std::string text;
    for (const auto& option : options) {
        const auto condition =
            command.empty() ? "__rockbuild_in" : fmt::format("__rockbuild_in {}", fish_quoted(command));
        text += fmt::format("complete -c rockbuild -n \"{}\" -l {}", condition, option.name);
        if (option.letter != 0) text += fmt::format(" -s {}", option.letter);
        text += fmt::format(" -d {}", fish_quoted(option.help));
        if (!option.value.name.empty())
            text += (option.value.completes == Completes::file ? " -r" : " -x") +
                    fish_offer(option.value.completes, option.choices);
        text += "\n";
    }
    return text;
}

std::string fish_argument(std::string_view command, std::size_t index, std::string_view more) {
    return fmt::format("complete -c rockbuild -n \"__rockbuild_at {} {}{}\"", fish_quoted(command), index, more);
}

std::string fish_arguments(const Subcommand& command) {
    std::string text;
    const auto& known = command.positionals;
    for (std::size_t i = 0; i < known.size(); ++i) {
        const auto offer = fish_offer(known[i].completes, known[i].choices);
        const bool further = i + 1 == known.size() && command.most > known.size();
        if (!offer.empty()) text += fish_argument(command.name, i, further ? " further" : "") + offer + "\n";
    }
    return text;
}

std::string fish_words() {
    std::string text;
    for (const auto& first : first_words()) {
        text += fish_argument("", 0, "") + fmt::format(" -a {} -d {}\n", first.word, fish_quoted(first.about));
        for (const auto* command : first.group)
            text += fish_argument(first.word, 0, "") + fmt::format(" -a {} -d {}\n",
                                                                   command->name.substr(first.word.size() + 1),
                                                                   fish_quoted(page_of(command->name).summary));
    }
    return text;
}

/// A function that is true for these words; they may hold a `*`.
std::string fish_test(std::string_view comment, std::string_view name, const std::vector<std::string>& words) {
    auto text = fmt::format("\n# {}\nfunction {}\n    switch $argv[1]\n        case", comment, name);
    for (const auto& word : words) text += " " + fish_quoted(word);
    return text + "\n            return 0\n    end\n    return 1\nend\n";
}

std::string fish_tests() {
    std::vector<std::string> with_value;
    for (const auto& option : common_options())
        if (!option.value.name.empty()) with_value.push_back(fmt::format("* --{}", option.name));
    std::vector<std::string> unfinished{""};
    std::vector<std::string> verbatim;
    for (const auto* command : commands()) {
        for (const auto& option : command->options) {
            if (option.value.name.empty()) continue;
            with_value.push_back(fmt::format("{} --{}", command->name, option.name));
            if (option.letter != 0) with_value.push_back(fmt::format("{} -{}", command->name, option.letter));
        }
        if (command->verbatim_from != Subcommand::never)
            verbatim.push_back(fmt::format("{} {}", command->name, command->verbatim_from));
    }
    for (const auto& first : first_words())
        if (!first.group.empty()) unfinished.emplace_back(first.word);
    return fish_test("True where the value of \"COMMAND OPTION\" is the next word.", "__rockbuild_takes_value",
                     with_value) +
           fish_test("True where the next word belongs to the command's name.", "__rockbuild_wants_word", unfinished) +
           fish_test("True where all is taken as it stands from the argument \"COMMAND N\" on.",
                     "__rockbuild_is_verbatim", verbatim);
}

}  // namespace

std::string fish_completion() {
    std::string text = "# Completion of rockbuild for fish, made by `rockbuild completion fish`.\n";
    text += fish_tests();
    text += fish_walk;
    text += fish_words() + fish_options({}, common_options());
    for (const auto* command : commands())
        text += fish_options(command->name, command->options) + fish_arguments(*command);
    return text;
}

}  // namespace rockbuild
