// `parts:` — the keys of a part, and what ties parts together (spec/parts-lifecycle.md §2).
#include "project/sections.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>

namespace rockbuild {

namespace {

const std::vector<std::string> plugins{"dump", "nil"};

const std::set<std::string_view> later_plugins{"ant",   "autotools", "bazel", "cargo-use", "cmake",     "dotnet", "go",     "go-use", "gradle", "jlink", "make",
                                               "maven", "maven-use", "meson", "npm",       "poetry",    "python", "qmake",  "rust",   "scons",  "uv",    "flask-framework",
                                               "npm-use", "gradle-use", "ruby", "colcon"};

const LaterKeys later_keys{
    {"override-overlay", "write it as overlay-script: the overlay lies at $CRAFT_OVERLAY"},
    {"overlay-recommended-packages", "name the packages in overlay-packages"},
    {"stage-snaps", "use stage-packages, or fetch the files in override-pull"},
    {"stage-slices", "use stage-packages with a `stage:` fileset"},
    {"build-snaps", "use build-packages"},
    {"build-attributes", "leave it out"},
    {"disable-parallel", "leave it out: nil and dump run nothing in parallel"},
    {"source-branch", "only local folders are sources so far"},
    {"source-tag", "only local folders are sources so far"},
    {"source-commit", "only local folders are sources so far"},
    {"source-depth", "only local folders are sources so far"},
    {"source-submodules", "only local folders are sources so far"},
    {"source-checksum", "only local folders are sources so far"},
    {"source-channel", "leave it out"},
    {"source-subdir", "name the sub-folder in `source`"},
};

const Synonyms synonyms{
    {"script", "write override-build"},          {"run", "write override-build"},        {"build", "write override-build"},
    {"install", "write override-build"},         {"packages", "write stage-packages (in the image) or build-packages (for the build)"},
    {"apt", "write stage-packages"},             {"depends", "write after"},             {"copy", "use plugin: dump with organize"},
    {"files", "use plugin: dump with organize"}, {"env", "write build-environment"},     {"environment", "write build-environment"},
    {"prepare", "write override-pull"},          {"filesets", "write stage or prime"},
};

void refuse_absolute(Complaints& complaints, const std::vector<PlacedText>& entries, const std::string& key) {
    for (const auto& entry : entries)
        if (entry.value.starts_with('/') || entry.value.starts_with("-/"))
            complaints.error("RB0314", fmt::format("'{}' in '{}' must be a relative path", entry.value, key), entry.span, "leave the leading '/' out");
}

bool is_package(const std::string& name) {
    if (name.empty() || !std::isalnum(static_cast<unsigned char>(name.front()))) return false;
    return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view("+-.:=~").find(static_cast<char>(c)) != std::string_view::npos; });
}

std::vector<PlacedText> package_list(Fields& fields, const std::string& key) {
    auto names = fields.texts(key);
    for (const auto& name : names) {
        if (name.value.find('_') != std::string::npos)
            fields.complaints().error("RB0311", fmt::format("'{}' is a slice; this version of rockbuild doesn't cut slices yet", name.value), name.span,
                                      "name the whole package, and leave out what you don't need with `stage:`");
        else if (!name.value.empty() && !is_package(name.value))
            fields.complaints().error("RB0314", fmt::format("'{}' is no package name", name.value), name.span, "write NAME, NAME:ARCH or NAME=VERSION");
    }
    return names;
}

std::optional<std::uint32_t> number(Fields& fields, const std::string& key, int base) {
    const auto text = fields.text(key);
    if (!text) return std::nullopt;
    std::string_view digits = text->value;
    if (base == 8 && digits.starts_with("0o")) digits.remove_prefix(2);
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
    if (whole && (base != 8 || value <= 07777)) return value;
    fields.complaints().error("RB0314", fmt::format("'{}' can't be '{}'", key, text->value), text->span,
                              base == 8 ? "write octal digits in quotes, for example \"755\"" : "write a numeric id");
    return std::nullopt;
}

