// Two small machines: a reader of words that knows what lies in strings, brackets and comments, and a reader of
// statements that looks at the words of one line of the language at a time. Only lines that begin at the margin count;
// what follows `if`, `class` and the like on the same line belongs to their blocks.
#include "project/extensions/python_source.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace rockbuild {

namespace {

constexpr int deepest_text = 50;  // f-strings within f-strings; Python itself stops earlier

bool is_word_begin(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }
bool is_word(char c) { return is_word_begin(c) || (c >= '0' && c <= '9'); }

struct Word {
    enum class Kind : std::uint8_t { name, other, opening, closing, line_end, end } kind = Kind::end;
    std::string_view text;
};

class Words {
public:
    explicit Words(std::string_view source) : source_(source) {
        if (source_.starts_with("\xef\xbb\xbf")) at_ = 3;
    }

    /// The next word; line ends within brackets are none.
    Word next() {
        while (at_ < source_.size()) {
            const auto c = source_[at_];
            if (c == '\n' || c == '\r') {
                new_line();
                if (!brackets_.empty()) continue;
                return {Word::Kind::line_end, {}};
            }
            if (c == '#') {
                skip_comment();
            } else if (c == '\\' && at_ + 1 < source_.size() &&
                       (source_[at_ + 1] == '\n' || source_[at_ + 1] == '\r')) {
                ++at_;
                new_line();
            } else if (c == ' ' || c == '\t' || c == '\f') {
                ++at_;
            } else {
                return word();
            }
        }
        return {Word::Kind::end, {}};
    }

    /// Does the line whose words come next begin at the margin?
    bool at_margin() const { return at_ >= source_.size() || (source_[at_] != ' ' && source_[at_] != '\t'); }
    /// Blanks before the words that come next, which stand at the begin of a line.
    std::size_t indentation() const {
        const auto first = source_.find_first_not_of(" \t", at_);
        return (first == std::string_view::npos ? source_.size() : first) - std::min(at_, source_.size());
    }
    std::uint32_t line() const { return line_; }
    std::size_t depth() const { return brackets_.size(); }
    std::optional<std::uint32_t> never_closed() const {
        return brackets_.empty() ? open_text_ : std::optional(brackets_.front());
    }

private:
    char peek(std::size_t ahead) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

    void new_line() {
        at_ += source_.substr(at_).starts_with("\r\n") ? 2 : 1;
        ++line_;
    }

    void skip_comment() {
        while (at_ < source_.size() && source_[at_] != '\n' && source_[at_] != '\r') ++at_;
    }

    Word word() {
        const auto begin = at_;
        const auto c = source_[at_];
        const auto text = [&] { return source_.substr(begin, at_ - begin); };
        if (c == '"' || c == '\'') {
            skip_text(false, 0);
            return {Word::Kind::other, {}};
        }
        if (is_word_begin(c)) {
            while (at_ < source_.size() && is_word(source_[at_])) ++at_;
            if ((peek(0) == '"' || peek(0) == '\'') && is_prefix(text())) {
                skip_text(is_formatted(text()), 0);
                return {Word::Kind::other, {}};
            }
            return {Word::Kind::name, text()};
        }
        if (c >= '0' && c <= '9') {
            while (at_ < source_.size() && (is_word(source_[at_]) || source_[at_] == '.')) ++at_;
            return {Word::Kind::other, text()};
        }
        if (c == '(' || c == '[' || c == '{') {
            ++at_;
            brackets_.push_back(line_);
            return {Word::Kind::opening, text()};
        }
        if (c == ')' || c == ']' || c == '}') {
            ++at_;
            if (!brackets_.empty()) brackets_.pop_back();
            return {Word::Kind::closing, text()};
        }
        at_ += operator_length();
        return {Word::Kind::other, text()};
    }

    /// `=` alone is what matters: it is no part of a longer operator.
    std::size_t operator_length() const {
        static constexpr std::string_view before_equals = "=!<>+-*/%&|^@:";
        const auto c = peek(0);
        if (before_equals.find(c) == std::string_view::npos) return 1;
        if (peek(1) == '=') return 2;
        return (c == '*' || c == '/' || c == '<' || c == '>') && peek(1) == c ? (peek(2) == '=' ? 3 : 2) : 1;
    }

