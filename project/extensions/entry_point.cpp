#include "project/extensions/entry_point.hpp"

#include "project/extensions/python_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace rockbuild {

namespace {

/// "src/app.py" → "src.app", "app/__init__.py" → "app".
std::string module_of(const std::string& file) {
    auto module = file.substr(0, file.size() - 3);
    if (module.ends_with("/__init__")) module.erase(module.size() - 9);
    for (auto& c : module)
        if (c == '/') c = '.';
    return module;
}

/// What is wrong with it, and what to write.
std::string_view words_of(NearMiss::Kind kind) {
    switch (kind) {
        case NearMiss::Kind::typed:
            return "has a type here, which isn't looked at: write it without, as `app = …`";
        case NearMiss::Kind::several:
            return "is one of several names here, which aren't looked at: give it a line of its own, as `app = …`";
        case NearMiss::Kind::block:
            break;
    }
    return "is bound within a block here, which isn't looked at: bind it at the margin, as by `app = app` behind the "
           "block";
}

}  // namespace

std::vector<std::string> usual_python_files(const ExtensionWork& work) {
    std::vector<std::string> files{"app.py", "main.py"};
    for (const auto& folder : {std::string("app"), std::string("src"), work.module_name()})
        for (const auto* name : {"__init__.py", "app.py", "main.py"})
            files.push_back(fmt::format("{}/{}", folder, name));
    return files;
}

std::optional<EntryPoint> find_entry_point(ExtensionWork& work, const std::vector<std::string>& files,
                                           const std::vector<std::string>& variables,
                                           const std::vector<std::string>& factories, const std::string& wanted,
                                           const std::string& cure) {
    // One after the other: what lies behind the answer is nobody's business, and may be unreadable.
    std::vector<std::pair<std::string, PythonNames>> read;
    bool complete = true;
    for (const auto& file : files) {
        if (!work.exists(file)) continue;
        const auto text = work.text_of_file(file);
        complete = complete && text;
        if (!text) continue;
        const auto& names = read.emplace_back(file, top_level_names(*text)).second;
        for (const auto& variable : variables)
            if (names.variables.contains(variable)) return EntryPoint{file, module_of(file), variable};
    }
    for (const auto& [file, names] : read)
        for (const auto& factory : factories)
            if (names.functions.contains(factory)) return EntryPoint{file, module_of(file), factory + "()"};
    if (!complete) return std::nullopt;  // said
    auto& item = work.error("RB0334",
                            read.empty() ? fmt::format("there is no {}: none of its usual files is there", wanted)
                                         : fmt::format("there is no {}: no file defines one at its top level", wanted),
                            cure);
    if (read.empty()) item.notes.push_back({fmt::format("looked for: {}", fmt::join(files, ", ")), std::nullopt});
    for (const auto& [file, names] : read) {
        const auto shown = work.files().shown(file);
        if (names.never_closed)
            item.notes.push_back({"what begins here is never closed, so that the rest of the file says nothing",
                                  Span{shown, {*names.never_closed, 1}, {*names.never_closed, 1}}});
        else item.notes.push_back({fmt::format("looked at '{}'", shown), std::nullopt});
        for (const auto& miss : names.near_misses)
            if (std::ranges::find(variables, miss.name) != variables.end())
                item.notes.push_back({fmt::format("'{}' {}", miss.name, words_of(miss.kind)),
                                      Span{shown, {miss.line, 1}, {miss.line, 1}}});
    }
    return std::nullopt;
}

}  // namespace rockbuild