std::vector<Permission> permissions(Fields& part) {
    std::vector<Permission> result;
    const auto list = part.take("permissions");
    if (!list || is_null(*list)) return result;
    auto& complaints = part.complaints();
    if (list->kind != YamlNode::Kind::list) {
        complaints.error("RB0313", fmt::format("'permissions' must be a list, not {}", kind_of(*list)), *list);
        return result;
    }
    for (const auto& item : list->items) {
        if (!is_map(complaints, item, "an entry of 'permissions'")) continue;
        Fields fields(complaints, item, "an entry of 'permissions'", Spelling::kebab_only);
        Permission permission;
        permission.span = item->span;
        if (const auto path = fields.text("path")) permission.path = path->value;
        permission.owner = number(fields, "owner", 10);
        permission.group = number(fields, "group", 10);
        if (const auto mode = fields.take("mode"); mode && mode->kind == YamlNode::Kind::scalar && yaml_type(*mode) == YamlType::integer)
            complaints.error("RB0313", fmt::format("'mode' must be a text, not the number {}", mode->text), *mode, fmt::format("write \"{}\"", mode->text));
        else permission.mode = number(fields, "mode", 8);
        if (permission.owner.has_value() != permission.group.has_value())
            complaints.error("RB0316", "'owner' and 'group' go together", item->span, "give both, or neither");
        fields.finish();
        result.push_back(std::move(permission));
    }
    return result;
}

std::vector<std::pair<std::string, std::string>> build_environment(Fields& fields) {
    std::vector<std::pair<std::string, std::string>> result;
    const auto list = fields.take("build-environment");
    if (!list || is_null(*list)) return result;
    auto& complaints = fields.complaints();
    if (list->kind != YamlNode::Kind::list) {
        complaints.error("RB0313", fmt::format("'build-environment' must be a list of NAME: VALUE, not {}", kind_of(*list)), *list, "write `- NAME: value` lines");
        return result;
    }
    for (const auto& item : list->items) {
        if (!is_map(complaints, item, "an entry of 'build-environment'")) continue;
        for (const auto& pair : item->pairs) {
            if (pair.key->text.empty() || pair.key->text.find_first_of("= \t\n\"$`") != std::string::npos)
                complaints.error("RB0314", fmt::format("'{}' is no name of a variable", pair.key->text), pair.key->span);
            else if (const auto value = as_text(complaints, pair.value, fmt::format("'{}'", pair.key->text))) result.emplace_back(pair.key->text, value->value);
        }
    }
    return result;
}

std::vector<PlacedText> fileset(Fields& fields, const std::string& key) {
    const auto given = fields.take(key);
    if (!given || is_null(*given)) return {{"*", fields.key_span(key)}};
    auto entries = fields.texts(key);
    refuse_absolute(fields.complaints(), entries, key);
    return entries;
}

void read_plugin(Fields& fields, Part& part, const Span& name_span) {
    auto& complaints = fields.complaints();
    const auto plugin = fields.required("plugin", "write `plugin: nil` for a part without one");
    if (const auto text = as_text(complaints, plugin, "'plugin'")) {
        part.plugin = *text;
        if (later_plugins.contains(text->value))
            complaints.error("RB0311", fmt::format("the plugin '{}' is part of the language, but this version of rockbuild doesn't have it yet", text->value), text->span,
                             "use plugin: nil with override-build");
        else if (std::find(plugins.begin(), plugins.end(), text->value) == plugins.end())
            complaints.error("RB0314", fmt::format("there is no plugin '{}'", text->value), text->span, "the plugins are: nil, dump").suggestions =
                suggestions(text->value, plugins);
    }
    part.source = fields.text("source");
    const auto type = fields.text("source-type");
    if (type && type->value != "local")
        complaints.error("RB0311", fmt::format("sources of type '{}' are part of the language, but this version reads local folders only", type->value), type->span,
                         "fetch it in override-pull");
    if (part.source && part.source->value.empty()) {
        complaints.error("RB0314", "'source' is empty", part.source->span, "name a folder; `.` is the project's own");
    } else if (part.source && !type) {
        const auto& text = part.source->value;
        const auto ends = [&](std::string_view end) { return text.ends_with(end); };
        if (text.find("://") != std::string::npos || text.starts_with("git@") || ends(".git") || ends(".zip") || ends(".deb") || ends(".snap") || ends(".rpm") ||
            ends(".7z") || ends(".tgz") || text.find(".tar") != std::string::npos)
            complaints.error("RB0311", fmt::format("the source '{}' is no local folder, and this version reads local folders only", text), part.source->span,
                             "fetch it in override-pull");
    }
    if (part.plugin.value == "dump" && !part.source)
        complaints.error("RB0312", fmt::format("part '{}' needs 'source': the plugin dump copies it", part.name), name_span, "name the folder to copy");
}

