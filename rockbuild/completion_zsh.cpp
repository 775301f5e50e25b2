// The completion for zsh: one `_arguments` for each command, with what options and arguments are called.
#include "rockbuild/completion_scripts.hpp"
#include "rockbuild/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr std::string_view zsh_names = R"zsh(
# _rockbuild_names KIND WHAT: the names that the program itself tells, of the line as it is typed.
_rockbuild_names() {
    local -a names
    local line
    for line in ${(f)"$(_call_program $1 $rockbuild_program complete $1 ${(q)rockbuild_line} 2>/dev/null)"}; do
        names+=("${${line%%$'\t'*}//:/\\:}${${(M)line%$'\t'*}/$'\t'/:}")
    done
    _describe -t $1 $2 names
}
)zsh";

constexpr std::string_view zsh_start =
    R"zsh(    _arguments -C -s -S $every '1: :_rockbuild_commands' '*:: :->command' && ret=0
    [[ $state == command ]] || return ret
)zsh";

/// `text` without what ends it too early in a specification of _arguments or _describe.
std::string zsh_escaped(std::string_view text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (c == '\\' || special.find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

/// What a word is called where there is nothing to offer.
std::string_view what_it_is(Completes completes) {
    switch (completes) {
        case Completes::file:
            return "file";
        case Completes::folder:
            return "folder";
        case Completes::image:
            return "image";
        case Completes::part:
            return "part";
        case Completes::step:
            return "step";
        case Completes::platform:
            return "platform";
        case Completes::architecture:
            return "architecture";
        case Completes::container:
            return "container";
        case Completes::command:
            return "command";
        case Completes::error_code:
            return "code";
        case Completes::nothing:
            break;
    }
    return "argument";
}

/// ":MESSAGE:ACTION".
std::string zsh_action(std::string_view message, Completes completes, const std::vector<std::string_view>& choices) {
    const auto head = fmt::format(":{}:", zsh_escaped(message, ":"));
    if (!choices.empty()) return head + fmt::format("({})", fmt::join(choices, " "));
    if (const auto names = names_of(completes); !names.empty())
        return head + fmt::format(" _rockbuild_names {} {}", names, what_it_is(completes));
    switch (completes) {
        case Completes::file:
            return head + "_files";
        case Completes::folder:
            return head + "_files -/";
        case Completes::image:
            return head + "_files -g \"*.rock(-.)\"";
        default:
            return head + " ";
    }
}

/// One specification for each spelling; the spellings of an option that doesn't repeat exclude each other.
std::vector<std::string> zsh_option(const Option& option) {
    const auto name = fmt::format("--{}", option.name);
    const auto letter = option.letter == 0 ? "" : fmt::format("-{}", option.letter);
    std::string before = option.repeats ? "*" : letter.empty() ? "" : fmt::format("({} {})", letter, name);
    if (option.name == "help" || option.name == "version") before = "(- *)";
    auto after = fmt::format("[{}]", zsh_escaped(option.help, "[]"));
    const bool flag = option.value.name.empty();
    if (!flag) after += zsh_action(option.value.name, option.value.completes, option.choices);
    std::vector<std::string> all{before + name + (flag ? "" : "=") + after};
    if (!letter.empty()) all.push_back(before + letter + (flag ? "" : "+") + after);
    return all;
}

std::string zsh_options(const std::vector<Option>& options, std::string_view between) {
    std::string text;
    for (const auto& option : options)
        for (const auto& specification : zsh_option(option)) text += std::string(between) + in_quotes(specification);
    return text;
}

std::string zsh_arguments(const Subcommand& command) {
    constexpr std::string_view between = " \\\n                ";
    auto text = fmt::format("        {})\n            _arguments -s -S $every", in_quotes(command.name));
    text += zsh_options(command.options, between);
    const auto& known = command.positionals;
    for (std::size_t i = 0; i < known.size(); ++i) {
        const bool further =
            i + 1 == known.size() && command.most > known.size() && command.verbatim_from == Subcommand::never;
        text += between;
        text += in_quotes((further ? "*" : fmt::format("{}", i + 1)) +
                          zsh_action(what_it_is(known[i].completes), known[i].completes, known[i].choices));
    }
    // With two colons the options end here.
    if (command.verbatim_from != Subcommand::never) text += std::string(between) + "'*::argument: '";
    return text + " && ret=0\n            ;;\n";
}

/// Offers words with what they do.
std::string zsh_described(std::string_view what, const std::vector<std::pair<std::string_view, std::string>>& words,
                          std::string_view indent) {
    auto text = fmt::format("{}local -a words_here=(\n", indent);
    for (const auto& [word, about] : words)
        text += fmt::format("{}    {}\n", indent, in_quotes(fmt::format("{}:{}", word, about)));
    return text + fmt::format("{0})\n{0}_describe -t commands {1} words_here", indent, in_quotes(what));
}

/// Makes one word of a command's two, or offers the second.
std::string zsh_groups() {
    std::string text;
    for (const auto& first : first_words()) {
        if (first.group.empty()) continue;
        std::vector<std::pair<std::string_view, std::string>> words;
        for (const auto* command : first.group)
            words.emplace_back(command->name.substr(first.word.size() + 1), page_of(command->name).summary);
        text += fmt::format("    if [[ $words[1] == {} ]]; then\n        if ((CURRENT == 2)); then\n", first.word);
        text += zsh_described(fmt::format("rockbuild {} command", first.word), words, "            ");
        text +=
            "\n            return\n        fi\n        words[1,2]=\"$words[1] $words[2]\"\n        ((CURRENT--))\n    "
            "fi\n";
    }
    return text;
}

}  // namespace

std::string zsh_completion() {
    std::string text = "#compdef rockbuild\n# Completion of rockbuild for zsh, made by `rockbuild completion zsh`.\n";
    text += zsh_names;
    std::vector<std::pair<std::string_view, std::string>> words;
    for (const auto& first : first_words()) words.emplace_back(first.word, first.about);
    text += "\n_rockbuild_commands() {\n" + zsh_described("rockbuild command", words, "    ") + "\n}\n";
    text +=
        "\n_rockbuild() {\n    local curcontext=$curcontext state line ret=1\n    local -A opt_args\n"
        "    local rockbuild_program=$words[1]\n    local -a rockbuild_line=(\"${(@Q)words[1,CURRENT-1]}\")\n"
        "    local -a every=(";
    text += zsh_options(common_options(), "\n        ") + "\n    )\n";
    text += zsh_start;
    text += zsh_groups();
    text += "    curcontext=\"${curcontext%:*:*}:rockbuild-${words[1]// /-}:\"\n    case $words[1] in\n";
    for (const auto* command : commands()) text += zsh_arguments(*command);
    text += "    esac\n    return ret\n}\n";
    return text +
           "\n# Called by the completion system, or read by `source`.\n"
           "if [[ $funcstack[1] == _rockbuild ]]; then _rockbuild \"$@\"; else compdef _rockbuild rockbuild; fi\n";
}

}  // namespace rockbuild
