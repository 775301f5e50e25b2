#include "rockbuild/sarif.hpp"

#include "rockbuild/build_paths.hpp"
#include "rockbuild/documentation.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

Json region(const Span& span) {
    Json json{{"startLine", span.begin.line}, {"startColumn", span.begin.column}};
    if (span.begin < span.end) {
        json["endLine"] = span.end.line;
        json["endColumn"] = span.end.column;
    }
    return json;
}

/// A path as a reference (RFC 3986): what isn't plain is escaped.
std::string uri(const std::string& path) {
    std::string text;
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~/").find(c) != std::string_view::npos;
        text += plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

Json location(const Span& span) {
    return {{"physicalLocation", {{"artifactLocation", {{"uri", uri(span.file)}}}, {"region", region(span)}}}};
}

std::string level(Severity severity) {
    return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

std::string message(const Diagnostic& item) {
    auto text = item.message;
    if (!item.suggestions.empty()) text += fmt::format(" (did you mean '{}'?)", item.suggestions.front());
    if (!item.hint.empty()) text += fmt::format("; {}", item.hint);
    return text;
}

Json fix(const Diagnostic& item) {
    const auto& word = item.suggestions.front();
    return {{"description", {{"text", fmt::format("write '{}'", word)}}},
            {"artifactChanges",
             {{{"artifactLocation", {{"uri", uri(item.span->file)}}},
               {"replacements", {{{"deletedRegion", region(*item.span)}, {"insertedContent", {{"text", word}}}}}}}}}};
}

Json result(const Diagnostic& item) {
    Json json{{"ruleId", item.code}, {"level", level(item.severity)}, {"message", {{"text", message(item)}}}};
    if (item.span) json["locations"] = {location(*item.span)};
    for (const auto& note : item.notes)
        if (note.span) {
            auto related = location(*note.span);
            related["message"] = {{"text", note.message}};
            json["relatedLocations"].push_back(std::move(related));
        }
    if (item.span && item.code == "RB0310" && !item.suggestions.empty()) json["fixes"] = {fix(item)};
    return json;
}

}  // namespace

std::string sarif(const Diagnostics& diagnostics) {
    auto results = Json::array();
    auto rules = Json::array();
    std::set<std::string> codes;
    for (const auto& item : diagnostics) {
        results.push_back(result(item));
        if (codes.insert(item.code).second)
            rules.push_back(
                {{"id", item.code}, {"help", {{"text", fmt::format("`rockbuild explain {}` tells more", item.code)}}}});
    }
    const Json driver{{"name", "rockbuild"}, {"version", program_version}, {"rules", rules}};
    const Json run{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}};
    const Json log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({run})}};
    return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rockbuild
