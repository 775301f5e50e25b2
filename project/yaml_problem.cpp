#include "project/yaml_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace rockbuild {

namespace {

struct Wording {
    std::string_view problem;  // part of libyaml's text
    std::string_view message;
    std::string_view hint;
};

constexpr std::array wordings{
    Wording{"mapping values are not allowed", "a second ': ' on one line",
            "put the whole value in quotes, or begin a new line for an inner map"},
    Wording{"block sequence entries are not allowed", "a list can't begin here",
            "put the `-` on a line of its own, below the key"},
    Wording{"could not find expected ':'", "this line is no `key: value`",
            "add `:` and a blank after the key, or indent the line as part of the value above"},
    Wording{"did not find expected key", "this doesn't fit in with the map around it",
            "give the keys of one map the same indentation; put a value with special characters in quotes"},
    Wording{"did not find expected '-' indicator", "this doesn't fit in with the list around it",
            "begin every entry of the list with `-` in the same column"},
    Wording{"did not find expected <document start>", "this doesn't fit in with what is above it",
            "give the keys of one map the same indentation"},
    Wording{"did not find expected ',' or ']'", "a `[` list is not closed",
            "separate its entries with `,` and close it with `]`"},
    Wording{"did not find expected ',' or '}'", "a `{` map is not closed",
            "separate its entries with `,` and close it with `}`"},
    Wording{"found unknown escape character", "an unknown escape in double quotes",
            "double the backslash, or use single quotes: nothing is escaped in them"},
    Wording{"did not find expected alphabetic", "a name must follow the `&` or `*`",
            "put the value in quotes if it isn't an anchor or an alias"},
    Wording{"found a tab character", "this line is indented with a tab", "indent with blanks"},
    Wording{"found undefined tag handle", "a tag that nothing defines", "put the value in quotes if it isn't a tag"},
};

/// Where the line begins, as an offset in bytes.
std::size_t line_start(std::string_view text, std::uint32_t line) {
    std::size_t begin = 0;
    for (std::uint32_t at = 1; at < line; ++at) {
        const auto end = text.find('\n', begin);
        if (end == std::string_view::npos) return text.size();
        begin = end + 1;
    }
    return begin;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

std::size_t offset_of(std::string_view text, Position position) {
    auto offset = line_start(text, position.line);
    for (std::uint32_t column = 1; column < position.column && offset < text.size(); ++column) do
            ++offset;
        while (offset < text.size() && !begins_character(text[offset]));
    return offset;
}

Position position_of(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = before.rfind('\n');
    const auto last = line == std::string_view::npos ? before : before.substr(line + 1);
    return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
            static_cast<std::uint32_t>(std::count_if(last.begin(), last.end(), begins_character) + 1)};
}

Span one_character(const std::string& file, Position at) { return {file, at, {at.line, at.column + 1}}; }

/// The first byte of the broken character around `offset`.
std::size_t lead_of(std::string_view text, std::size_t offset) {
    constexpr std::size_t longest = 4;
    for (std::size_t back = 0; back < longest && back <= offset; ++back)
        if (offset - back < text.size() && (static_cast<unsigned char>(text[offset - back]) & 0xc0U) == 0xc0U)
            return offset - back;
    return offset;
}

Diagnostic no_text(std::string_view text, const std::string& file, const YamlProblem& problem) {
    Diagnostic item;
    item.code = "RB0300";
    auto offset = *problem.byte;
    if (problem.problem.find("control characters") != std::string::npos) {
        item.message = fmt::format("the file has a control character here (U+{:04X})", problem.value);
        item.hint = "remove it; in double quotes it can be written as an escape";
    } else {
        offset = lead_of(text, offset);
        item.message = "the file is no text in UTF-8 here";
        if (offset < text.size())
            item.message += fmt::format(" (byte 0x{:02x})", static_cast<unsigned char>(text[offset]));
        item.hint = "save it as UTF-8";
    }
    item.span = one_character(file, position_of(text, offset));
    return item;
}

/// A character that begins nothing in YAML: said by its name, for it is often invisible or harmless elsewhere.
void describe_start(Diagnostic& item, char c) {
    if (c == '\t') {
        item.message = "a tab where YAML takes blanks only";
        item.hint = "indent with blanks";
    } else {
        item.message = fmt::format("a value can't begin with `{}`", c);
        item.hint = "put it in quotes";
    }
}

/// Is the ':' at `at` the first of its line? Then what is wrong with it began on a line above.
bool begins_with_key(std::string_view text, const Position& at) {
    const auto colon = offset_of(text, at);
    const auto line = colon == 0 ? std::string_view::npos : text.rfind('\n', colon - 1);
    const auto begin = line == std::string_view::npos ? 0 : line + 1;
    return begin > 0 && text.substr(begin, colon - begin).find(": ") == std::string_view::npos;
}

}  // namespace

Diagnostic explain_yaml_problem(std::string_view text, const std::string& file, const YamlProblem& problem) {
    if (problem.byte) return no_text(text, file, problem);
    Diagnostic item;
    item.code = "RB0300";
    item.message = problem.problem.empty() ? "this is no YAML" : problem.problem;
    item.span = one_character(file, problem.at);
    if (problem.problem.find("unexpected end of stream") != std::string::npos) {
        item.message = "a quote is opened and never closed";
        item.label = "the file ends here";
        item.span = one_character(file, problem.at);
        item.notes.push_back({"the quote opens here", one_character(file, problem.context_at)});
        item.hint = "close it";
        return item;
    }
    if (problem.problem.find("cannot start any token") != std::string::npos) {
        const auto offset = offset_of(text, problem.at);
        if (offset < text.size()) describe_start(item, text[offset]);
        return item;
    }
    const auto wording = std::find_if(wordings.begin(), wordings.end(), [&](const auto& known) {
        return problem.problem.find(known.problem) != std::string::npos;
    });
    if (wording != wordings.end()) {
        item.message = wording->message;
        item.hint = wording->hint;
    }
    if (wording == wordings.begin() && begins_with_key(text, problem.at)) {
        item.message = "this line belongs to the value above it, for it is indented deeper";
        item.hint = "give it the indentation of the key above; or that key lacks its ':' and a blank";
    }
    // "could not find expected ':'" is noticed one line late: the context has the line that lacks it.
    if (problem.context.find("simple key") != std::string::npos) item.span = one_character(file, problem.context_at);
    else if (!problem.context.empty() && problem.context_at != problem.at)
        item.notes.push_back({problem.context, one_character(file, problem.context_at)});
    return item;
}

}  // namespace rockbuild