    static std::string lower(std::string_view text) {
        std::string small(text);
        std::ranges::transform(small, small.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return small;
    }
    static bool is_prefix(std::string_view text) {
        static constexpr std::string_view known[] = {"r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"};
        return text.size() <= 2 && std::ranges::find(known, lower(text)) != std::end(known);
    }
    static bool is_formatted(std::string_view prefix) { return prefix.find_first_of("fFtT") != std::string_view::npos; }

    /// From the first quote on. A backslash takes the next character with it, in raw texts too.
    void skip_text(bool formatted, int depth) {
        const auto begin = line_;
        const auto quote = source_[at_];
        const bool triple = peek(1) == quote && peek(2) == quote;
        at_ += triple ? 3 : 1;
        while (at_ < source_.size()) {
            const auto c = source_[at_];
            if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
                at_ += triple ? 3 : 1;
                return;
            }
            if (c == '\n' || c == '\r') {
                if (!triple) return;  // the line is broken; the next one may be right
                new_line();
            } else if (c == '\\' && at_ + 1 < source_.size()) {
                ++at_;
                if (source_[at_] == '\n' || source_[at_] == '\r') new_line();
                else ++at_;
            } else if (formatted && c == '{' && peek(1) != '{' && depth < deepest_text) {
                ++at_;
                skip_field(depth + 1);
            } else {
                at_ += formatted && c == '{' && peek(1) == '{' ? 2 : 1;
            }
        }
        if (!open_text_) open_text_ = begin;
    }

    /// Of an f-string: an expression, with texts of its own, and after `:` a format, with fields of its own.
    void skip_field(int depth) {
        std::size_t brackets = 0;
        bool format = false;
        while (at_ < source_.size()) {
            const auto c = source_[at_];
            if (c == '\n' || c == '\r') {
                new_line();
            } else if (format) {
                ++at_;
                if (c == '}') return;
                if (c == '{' && depth < deepest_text) skip_field(depth + 1);
            } else if (c == '"' || c == '\'') {
                skip_text(ends_formatted_prefix(), depth);
            } else if (c == '#') {
                skip_comment();
            } else {
                ++at_;
                if (c == '(' || c == '[' || c == '{') ++brackets;
                else if ((c == ')' || c == ']' || c == '}') && brackets > 0) --brackets;
                else if (c == '}') return;
                else if (c == ':' && brackets == 0) format = true;
            }
        }
    }

    /// Is the word before this quote the prefix of an f-string?
    bool ends_formatted_prefix() const {
        auto begin = at_;
        while (begin > 0 && at_ - begin < 3 && is_word(source_[begin - 1])) --begin;
        const auto word = source_.substr(begin, at_ - begin);
        return is_prefix(word) && is_formatted(word);
    }

    std::string_view source_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::vector<std::uint32_t> brackets_;  // the lines where they were opened
    std::optional<std::uint32_t> open_text_;
};

/// Whose names are names of the file all the same.
bool is_open_block(std::string_view word) {
    static constexpr std::string_view words[] = {"if",   "elif", "else",   "for",    "while",
                                                 "with", "try",  "except", "finally"};
    return std::ranges::find(words, word) != std::end(words);
}

bool is_compound(std::string_view word) {
    static constexpr std::string_view words[] = {"if",  "elif",   "else",    "for",   "while", "with",
                                                 "try", "except", "finally", "class", "def",   "async"};
    return std::ranges::find(words, word) != std::end(words);
}

/// One statement, word by word.
class Statement {
public:
    explicit Statement(PythonNames& names) : names_(&names) {}

    void take(const Word& word, std::size_t depth, std::uint32_t line) {
        if (first_) {
            first_ = false;
            line_ = line;
            opens_ = word.kind == Word::Kind::name && is_open_block(word.text);
            kind_ = word.kind != Word::Kind::name ? Kind::expression
                    : word.text == "from"         ? Kind::from
                    : word.text == "def"          ? Kind::function
                    : is_compound(word.text)      ? Kind::block
                                                  : Kind::expression;
            if (kind_ != Kind::expression) return;
        }
        switch (kind_) {
            case Kind::function:
                if (word.kind == Word::Kind::name) names_->functions.emplace(word.text);
                kind_ = Kind::block;
                return;
            case Kind::from:
                return take_import(word);
            case Kind::expression:
                return take_target(word, depth);
            case Kind::block:
                return;
        }
    }

    bool is_empty() const { return first_; }
    /// Does a block begin here whose names are the file's?
    bool opens_block() const { return !first_ && opens_; }

    /// `;` ends a statement, but not the block that begins on this line.
    bool is_block() const { return !first_ && kind_ == Kind::block; }

    void end() {
        if (kind_ == Kind::from && !first_) end_import();
        *this = Statement(*names_);
    }

private:
    enum class Kind : std::uint8_t { expression, from, function, block };

