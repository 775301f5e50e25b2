#include "pack/adopted.hpp"

#include "project/check_shape.hpp"
#include "project/language.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace rockbuild {

namespace {

/// What the language says of `text` as the value of a key at the top of the file; none if it is right.
std::optional<Diagnostic> refusal(std::string_view key, const std::string& text) {
    const auto& keys = project_shape().keys;
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeyShape& shape) { return shape.name == key; });
    const auto value = std::make_shared<YamlNode>();
    value->text = text;
    Complaints complaints{std::string()};
    check_value(complaints, value, found->shape, fmt::format("'{}'", key), {});
    return complaints.all().empty() ? std::nullopt : std::optional(complaints.all().front());
}

}  // namespace

Result<Project> complete(const Project& project, const std::map<std::string, std::string>& values) {
    if (!project.adopt_info) return project;
    const auto& part = *project.adopt_info;
    auto whole = project;
    std::vector<std::string> open;
    for (const auto& [name, field] :
         {std::pair{"version", &whole.version}, {"summary", &whole.summary}, {"description", &whole.description}}) {
        if (const auto set = values.find(name); set != values.end()) *field = {set->second, part.span};
        else if (field->value.empty()) open.emplace_back(name);
    }
    if (!open.empty()) {
        auto error = fail(
            "RB1206",
            fmt::format("'adopt-info' leaves '{}' to the part '{}', but none of its scripts has set {}",
                        fmt::join(open, "' and '"), part.value, open.size() == 1 ? "it" : "them"),
            fmt::format("run `craftctl set {}=…` in a script of that part, or write it in the file", open.front()));
        error.error().span = part.span;
        return error;
    }
    for (const auto& [name, text] : values)
        if (auto refused = refusal(name, text)) {
            auto error =
                fail("RB1207", fmt::format("the part '{}' has set '{}': {}", part.value, name, refused->message),
                     refused->hint);
            error.error().span = part.span;
            return error;
        }
    return whole;
}

}  // namespace rockbuild
