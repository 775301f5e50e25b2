// Words as Pebble splits them. Where it differs from a shell: within double quotes a backslash escapes every character.
#include "pebble/command.hpp"

#include "project/project.hpp"

#include <utility>

namespace rockbuild {

namespace {

class WordSplitter {
public:
    explicit WordSplitter(std::string_view text) : text_(text) {}

    std::optional<PebbleCommand> split(std::string& problem) {
        for (; at_ < text_.size(); ++at_)
            if (!take(text_[at_])) break;
        if (escaped_) problem = "it ends with a backslash";
        else if (quote_ != 0) problem = std::string("a quote ") + quote_ + " is not closed";
        if (escaped_ || quote_ != 0) return std::nullopt;
        end_word();
        return std::move(result_);
    }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    void add(char c) {
        word_ += c;
        in_word_ = true;
    }

    void end_word() {
        if (in_word_) result_.words.push_back(std::exchange(word_, {}));
        in_word_ = false;
    }

    /// False at the end, which is where a comment on the last line begins.
    bool take(char c) {
        if (std::exchange(escaped_, false)) {
            add(c);
        } else if (c == '\\' && quote_ != '\'') {
            escaped_ = true;
        } else if (quote_ != 0) {
            if (c == quote_) quote_ = 0;
            else add(c);
        } else if (c == '\'' || c == '"') {
            quote_ = c;
            in_word_ = true;
        } else if (is_blank(c)) {
            end_word();
        } else if (c == '#' && !in_word_) {
            result_.comment = true;
            at_ = text_.find('\n', at_);
            return at_ != std::string_view::npos;
        } else {
            add(c);
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    PebbleCommand result_;
    std::string word_;
    bool in_word_ = false;
    bool escaped_ = false;
    char quote_ = 0;
};

}  // namespace

std::optional<PebbleCommand> split_pebble_words(std::string_view text, std::string& problem) {
    return WordSplitter(text).split(problem);
}

std::optional<PebbleCommand> parse_pebble_command(std::string_view text, std::string& problem) {
    auto command = split_pebble_words(text, problem);
    if (!command) return std::nullopt;
    auto line = group_arguments(command->words, problem);
    if (!line) return std::nullopt;
    const bool grouped = line->words.size() != command->words.size();
    if (grouped && line->words.empty()) {
        problem = "it begins with '[', and names no program";
        return std::nullopt;
    }
    command->unclosed = grouped && command->words.back() != "]";
    command->words = std::move(line->words);
    command->arguments = std::move(line->arguments);
    return command;
}

}  // namespace rockbuild
