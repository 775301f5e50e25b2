// `parts:` — the keys of a part, and what ties parts together (spec/parts-lifecycle.md §2).
#include "project/sections.hpp"

#include "project/variables.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>
#include <set>

namespace rockbuild {

namespace {

const std::vector<std::string> plugins{"dump", "nil"};

const std::set<std::string_view> later_plugins{
    "ant",   "autotools", "bazel", "cargo-use", "cmake",      "dotnet", "go",     "go-use", "gradle",
    "jlink", "make",      "maven", "maven-use", "meson",      "npm",    "poetry", "python", "qmake",
    "rust",  "scons",     "uv",    "npm-use",   "gradle-use", "ruby",   "colcon"};

const std::vector<std::string> source_types{"local", "tar", "git", "snap", "zip", "deb", "file", "rpm", "7z"};

const LaterKeys later_part_keys{
    {"override-overlay", "write it as overlay-script: the overlay lies at $CRAFT_OVERLAY"},
    {"overlay-recommended-packages", "name the packages in overlay-packages"},
    {"stage-snaps", "use stage-packages, or fetch the files in override-pull"},
    {"stage-slices", "use stage-packages with a `stage:` fileset"},
    {"build-slices", "use build-packages"},
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

const Synonyms part_synonyms{
    {"script", "write override-build"},
    {"run", "write override-build"},
    {"build", "write override-build"},
    {"install", "write override-build"},
    {"packages", "write stage-packages (in the image) or build-packages (for the build)"},
    {"apt", "write stage-packages"},
    {"depends", "write after"},
    {"copy", "use plugin: dump with organize"},
    {"files", "use plugin: dump with organize"},
    {"env", "write build-environment"},
    {"environment", "write build-environment"},
    {"prepare", "write override-pull"},
    {"filesets", "write stage or prime"},
    {"requires", "write after"},
    {"depends-on", "write after"},
    {"depends_on", "write after"},
    {"organise", "write organize"},
    {"build-script", "write override-build"},
    {"entrypoint", "write services at the top of the file"},
};

/// True if `path`, taken from a folder, ends outside it.
bool leaves_folder(std::string_view path) {
    int depth = 0;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto name = path.substr(begin, end - begin);
        if (name == "..") --depth;
        else if (!name.empty() && name != ".") ++depth;
        if (depth < 0) return true;
        begin = end + 1;
    }
    return false;
}

void refuse_absolute(Complaints& complaints, const std::vector<PlacedText>& entries, const std::string& key) {
    for (const auto& entry : entries)
        if (entry.value.starts_with('/') || entry.value.starts_with("-/"))
            complaints.error("RB0314", fmt::format("'{}' in '{}' must be a relative path", entry.value, key),
                             entry.span, "leave the leading '/' out");
        else if (leaves_folder(entry.value.substr(entry.value.starts_with('-') ? 1 : 0)))
            complaints.error("RB0314", fmt::format("'{}' in '{}' leads out of the part's files", entry.value, key),
                             entry.span, "name a path below them");
}

/// An entry that stands for one path: what it excludes (`-x`) or includes, else empty.
std::string_view literal_path(std::string_view entry, bool excluded) {
    if (entry.find('*') != std::string_view::npos || entry.starts_with('-') != excluded) return {};
    return entry.substr(excluded || entry.starts_with("\\-") ? 1 : 0);
}

/// What `stage` keeps out can't be primed. Scripts may do what they like instead.
void check_prime(Complaints& complaints, const Part& part) {
    if (part.override_stage || part.override_prime) return;
    std::map<std::string_view, const Span*> left_out;
    for (const auto& staged : part.stage)
        if (const auto path = literal_path(staged.value, true); !path.empty()) left_out.emplace(path, &staged.span);
    for (const auto& primed : part.prime) {
        const auto path = literal_path(primed.value, false);
        const auto found = left_out.find(path);
        if (path.empty() || found == left_out.end()) continue;
        complaints
            .error("RB0316", fmt::format("'{}' can't be primed: 'stage' of part '{}' leaves it out", path, part.name),
                   primed.span, "remove it here or there")
            .notes.push_back({"left out here", *found->second});
    }
}

void check_organize(Complaints& complaints, const PlacedText& from, const PlacedText& to) {
    if (to.value.empty())
        complaints.error("RB0314", fmt::format("'{}' is organised to nothing", from.value), to.span,
                         "name a target; `/` is the root");
    else if (leaves_folder(to.value))
        complaints.error("RB0314", fmt::format("the target '{}' leads out of the part's files", to.value), to.span,
                         "name a path below them");
    else if (to.value.starts_with("(build)"))
        complaints.error("RB0314", "nothing is organised into the build folder", to.span,
                         "name a path in the part's files");
    if (from.value.empty() || from.value.starts_with('/') || leaves_folder(from.value))
        complaints.error("RB0314", fmt::format("'{}' is no path in the part's files", from.value), from.span,
                         "name it relative to what the part installs");
    else if (from.value.starts_with("(build)"))
        complaints.error(
            "RB0311",
            "organising from '(build)' is part of the language, but this version of rockbuild doesn't do it yet",
            from.span, "copy the file in override-build");
}

bool is_package(const std::string& name) {
    if (name.empty() || !std::isalnum(static_cast<unsigned char>(name.front()))) return false;
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view("+-.:=~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

std::vector<PlacedText> package_list(Fields& fields, const std::string& key) {
    auto names = fields.texts(key);
    for (const auto& name : names) {
        if (name.value.find('_') != std::string::npos)
            fields.complaints().error(
                "RB0311", fmt::format("'{}' is a slice; this version of rockbuild doesn't cut slices yet", name.value),
                name.span, "name the whole package, and leave out what you don't need with `stage:`");
        else if (!name.value.empty() && !is_package(name.value))
            fields.complaints().error("RB0314", fmt::format("'{}' is no package name", name.value), name.span,
                                      "write NAME, NAME:ARCH or NAME=VERSION");
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
        if (const auto mode = fields.take("mode");
            mode && mode->kind == YamlNode::Kind::scalar && yaml_type(*mode) == YamlType::integer)
            complaints.error("RB0313", fmt::format("'mode' must be a text, not the number {}", mode->text), *mode,
                             fmt::format("write \"{}\"", mode->text));
        else permission.mode = number(fields, "mode", 8);
        if (!fields.take("owner") != !fields.take("group"))
            complaints.error("RB0316", "'owner' and 'group' go together",
                             {item->span.file, item->span.begin, item->span.begin}, "give both, or neither");
        fields.finish();
        result.push_back(std::move(permission));
    }
    return result;
}

bool is_variable_name(const std::string& name) {
    const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), is_letter);
}

std::vector<std::pair<std::string, std::string>> build_environment(Fields& fields) {
    std::vector<std::pair<std::string, std::string>> result;
    const auto list = fields.take("build-environment");
    if (!list || is_null(*list)) return result;
    auto& complaints = fields.complaints();
    if (list->kind != YamlNode::Kind::list) {
        complaints.error("RB0313",
                         fmt::format("'build-environment' must be a list of NAME: VALUE, not {}", kind_of(*list)),
                         *list, "write `- NAME: value` lines");
        return result;
    }
    for (const auto& item : list->items) {
        if (!is_map(complaints, item, "an entry of 'build-environment'")) continue;
        for (const auto& pair : item->pairs) {
            if (!is_variable_name(pair.key->text))
                complaints.error("RB0314", fmt::format("'{}' is no name of a variable", pair.key->text), pair.key->span,
                                 "use letters, digits and '_'; begin with no digit");
            else if (const auto value = as_some_text(complaints, pair.value, fmt::format("'{}'", pair.key->text)))
                result.emplace_back(pair.key->text, value->value);
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

/// As upstream tells types of sources apart by their text (spec/parts-lifecycle.md §8.1).
bool is_remote(std::string_view source) {
    static const std::regex pattern(
        R"((\.(tar(\.[a-z0-9]+)?|tgz|git|snap|zip|deb|rpm|7z)$)|^git(\+.+:|[@:])|^[a-zA-Z][a-zA-Z0-9+.-]*://)");
    constexpr std::size_t most = 4096;  // std::regex recurses over long input
    return source.size() <= most && std::regex_search(std::string(source), pattern);
}

void read_source(Fields& fields, Part& part) {
    auto& complaints = fields.complaints();
    const auto type = fields.choice("source-type", source_types);
    if (type && type->value != "local")
        complaints.error(
            "RB0311",
            fmt::format(
                "sources of type '{}' are part of the language, but this version of rockbuild reads local folders only",
                type->value),
            type->span, "fetch it in override-pull");
    if (part.plugin.value == "dump") (void)fields.required("source", "name the folder that the plugin dump copies");
    part.source = fields.text("source");
    if (!part.source) return;
    const auto& [source, place] = *part.source;
    if (source.empty()) {
        if (part.plugin.value == "dump")
            complaints.error("RB0314", "'source' is empty, and the plugin dump copies it", place,
                             "name a folder; `.` is the project's own");
        part.source.reset();  // as if it weren't there
    } else if (!fields.take("source-type") && is_remote(source)) {
        complaints.error(
            "RB0311",
            fmt::format("the source '{}' is no local folder, and this version of rockbuild reads local folders only",
                        source),
            place, "fetch it in override-pull");
    } else if ((source.starts_with('/') || leaves_folder(source)) && !mentions_variable(source)) {
        complaints.error("RB0311", fmt::format("the source '{}' lies outside the project's folder", source), place,
                         "this version of rockbuild reads what lies in it only: move it there");
    }
}

void read_plugin(Fields& fields, Part& part) {
    auto& complaints = fields.complaints();
    const auto plugin = fields.required("plugin", "write `plugin: nil` for a part without one");
    if (const auto text = as_text(complaints, plugin, "'plugin'")) {
        part.plugin = *text;
        if (later_plugins.contains(text->value))
            complaints.error(
                "RB0311",
                fmt::format(
                    "the plugin '{}' is part of the language, but this version of rockbuild doesn't have it yet",
                    text->value),
                text->span, "use plugin: nil with override-build");
        else if (std::find(plugins.begin(), plugins.end(), text->value) == plugins.end())
            complaints
                .error("RB0314", fmt::format("there is no plugin '{}'", text->value), text->span,
                       "the plugins are: nil, dump")
                .suggestions = suggestions(text->value, plugins);
    }
    read_source(fields, part);
}

/// A key such as `go-buildtags` belongs to a plugin. That plugin isn't here yet, which has been said; or the part has
/// another one.
void plugin_keys(Fields& fields, const Part& part, const YamlNode& map) {
    for (const auto& pair : map.pairs) {
        const auto& key = pair.key->text;
        std::string_view owner;
        for (const auto name : later_plugins)
            if (key.size() > name.size() && key.starts_with(name) && key[name.size()] == '-' &&
                name.size() > owner.size())
                owner = name;
        if (owner.empty()) continue;
        (void)fields.take(key);
        if (!later_plugins.contains(part.plugin.value) && !fields.complaints().missing_allowed())
            fields.complaints().error(
                "RB0310", fmt::format("{} has no key '{}'", fields.where(), key), pair.key->span,
                fmt::format("it belongs to the plugin '{}'; this part's plugin is '{}'", owner, part.plugin.value));
    }
}

Part read_part(Complaints& complaints, const YamlPair& pair, const std::string& base) {
    Part part;
    part.name = pair.key->text;
    part.span = pair.key->span;
    Fields fields(complaints, pair.value, fmt::format("part '{}'", part.name), Spelling::kebab_only);
    fields.named_at(pair.key->span);
    fields.refuse_clauses();
    read_plugin(fields, part);
    part.after = fields.texts("after");
    part.stage_packages = package_list(fields, "stage-packages");
    part.build_packages = package_list(fields, "build-packages");
    part.overlay_packages = package_list(fields, "overlay-packages");
    part.build_environment = build_environment(fields);
    if (auto moves = fields.text_map("organize"))
        for (auto& move : *moves) {
            check_organize(complaints, move.first, move.second);
            part.organize.push_back(std::move(move));
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
                complaints.error(
                    "RB0316",
                    fmt::format("part '{}' can't use '{}': there is no system under a bare base to lay it over",
                                part.name, key),
                    fields.key_span(key), "take a base, or make the files in override-build");
    plugin_keys(fields, part, *pair.value);
    check_prime(complaints, part);
    fields.finish(later_part_keys, part_synonyms);
    return part;
}

void check_name(Complaints& complaints, const YamlPair& pair) {
    const auto& name = pair.key->text;
    const auto is_odd = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == ':'; };
    if (name == "pebble")
        complaints.error("RB0314", "the part 'pebble' is every rock's own", pair.key->span, "give yours another name");
    else if (name.empty() || std::any_of(name.begin(), name.end(), is_odd) || name == "." || name == ".." ||
             name.starts_with('-') || leaves_folder(name))
        complaints.error("RB0314", fmt::format("'{}' can't be a part's name", name), pair.key->span,
                         "use letters, digits, '-' and '_'");
    else if (name.find('/') != std::string::npos && !complaints.missing_allowed())
        complaints.error(
            "RB0311",
            fmt::format("'{}' is a part's name to the language, but this version of rockbuild takes none with a '/'",
                        name),
            pair.key->span, "use '-' instead");
}

}  // namespace

std::vector<Part> read_parts(Complaints& complaints, const Yaml& map, const std::string& base) {
    std::vector<Part> parts;
    if (!map) return parts;
    if (!is_map(complaints, map, "'parts'")) return parts;
    for (const auto& pair : map->pairs) {
        check_name(complaints, pair);
        if (is_map(complaints, pair.value, fmt::format("part '{}'", pair.key->text)))
            parts.push_back(read_part(complaints, pair, base));
    }
    check_order(complaints, parts, key_texts(map));
    return parts;
}

}  // namespace rockbuild
