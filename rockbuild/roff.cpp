#include "rockbuild/roff.hpp"

#include "rockbuild/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace rockbuild {

namespace {

/// Calls `each` with every line of `text`.
void for_lines(std::string_view text, const std::function<void(std::string_view)>& each) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        each(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

/// A line that begins with a dot or a quote would be a request.
std::string roff_line(const std::string& line) {
    return line.starts_with('.') || line.starts_with("\\(aq") ? "\\&" + line + "\n" : line + "\n";
}

/// A backtick begins what is bold, or ends it.
std::string bold_between_ticks(std::string_view word, bool& bold) {
    std::string roff;
    for (auto tick = word.find('`'); tick != std::string_view::npos; tick = word.find('`')) {
        roff += roff_text(word.substr(0, tick)) + (bold ? "\\fR" : "\\fB");
        bold = !bold;
        word.remove_prefix(tick + 1);
    }
    return roff + roff_text(word);
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string roff_text(std::string_view text) {
    std::string roff;
    while (!text.empty()) {
        const auto character = first_character(text);
        text.remove_prefix(character.bytes);
        switch (character.code) {
            case U'\\':
                roff += "\\e";
                break;
            case U'-':
                roff += "\\-";
                break;
            case U'\'':
                roff += "\\(aq";
                break;
            case U'"':
                roff += "\\(dq";
                break;
            case U'`':
                roff += "\\(ga";
                break;
            case U'^':
                roff += "\\(ha";
                break;
            case U'~':
                roff += "\\(ti";
                break;
            default:
                if (character.code < 0x80) roff += static_cast<char>(character.code);
                else roff += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(character.code));
        }
    }
    return roff;
}

std::string roff_argument(std::string_view text) { return "\"" + roff_text(text) + "\""; }

std::string roff_paragraphs(std::string_view text) {
    constexpr std::size_t width = 78;
    std::string roff;
    std::string line;
    bool bold = false;
    const auto end_line = [&] {
        if (!line.empty()) roff += roff_line(line);
        line.clear();
    };
    for_lines(text, [&](std::string_view rest) {
        if (rest.empty()) {
            end_line();
            roff += ".PP\n";
        }
        while (!rest.empty()) {
            const auto word = bold_between_ticks(rest.substr(0, rest.find(' ')), bold);
            rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
            if (word.empty()) continue;
            if (line.size() + word.size() >= width) end_line();
            line += (line.empty() ? "" : " ") + word;
        }
    });
    end_line();
    return roff;
}

std::string roff_example(std::string_view text) {
    constexpr std::string_view indent = "    ";
    std::string roff = ".nf\n";
    for_lines(text, [&](std::string_view line) {
        if (line.starts_with(indent)) line.remove_prefix(indent.size());
        roff += roff_line(roff_text(line));
    });
    return roff + ".fi\n";
}

std::string roff_usage(std::string_view text) {
    std::string roff;
    while (!text.empty()) {
        std::size_t length = 0;
        while (length < text.size() && is_capital(text[length])) ++length;
        if (length > 0) {
            roff += fmt::format("\\fI{}\\fR", text.substr(0, length));
        } else {
            while (length < text.size() && !is_capital(text[length])) ++length;
            roff += roff_text(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return roff;
}

}  // namespace rockbuild
