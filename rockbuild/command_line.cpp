// cxxopts does the parsing, here and nowhere else. It can't stop at a command's name or at somebody else's command
// line, and its errors don't name the option: so the line is cut, and every name looked up, before it is asked.
#include "rockbuild/command_line.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <utility>

namespace rockbuild {

namespace {

using Words = std::vector<std::string>;

std::unexpected<Diagnostic> usage_error(const char* code, std::string message, const Subcommand* command) {
    return fail(code, std::move(message),
                command == nullptr ? "`rockbuild help` lists the commands"
                                   : fmt::format("`rockbuild {} --help` shows how it is called", command->name),
                ExitCode::usage);
}

Result<const Option*> find_long(const Subcommand* command, const std::string& name) {
    Words names;
    for (const auto* option : options_of(command)) {
        if (option->name == name) return option;
        names.push_back("--" + std::string(option->name));
    }
    auto error = usage_error("RB1101",
                             command == nullptr ? fmt::format("no option '--{}'", name)
                                                : fmt::format("'{}' has no option '--{}'", command->name, name),
                             command);
    error.error().suggestions = suggestions("--" + name, names);
    return error;
}

Result<const Option*> find_letter(const Subcommand* command, char letter) {
    for (const auto* option : options_of(command))
        if (option->letter == letter) return option;
    return usage_error("RB1101",
                       command == nullptr ? fmt::format("no option '-{}'", letter)
                                          : fmt::format("'{}' has no option '-{}'", command->name, letter),
                       command);
}

std::unexpected<Diagnostic> value_missing(const Subcommand& command, const Option& option) {
    return usage_error("RB1102", fmt::format("the option '--{}' needs a value ({})", option.name, option.value.name),
                       &command);
}

/// Looks up every option of `words` and finds where the command's own part of the line ends: what follows is verbatim.
Result<std::size_t> check_names(const Subcommand& command, const Words& words) {
    std::size_t positional = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "--") return words.size();
        bool takes_next = false;
        const Option* last = nullptr;
        if (word.starts_with("--")) {
            const auto equals = word.find('=');
            last = TRY(find_long(&command, word.substr(2, equals == std::string::npos ? equals : equals - 2)));
            if (last->value.name.empty() && equals != std::string::npos)
                return usage_error("RB1102", fmt::format("the option '--{}' takes no value", last->name), &command);
            takes_next = !last->value.name.empty() && equals == std::string::npos;
        } else if (word.size() > 1 && word[0] == '-') {
            for (std::size_t k = 1; k < word.size(); ++k) {
                last = TRY(find_letter(&command, word[k]));
                if (last->value.name.empty()) continue;
                takes_next = k + 1 == word.size();
                break;
            }
        } else if (positional++ == command.verbatim_from) {
            return i;
        }
        if (takes_next && ++i >= words.size()) return value_missing(command, *last);
    }
    return words.size();
}

Result<void> check_values(const Subcommand& command, const Arguments& arguments) {
    for (const auto* option : options_of(&command)) {
        const auto name = std::string(option->name);
        const auto values = arguments.values(name);
        if (values.size() > 1 && !option->repeats && !option->value.name.empty())
            return usage_error("RB1104", fmt::format("the option '--{}' is given {} times", name, values.size()),
                               &command);
        if (option->choices.empty()) continue;
        for (const auto& value : values)
            if (std::find(option->choices.begin(), option->choices.end(), value) == option->choices.end()) {
                auto error = usage_error(
                    "RB1102",
                    fmt::format("'--{}' can't be '{}': it is one of {}", name, value, fmt::join(option->choices, ", ")),
                    &command);
                error.error().suggestions = suggestions(value, {option->choices.begin(), option->choices.end()});
                return error;
            }
    }
    if (arguments.positional.size() < command.least)
        return usage_error("RB1103", fmt::format("'{}' needs more: {}", command.name, command.usage), &command);
    if (arguments.positional.size() > command.most)
        return usage_error(
            "RB1103",
            fmt::format("'{}' doesn't know what to do with '{}'", command.name, arguments.positional[command.most]),
            &command);
    return {};
}