Part read_part(Complaints& complaints, const YamlPair& pair, const std::string& base) {
    Part part;
    part.name = pair.key->text;
    part.span = pair.key->span;
    Fields fields(complaints, pair.value, fmt::format("part '{}'", part.name), Spelling::kebab_only);
    read_plugin(fields, part, pair.key->span);
    part.after = fields.texts("after");
    part.stage_packages = package_list(fields, "stage-packages");
    part.build_packages = package_list(fields, "build-packages");
    part.overlay_packages = package_list(fields, "overlay-packages");
    part.build_environment = build_environment(fields);
    if (auto moves = fields.text_map("organize"))
        for (auto& move : *moves) {
            if (move.second.value.empty()) complaints.error("RB0314", fmt::format("'{}' is organised to nothing", move.first.value), move.second.span, "name a target; `/` is the root");
            else part.organize.push_back(std::move(move));
        }
    part.overlay = fileset(fields, "overlay");
    part.stage = fileset(fields, "stage");
    part.prime = fileset(fields, "prime");
    part.permissions = permissions(fields);
    part.override_pull = fields.script("override-pull");
    part.overlay_script = fields.script("overlay-script");
    part.override_build = fields.script("override-build");
    part.override_stage = fields.script("override-stage");
    part.override_prime = fields.script("override-prime");
    if (base == "bare")
        for (const auto* key : {"overlay-script", "overlay-packages", "overlay"})
            if (const auto value = fields.take(key); value && !is_null(*value))
                complaints.error("RB0316", fmt::format("part '{}' can't use '{}': there is no system under a bare base to lay it over", part.name, key), fields.key_span(key),
                                 "take a base, or make the files in override-build");
    fields.finish(later_keys, synonyms);
    return part;
}

void check_name(Complaints& complaints, const YamlPair& pair) {
    const auto& name = pair.key->text;
    if (name == "pebble")
        complaints.error("RB0314", "the part 'pebble' is every rock's own", pair.key->span, "give yours another name");
    else if (name.empty() || name.find_first_of("/: \t\n") != std::string::npos || name == "." || name == ".." || name.starts_with('-'))
        complaints.error("RB0314", fmt::format("'{}' can't be a part's name", name), pair.key->span, "use letters, digits, '-' and '_'");
}

/// `after` names parts, and no circle comes of it.
void check_order(Complaints& complaints, const std::vector<Part>& parts) {
    std::vector<std::string> names;
    std::map<std::string, const Part*> by_name;
    for (const auto& part : parts) {
        names.push_back(part.name);
        by_name[part.name] = &part;
    }
    bool unknown = false;
    for (const auto& part : parts)
        for (const auto& after : part.after) {
            if (by_name.contains(after.value)) continue;
            unknown = true;
            complaints.error("RB0315", fmt::format("there is no part '{}'", after.value), after.span).suggestions = suggestions(after.value, names);
        }
    if (unknown) return;
    std::vector<std::string> road;
    std::set<std::string> done;
    const std::function<bool(const Part&)> circle = [&](const Part& part) {
        if (done.contains(part.name)) return false;
        if (const auto begin = std::find(road.begin(), road.end(), part.name); begin != road.end()) {
            std::vector<std::string> names_of_circle(begin, road.end());
            names_of_circle.push_back(part.name);
            const auto& first = *by_name[names_of_circle.front()];
            auto& item = complaints.error("RB0315", fmt::format("these parts wait for each other: {}", fmt::join(names_of_circle, " -> ")), first.span,
                                          "remove one of their `after` entries");
            for (std::size_t i = 1; i + 1 < names_of_circle.size(); ++i) item.notes.push_back({fmt::format("'{}' is here", names_of_circle[i]), by_name[names_of_circle[i]]->span});
            return true;
        }
        road.push_back(part.name);
        const bool found = std::any_of(part.after.begin(), part.after.end(), [&](const auto& after) { return circle(*by_name[after.value]); });
        road.pop_back();
        done.insert(part.name);
        return found;
    };
    for (const auto& part : parts)
        if (circle(part)) return;
}

}  // namespace

std::vector<Part> read_parts(Complaints& complaints, const Yaml& map, const std::string& base) {
    std::vector<Part> parts;
    if (!map) return parts;
    if (!is_map(complaints, map, "'parts'")) return parts;
    for (const auto& pair : map->pairs) {
        check_name(complaints, pair);
        if (is_map(complaints, pair.value, fmt::format("part '{}'", pair.key->text))) parts.push_back(read_part(complaints, pair, base));
    }
    check_order(complaints, parts);
    return parts;
}

}  // namespace rockbuild
