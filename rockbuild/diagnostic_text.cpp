// The layout is the one that compilers have made familiar: headline, place, the line with a caret and label, notes with
// their own places, then what to do. Columns of spans count characters; columns on the terminal count cells: between
// the two stand tabs, wide characters and combining marks.
#include "rockbuild/diagnostic_text.hpp"

#include "rockbuild/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::size_t widest_line = 110;  // of source text; longer lines are cut around the caret

struct Excerpt {
    std::string text;    // printable
    std::size_t caret;   // columns before the caret
    std::size_t length;  // columns under the caret, at least 1
};

/// The bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
    std::size_t bytes = 0;
    for (; count > 0 && bytes < text.size(); --count) bytes += first_character(text.substr(bytes)).bytes;
    return bytes;
}

Excerpt excerpt_of(std::string_view line, const Span& span) {
    const auto begin = bytes_of(line, span.begin.column - 1);
    const bool one_line = span.end.line == span.begin.line && span.end.column > span.begin.column;
    const auto end = one_line                          ? bytes_of(line, span.end.column - 1)
                     : span.end.line > span.begin.line ? line.size()
                                                       : std::min(begin + 1, line.size());
    Excerpt excerpt{printable(line), columns(line.substr(0, begin)),
                    columns(line.substr(begin, std::max(end, begin) - begin))};
    if (columns(excerpt.text) > widest_line) {
        // Show what is around the caret.
        std::size_t skipped = 0;
        std::string_view rest = excerpt.text;
        while (excerpt.caret > skipped + widest_line / 2 && columns(rest) > widest_line - 1) {
            const auto character = first_character(rest);
            skipped += static_cast<std::size_t>(character.columns);
            rest.remove_prefix(character.bytes);
        }
        const bool cut = skipped > 0;
        excerpt.text = (cut ? "…" : "") + shortened(rest, widest_line - (cut ? 1 : 0));
        excerpt.caret = excerpt.caret - skipped + (cut ? 1 : 0);
        excerpt.length = std::min(excerpt.length, widest_line - std::min(widest_line - 1, excerpt.caret));
    }
    excerpt.length = std::max<std::size_t>(excerpt.length, 1);
    return excerpt;
}

std::string place(const Span& span) {
    return fmt::format("{}:{}:{}", printable(span.file), span.begin.line, span.begin.column);
}

/// "  --> file:14:7" and the line below it.
std::string place_text(const Span& span, const std::string& label, const std::string& marker, const Style& style,
                       const LineReader& lines) {
    const auto number = std::to_string(span.begin.line);
    const std::string gutter(number.size(), ' ');
    auto text = fmt::format("{} {} {}\n", gutter, style.blue("-->"), place(span));
    const auto line = lines(span.file, span.begin.line);
    if (!line)
        return label.empty() ? text : text + fmt::format("{} {} {}\n", gutter, style.blue("="), printable(label));
    const auto excerpt = excerpt_of(*line, span);
    text += fmt::format("{} {}\n", gutter, style.blue("|"));
    text += fmt::format("{} {} {}\n", style.blue(number), style.blue("|"), excerpt.text);
    text += fmt::format(
        "{} {} {}{}", gutter, style.blue("|"), std::string(excerpt.caret, ' '),
        marker == "-" ? style.blue(std::string(excerpt.length, '-')) : style.red(std::string(excerpt.length, '^')));
    if (!label.empty()) text += " " + printable(label);
    return text + "\n";
}

std::string headline(const Diagnostic& diagnostic, const Style& style) {
    const auto code = diagnostic.code.empty() ? std::string() : fmt::format("[{}]", diagnostic.code);
    switch (diagnostic.severity) {
        case Severity::error:
            return style.red("error" + code);
        case Severity::warning:
            return style.yellow("warning" + code);
        case Severity::note:
            break;
    }
    return style.cyan("note" + code);
}

const char* severity_name(Severity severity) {
    return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

void put_span(nlohmann::ordered_json& json, const Span& span) {
    json["file"] = span.file;
    json["line"] = span.begin.line;
    json["column"] = span.begin.column;
    json["end_line"] = span.end.line;
    json["end_column"] = span.end.column;
}

}  // namespace

LineReader disk_lines() {
    // The last file stays in memory with the begins of its lines: a file may have many mistakes.
    struct Cache {
        std::string file;
        std::string text;
        std::vector<std::size_t> begins;
    };
    return [cache = std::make_shared<Cache>()](const std::string& file,
                                               std::uint32_t wanted) -> std::optional<std::string> {
        if (cache->begins.empty() || cache->file != file) {
            *cache = {file, {}, {0}};
            std::error_code error;
            if (std::filesystem::is_regular_file(file, error)) {
                std::ifstream stream(file, std::ios::binary);
                cache->text.assign(std::istreambuf_iterator<char>(stream), {});
            }
            if (cache->text.starts_with("\xEF\xBB\xBF")) cache->text.erase(0, 3);
            for (std::size_t at = 0; (at = cache->text.find('\n', at)) != std::string::npos;)
                cache->begins.push_back(++at);
        }
        if (wanted == 0 || wanted > cache->begins.size() || cache->begins[wanted - 1] >= cache->text.size())
            return std::nullopt;
        const auto begin = cache->begins[wanted - 1];
        auto line = cache->text.substr(begin, cache->text.find('\n', begin) - begin);
        if (line.ends_with('\r')) line.pop_back();
        return line;
    };
}

std::string diagnostic_text(const Diagnostic& diagnostic, const Style& style, const LineReader& lines) {
    auto text = fmt::format("{}: {}\n", headline(diagnostic, style), style.bold(printable(diagnostic.message, true)));
    if (diagnostic.span) text += place_text(*diagnostic.span, diagnostic.label, "^", style, lines);
    for (const auto& note : diagnostic.notes) {
        text += fmt::format("{}: {}\n", style.cyan("note"), printable(note.message, true));
        if (note.span) text += place_text(*note.span, {}, "-", style, lines);
    }
    for (const auto& line : diagnostic.excerpt) text += fmt::format("  {} {}\n", style.blue("|"), printable(line));
    if (!diagnostic.hint.empty())
        text += fmt::format("{}: {}\n", style.green("help"), printable(diagnostic.hint, true));
    if (!diagnostic.suggestions.empty()) {
        std::string words;
        for (std::size_t i = 0; i < diagnostic.suggestions.size(); ++i) {
            if (i > 0) words += i + 1 == diagnostic.suggestions.size() ? " or " : ", ";
            words += "'" + printable(diagnostic.suggestions[i]) + "'";
        }
        text += fmt::format("did you mean {}?\n", words);
    }
    return text;
}

nlohmann::ordered_json diagnostic_json(const Diagnostic& diagnostic) {
    nlohmann::ordered_json json{
        {"severity", severity_name(diagnostic.severity)}, {"code", diagnostic.code}, {"message", diagnostic.message}};
    if (diagnostic.span) put_span(json, *diagnostic.span);
    if (!diagnostic.label.empty()) json["label"] = diagnostic.label;
    if (!diagnostic.object.empty()) json["object"] = diagnostic.object;
    json["hint"] = diagnostic.hint;
    json["suggestions"] = diagnostic.suggestions;
    json["notes"] = nlohmann::ordered_json::array();
    for (const auto& note : diagnostic.notes) {
        nlohmann::ordered_json item{{"message", note.message}};
        if (note.span) put_span(item, *note.span);
        json["notes"].push_back(std::move(item));
    }
    return json;
}

}  // namespace rockbuild