Result<Arguments> parse(const Subcommand& command, const Words& words) {
    const auto end = TRY(check_names(command, words));
    Arguments arguments;
    try {
        cxxopts::Options options(std::string(command.name));
        auto add = options.add_options();
        for (const auto* option : options_of(&command)) {
            const auto spelling =
                option->letter == 0 ? std::string(option->name) : fmt::format("{},{}", option->letter, option->name);
            if (option->value.name.empty()) add(spelling, "");
            else add(spelling, "", cxxopts::value<Words>());
        }
        add("positional-arguments", "", cxxopts::value<Words>());
        options.parse_positional("positional-arguments");
        std::vector<const char*> pointers{"rockbuild"};
        for (std::size_t i = 0; i < end; ++i) pointers.push_back(words[i].c_str());
        const auto result = options.parse(static_cast<int>(pointers.size()), pointers.data());
        // The raw list: a value that holds a comma stays one value.
        for (const auto& pair : result.arguments()) {
            if (pair.key() == "positional-arguments") arguments.positional.push_back(pair.value());
            else arguments.options[pair.key()].push_back(pair.value());
        }
    } catch (const std::exception& error) {
        return usage_error("RB1102", error.what(), &command);
    }
    arguments.positional.insert(arguments.positional.end(), words.begin() + static_cast<std::ptrdiff_t>(end),
                                words.end());
    // Help is given whatever else is wrong.
    if (!arguments.has("help")) TRY_VOID(check_values(command, arguments));
    return arguments;
}

}  // namespace

std::vector<const Option*> options_of(const Subcommand* command) {
    std::vector<const Option*> options;
    if (command != nullptr)
        for (const auto& option : command->options) options.push_back(&option);
    for (const auto& option : common_options()) options.push_back(&option);
    return options;
}

bool is_command_group(std::string_view word) {
    return std::ranges::any_of(commands(), [&](const Subcommand* command) {
        return command->name.size() > word.size() && command->name.starts_with(word) &&
               command->name[word.size()] == ' ';
    });
}

Result<const Subcommand*> find_command(std::string_view name) {
    Words names;
    for (const auto* command : commands()) {
        if (command->name == name) return command;
        names.emplace_back(command->name);
    }
    for (const auto* command : hidden_commands())
        if (command->name == name) return command;
    auto error = usage_error("RB1100", fmt::format("no command '{}'", name), nullptr);
    error.error().suggestions = suggestions(name, names);
    if (is_command_group(name)) {
        error.error().message = fmt::format("'{}' alone is no command", name);
        std::erase_if(names, [&](const std::string& other) { return !other.starts_with(std::string(name) + " "); });
        error.error().suggestions = names;
    }
    return error;
}

Result<Invocation> read_command_line(const std::vector<std::string>& words) {
    Words own;
    std::size_t i = 0;
    for (; i < words.size() && words[i].starts_with("-"); ++i) {
        const auto& word = words[i];
        if (word.starts_with("--")) {
            const auto equals = word.find('=');
            const auto* option =
                TRY(find_long(nullptr, word.substr(2, equals == std::string::npos ? equals : equals - 2)));
            if (!option->value.name.empty() && equals == std::string::npos)
                return usage_error("RB1102",
                                   fmt::format("before the command, write --{}={}", option->name, option->value.name),
                                   nullptr);
        } else {
            for (const char letter : word.substr(1)) TRY(find_letter(nullptr, letter));
        }
        own.push_back(word);
    }
    if (i == words.size()) {
        Invocation line;
        for (const auto& word : own) {
            if (word == "-h" || word == "--help") line.command = TRY(find_command("help"));
            if (word == "-V" || word == "--version") line.command = TRY(find_command("version"));
        }
        return line;
    }
    auto name = words[i++];
    if (is_command_group(name) && i < words.size() && !words[i].starts_with('-')) name += " " + words[i++];
    const auto* command = TRY(find_command(name));
    own.insert(own.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
    return Invocation{command, TRY(parse(*command, own))};
}

}  // namespace rockbuild
