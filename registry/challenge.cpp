#include "registry/challenge.hpp"

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

bool is_token_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    void skip() { rest_.remove_prefix(rest_.empty() ? 0 : 1); }
    void skip_space() {
        while (peek() == ' ' || peek() == '\t') skip();
    }
    void skip_separators() {
        while (peek() == ' ' || peek() == '\t' || peek() == ',') skip();
    }
    std::string token() {
        std::string text;
        while (!at_end() && is_token_char(peek())) {
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
            skip();
        }
        return text;
    }
    std::string value() {
        std::string text;
        if (peek() != '"') {
            for (; !at_end() && peek() != ',' && peek() != ' ' && peek() != '\t'; skip()) text += peek();
            return text;
        }
        skip();
        for (; !at_end() && peek() != '"'; skip()) {
            if (peek() == '\\') skip();
            if (!at_end()) text += peek();
        }
        skip();
        return text;
    }

private:
    std::string_view rest_;
};

}  // namespace

std::vector<Challenge> read_challenges(std::string_view header) {
    std::vector<Challenge> challenges;
    Reader reader(header);
    for (;;) {
        reader.skip_separators();
        if (reader.at_end()) return challenges;
        auto word = reader.token();
        if (word.empty()) {  // not a word: nothing that could be meant
            reader.skip();
            continue;
        }
        reader.skip_space();
        if (reader.peek() == '=') {
            reader.skip();
            reader.skip_space();
            auto value = reader.value();
            if (!challenges.empty()) challenges.back().parameters.emplace(std::move(word), std::move(value));
        } else {
            challenges.push_back({std::move(word), {}});
        }
    }
}

}  // namespace rockbuild
