#include "rockbuild/typed_line.hpp"

#include "rockbuild/command_line.hpp"

#include <string_view>

namespace rockbuild {

namespace {

const Option* option_named(const Subcommand* command, std::string_view name, char letter) {
    for (const auto* option : options_of(command))
        if ((!name.empty() && option->name == name) || (letter != 0 && option->letter == letter)) return option;
    return nullptr;
}

/// An option in a word: which, and its value if that stands in the same word.
struct TypedOption {
    const Option* option = nullptr;  // of a cluster: the one that takes a value, else the last
    std::optional<std::string> value;
};

TypedOption typed_option(const Subcommand* command, const std::string& word) {
    if (word.starts_with("--")) {
        const auto equals = word.find('=');
        TypedOption typed{option_named(command, word.substr(2, equals == std::string::npos ? equals : equals - 2), 0)};
        if (equals != std::string::npos) typed.value = word.substr(equals + 1);
        return typed;
    }
    TypedOption typed;
    for (std::size_t i = 1; i < word.size(); ++i) {
        typed.option = option_named(command, {}, word[i]);
        if (typed.option == nullptr || typed.option->value.name.empty()) continue;
        if (i + 1 < word.size()) typed.value = word.substr(i + 1);
        break;
    }
    return typed;
}

}  // namespace

TypedLine typed_line(const std::vector<std::string>& words) {
    TypedLine line;
    bool options_ended = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto& word = words[i];
        if (!options_ended && word == "--") {
            options_ended = true;
        } else if (!options_ended && word.size() > 1 && word[0] == '-') {
            auto typed = typed_option(line.command, word);
            if (typed.option == nullptr || typed.option->value.name.empty()) continue;
            if (!typed.value && i + 1 < words.size()) typed.value = words[++i];
            if (typed.option->name == "file") line.file = typed.value;
        } else if (line.command != nullptr) {
            line.positional.push_back(word);
        } else {
            auto name = word;
            if (is_command_group(word) && i + 1 < words.size()) name += " " + words[++i];
            const auto command = find_command(name);
            if (!command) return line;
            line.command = *command;
        }
    }
    return line;
}

}  // namespace rockbuild
