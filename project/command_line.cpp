// The words of a service's command: POSIX quoting without expansion, then one optional group of arguments in brackets.
#include "project/project.hpp"

#include <utility>

namespace rockbuild {

namespace {

/// Words as a shell splits them: quotes and backslashes, nothing else. The message of what is wrong goes to `error`.
std::optional<std::vector<std::string>> split_words(const std::string& text, std::string& error) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == '\'') {
            if (c == '\'') quote = 0;
            else word += c;
        } else if (quote == '"') {
            if (c == '"') quote = 0;
            else if (c == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) word += text[++i];
            else word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (c == '\\') {
            if (i + 1 == text.size()) {
                error = "it ends with a backslash";
                return std::nullopt;
            }
            word += text[++i];
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            if (in_word) words.push_back(std::exchange(word, {}));
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != 0) {
        error = std::string("a quote ") + quote + " is not closed";
        return std::nullopt;
    }
    if (in_word) words.push_back(std::move(word));
    return words;
}

}  // namespace

std::optional<CommandLine> group_arguments(const std::vector<std::string>& words, std::string& error) {
    CommandLine line;
    bool closed = false;
    for (const auto& word : words) {
        if (closed) {
            error = "nothing may follow the ']' of the arguments";
            return std::nullopt;
        }
        if (word == "[") {
            if (line.arguments) {
                error = "'[' inside '[ ]'";
                return std::nullopt;
            }
            line.arguments.emplace();
        } else if (word == "]") {
            if (!line.arguments) {
                error = "']' without '[' before it";
                return std::nullopt;
            }
            closed = true;
        } else {
            (line.arguments ? *line.arguments : line.words).push_back(word);
        }
    }
    if (line.arguments && line.arguments->empty() && !closed) line.arguments.reset();  // as upstream counts a last '['
    return line;
}

std::optional<CommandLine> split_command(const std::string& text, std::string& error) {
    const auto words = split_words(text, error);
    return words ? group_arguments(*words, error) : std::nullopt;
}

}  // namespace rockbuild