    void take_import(const Word& word) {
        if (!imports_) {
            imports_ = word.kind == Word::Kind::name && word.text == "import";
        } else if (word.kind == Word::Kind::name) {
            name_ = word.text;  // of `b as x`, the last
        } else if (word.kind == Word::Kind::other && word.text == ",") {
            end_import();
        }
    }

    void end_import() {
        if (imports_ && !name_.empty()) names_->variables.emplace(name_);
        name_ = {};
    }

    /// Between two `=` stands a target; it counts if it is a single name. The value comes last and is never ended.
    void take_target(const Word& word, std::size_t depth) {
        if (depth == 0 && word.text == "=") {
            if (!typed_.empty()) miss(NearMiss::Kind::typed, typed_);
            else if (words_ == 1 && !name_.empty()) names_->variables.emplace(name_);
            else
                for (const auto name : several_) miss(NearMiss::Kind::several, name);
            words_ = 0;
            name_ = typed_ = {};
            several_.clear();
            may_begin_ = true;
            return;
        }
        if (depth == 0 && word.text == ":" && words_ == 1) typed_ = name_;
        take_one_of_several(word);
        if (word.text != "(" && word.text != ")") {
            ++words_;
            if (word.kind == Word::Kind::name) name_ = word.text;
        }
    }

    /// A name between brackets and commas, and nothing else, is a target; `x.y` and `x[y]` bind no name.
    void take_one_of_several(const Word& word) {
        if (word.text == "," || (may_begin_ && (word.text == "(" || word.text == "[" || word.text == "*"))) {
            may_begin_ = true;
        } else if (word.kind == Word::Kind::name && may_begin_) {
            several_.push_back(word.text);
            may_begin_ = false;
        } else if (word.kind != Word::Kind::closing) {
            if (!several_.empty() && !may_begin_) several_.pop_back();
            may_begin_ = false;
        }
    }

    void miss(NearMiss::Kind kind, std::string_view name) {
        names_->near_misses.push_back({kind, std::string(name), line_});
    }

    PythonNames* names_;
    bool first_ = true;
    Kind kind_ = Kind::expression;
    bool imports_ = false;  // the word `import` has been there
    std::string_view name_;
    std::size_t words_ = 0;
    std::uint32_t line_ = 0;
    bool opens_ = false;
    std::string_view typed_;                 // a name with a `:` behind it
    std::vector<std::string_view> several_;  // names that one `=` may bind together
    bool may_begin_ = true;                  // the next word may be one of them
};

/// The lines of a block whose names are the file's; what is bound in there doesn't count, but may have been meant.
class BlockLines {
public:
    explicit BlockLines(PythonNames& names) : found_(&names), statement_(inner_) {}

    void begin_line(std::size_t indentation) {
        // Within a function or a class names are others'.
        if (hidden_ && indentation <= *hidden_) hidden_.reset();
        indentation_ = indentation;
        first_ = true;
    }
    void take(const Word& word, std::size_t depth, std::uint32_t line) {
        if (hidden_) return;
        if (first_) {
            line_ = line;
            if (word.text == "def" || word.text == "class" || word.text == "async") {
                hidden_ = indentation_;
                return;
            }
        }
        first_ = false;
        statement_.take(word, depth, line);
    }
    void end_line() {
        statement_.end();
        for (const auto& name : inner_.variables) found_->near_misses.push_back({NearMiss::Kind::block, name, line_});
        inner_ = {};
    }

private:
    PythonNames* found_;
    PythonNames inner_;
    Statement statement_;
    std::optional<std::size_t> hidden_;
    std::size_t indentation_ = 0;
    std::uint32_t line_ = 0;
    bool first_ = true;
};

}  // namespace

PythonNames top_level_names(std::string_view source) {
    PythonNames names;
    Words words(source);
    Statement statement(names);
    BlockLines block(names);
    bool margin = words.at_margin();
    bool open = false;  // the lines that aren't at the margin are of a block whose names are the file's
    for (auto word = words.next(); word.kind != Word::Kind::end; word = words.next()) {
        if (word.kind == Word::Kind::line_end) {
            if (margin && !statement.is_empty()) open = statement.opens_block();
            statement.end();
            block.end_line();
            margin = words.at_margin();
            if (!margin) block.begin_line(words.indentation());
        } else if (margin && word.text == ";" && !statement.is_block()) {
            statement.end();
        } else if (margin) {
            statement.take(word, words.depth(), words.line());
        } else if (open) {
            block.take(word, words.depth(), words.line());
        }
    }
    statement.end();
    block.end_line();
    names.never_closed = words.never_closed();
    return names;
}

}  // namespace rockbuild
