// Project files in small: a whole one with a few lines changed, and what is said about it as lines of text.
#pragma once

#include "project/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace rockbuild::test {

/// A file read for its first build.
struct ProjectReading {
    std::optional<Project> project;  // if there was no error
    Diagnostics diagnostics;
};
inline ProjectReading read_project(const std::string& text, const std::string& file) {
    auto document = read_document(text, file);
    ProjectReading reading;
    if (document.good()) reading.project = project_for(document, document.builds.front());
    reading.diagnostics = std::move(document.diagnostics);
    return reading;
}

/// A project without mistakes, but for what `rest` brings.
inline std::string with(const std::string& rest) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: debian@12\n"
           "platforms:\n  amd64:\n" +
           rest;
}
/// The line of `with`'s text where `rest` begins.
inline constexpr unsigned rest_line = 8;

inline std::string place(const Span& span) { return fmt::format("{}:{}", span.begin.line, span.begin.column); }

/// "RB0310 8:1 the project has no key 'x'", one a diagnostic; warnings have a W before.
inline std::vector<std::string> said(const Diagnostics& diagnostics) {
    std::vector<std::string> lines;
    for (const auto& item : diagnostics)
        lines.push_back(fmt::format("{}{} {} {}", item.severity == Severity::warning ? "W" : "", item.code,
                                    item.span ? place(*item.span) : "-", item.message));
    return lines;
}
inline std::vector<std::string> said(const std::string& text) {
    return said(read_project(text, "rockcraft.yaml").diagnostics);
}

/// Only the codes and places.
inline std::vector<std::string> places(const std::string& text) {
    auto lines = said(text);
    for (auto& line : lines) line.erase(line.find(' ', line.find(' ') + 1));
    return lines;
}

inline Project project(const std::string& text) {
    auto reading = read_project(text, "rockcraft.yaml");
    if (!reading.project) {
        std::string all;
        for (const auto& line : said(reading.diagnostics)) all += line + "\n";
        throw std::runtime_error("the project is refused:\n" + all);
    }
    return std::move(*reading.project);
}

inline std::vector<std::string> values(const std::vector<PlacedText>& texts) {
    std::vector<std::string> result;
    for (const auto& text : texts) result.push_back(text.value);
    return result;
}

using Lines = std::vector<std::string>;

}  // namespace rockbuild::test
