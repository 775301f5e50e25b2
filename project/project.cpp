// The top level of a project file, and the order of reading: YAML, fields, what ties fields together. All mistakes come
// out at once, in the order of the file.
#include "project/project.hpp"

#include "project/sections.hpp"
#include "project/variables.hpp"
#include "project/yaml.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace rockbuild {

namespace {

const LaterKeys later_project_keys{
    {"adopt-info", "write version, summary and description in the file"},
    {"package-repositories", "only Debian's own archive is a source of packages so far"},
    {"extensions", "write the parts and services themselves"},
};

const Synonyms project_synonyms{
    {"entrypoint", "write services, or entrypoint-command"},
    {"cmd", "write services, or entrypoint-command"},
    {"env", "write environment"},
    {"from", "write base"},
    {"image", "write base"},
    {"ports", "ports aren't declared in a rock: a check may watch one"},
    {"expose", "ports aren't declared in a rock: a check may watch one"},
    {"user", "write run-user"},
    {"apps", "write services"},
    {"architectures", "write platforms"},
    {"website", "write source-code or contact"},
    {"confinement", "rocks have none: leave it out"},
    {"grade", "rocks have none: leave it out"},
    {"type", "rocks have none: leave it out"},
    {"containers", "a rock is one container: leave it out"},
    {"bases", "write base"},
    {"run", "write a part with override-build"},
    {"copy", "write a part with plugin: dump"},
    {"labels", "they are made from name, version, summary, description and license"},
};

const std::vector<std::string> our_bases{"bare", "debian@12"};
const std::set<std::string_view> later_bases{"ubuntu@20.04", "ubuntu@22.04", "ubuntu@24.04", "ubuntu@25.10",
                                             "ubuntu@26.04", "ubuntu@26.10", "ubuntu:20.04", "ubuntu:22.04",
                                             "devel",        "debian@13"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// Lowercase letters, digits, single hyphens inside, at least one letter, 1 to 40 characters.
bool is_rock_name(const std::string& name) {
    constexpr std::size_t most = 40;
    if (name.empty() || name.size() > most || name.front() == '-' || name.back() == '-' ||
        name.find("--") != std::string::npos)
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; }) &&
           std::any_of(name.begin(), name.end(), is_lower);
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool is_version(const std::string& version) {
    constexpr std::size_t most = 32;
    const auto is_alnum = [](char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); };
    if (version.empty() || version.size() > most || !is_alnum(version.front())) return false;
    if (version.size() > 1 && !is_alnum(version.back()) && version.back() != '+' && version.back() != '~') return false;
    return std::all_of(version.begin(), version.end(), [&](char c) {
        return is_alnum(c) || std::string_view(":.+~-").find(c) != std::string_view::npos;
    });
}

class Reader {
public:
    Reader(Complaints& complaints, const Yaml& root)
        : complaints_(complaints), fields_(complaints, root, "the project", Spelling::kebab_or_snake) {
        project_.file = complaints.file();
        adopts_ = has(root, "adopt-info") || has(root, "adopt_info");
        if (has(root, "extensions")) complaints.allow_missing();
    }

    Project read() {
        names();
        version();
        project_.summary = needed_text("summary", "say in one line what the rock is");
        project_.description = needed_text("description", "say what the rock is for");
        bases();
        licence();
        for (const auto* key : {"contact", "issues"}) text_or_texts(key);
        (void)fields_.text("source-code");
        if (const auto platforms = fields_.required("platforms", "add for example `platforms: {amd64: }`"))
            project_.platforms = read_platforms(complaints_, platforms);
        environment();
        if (const auto user = fields_.choice("run-user", {"_daemon_"})) project_.run_user = true;
        project_.services = read_services(complaints_, fields_.take("services"));
        project_.checks = read_checks(complaints_, fields_.take("checks"));
        entrypoint();
        const auto parts = fields_.take("parts");
        project_.parts = read_parts(complaints_, parts, project_.base.value);
        fields_.finish(later_project_keys, project_synonyms);
        return std::move(project_);
    }

private:
    static bool has(const Yaml& root, std::string_view key) {
        return std::any_of(root->pairs.begin(), root->pairs.end(),
                           [&](const auto& pair) { return pair.key->text == key && !is_null(*pair.value); });
    }

    PlacedText needed_text(const std::string& key, const std::string& hint) {
        if (adopts_ && key != "name") return fields_.text(key).value_or(PlacedText{"", fields_.key_span(key)});
        const auto value = fields_.required(key, hint);
        return as_text(complaints_, value, fmt::format("'{}'", key)).value_or(PlacedText{"", fields_.key_span(key)});
    }

    void names() {
        project_.name = needed_text("name", "give the rock a name");
        const auto& name = project_.name;
        const auto before = complaints_.all().size();
        if (fields_.text("name") && !is_rock_name(name.value))
            complaints_.error("RB0314", fmt::format("invalid name: '{}'", name.value), name.span,
                              "use lowercase letters, digits and single hyphens between them, at least one letter, at "
                              "most 40 characters");
        const auto title = fields_.text("title");
        project_.title = title && !title->value.empty() ? title->value : name.value;
        constexpr std::size_t most_title = 40;
        const auto size = characters(project_.title);
        if (title && !title->value.empty() && (size < 2 || size > most_title))
            complaints_.error("RB0314",
                              fmt::format("'title' must have from 2 to {} characters, not {}", most_title, size),
                              title->span, "leave it out to take the name");
        else if (size == 1 && complaints_.all().size() == before)
            complaints_.error("RB0312", "the title is the name, and that is too short for one", name.span,
                              "add a title of 2 characters or more");
    }

    void version() {
        const auto value =
            adopts_ ? fields_.take("version") : fields_.required("version", "write for example version: \"1.0\"");
        const auto text = as_text(complaints_, value, "'version'");
        if (!text) return;
        project_.version = *text;
        if (yaml_type(*value) == YamlType::floating || yaml_type(*value) == YamlType::integer)
            if (text->value != value->text)
                complaints_.warning(
                    "RB0317",
                    fmt::format("the version is {}, not {}: YAML reads it as a number", text->value, value->text),
                    value->span, fmt::format("write version: \"{}\"", value->text));
        if (!is_version(text->value))
            complaints_.error(
                "RB0314", fmt::format("'{}' can't be a version", text->value), text->span,
                "use at most 32 letters, digits and the characters : . + ~ -; begin with a letter or a digit");
    }

    bool check_base(const PlacedText& base, const std::string& key, const std::vector<std::string>& allowed) {
        if (std::find(allowed.begin(), allowed.end(), base.value) != allowed.end()) return true;
        if (later_bases.contains(base.value))
            complaints_.error(
                "RB0311",
                fmt::format("'{}' is part of the language, but this version of rockbuild doesn't make it yet",
                            base.value),
                base.span, "take debian@12, or bare with build-base: debian@12");
        else
            complaints_
                .error("RB0314", fmt::format("there is no base '{}'", base.value), base.span,
                       fmt::format("'{}' is one of: {}", key, fmt::join(allowed, ", ")))
                .suggestions = suggestions(base.value, allowed);
        return false;
    }

    void bases() {
        const auto value = fields_.required("base", "write base: debian@12, or base: bare with a build-base");
        const auto base = as_text(complaints_, value, "'base'");
        const auto build_base = fields_.text("build-base");
        if (base) {
            project_.base = *base;
            check_base(*base, "base", our_bases);
        }
        if (build_base) {
            project_.build_base = *build_base;
            check_base(*build_base, "build-base", {"debian@12"});
        } else if (base && base->value == "bare") {
            complaints_.error("RB0312", "a bare rock needs 'build-base': its parts are built somewhere", base->span,
                              "add build-base: debian@12");
        } else if (base) {
            project_.build_base = *base;
        }
    }

    void licence() {
        const auto given = fields_.text("license");
        if (!given || given->value.empty()) return;
        project_.license = canonical_licence(given->value);
        if (project_.license) return;
        auto& item = complaints_.error("RB0314", fmt::format("'{}' is no licence that SPDX knows", given->value),
                                       given->span, "write one SPDX id, or proprietary");
        item.suggestions = near_licences(given->value);
        if (given->value.find(' ') != std::string::npos)
            item.hint = "only one id is taken, no expression like 'A AND B'";
    }

    void text_or_texts(const std::string& key) {
        const auto value = fields_.take(key);
        if (value && value->kind == YamlNode::Kind::list) {
            std::set<std::string> seen;
            for (const auto& text : fields_.texts(key))
                if (!seen.insert(text.value).second)
                    complaints_.error("RB0314", fmt::format("'{}' names '{}' twice", key, text.value), text.span,
                                      "keep one of them");
        } else (void)as_text(complaints_, value, fmt::format("'{}'", key));
    }

    void environment() {
        const auto pairs = fields_.text_map("environment");
        if (!pairs) return;
        for (const auto& [name, value] : *pairs) {
            // A `$` at the very end is taken as itself; elsewhere it would suggest an expansion that nobody makes.
            if (const auto at = value.value.find('$');
                at != std::string::npos && at + 1 < value.value.size() && !mentions_variable(value.value))
                complaints_.error(
                    "RB0314",
                    fmt::format("the value of '{}' has a '$': variables aren't expanded in the image's environment",
                                name.value),
                    value.span, "write the value itself");
            if (value.value.find('\0') != std::string::npos)
                complaints_.error("RB0314", fmt::format("the value of '{}' has a zero byte", name.value), value.span);
            if (name.value.empty() || name.value.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
                complaints_.error("RB0314", fmt::format("'{}' is no name of a variable", name.value), name.span);
            project_.environment.emplace_back(name.value, value.value);
        }
    }

    void entrypoint() {
        project_.entrypoint_service = fields_.text("entrypoint-service");
        project_.entrypoint_command = fields_.text("entrypoint-command");
        std::string problem;
        if (project_.entrypoint_service && project_.entrypoint_command)
            complaints_.error("RB0316", "'entrypoint-service' and 'entrypoint-command' exclude each other",
                              fields_.key_span("entrypoint-command"), "keep one");
        if (const auto& command = project_.entrypoint_command) {
            if (!split_command(command->value, problem))
                complaints_.error("RB0318", fmt::format("the command can't be read: {}", problem), command->span);
            atypical("entrypoint-command");
        }
        if (!project_.entrypoint_service) return;
        const auto& wanted = *project_.entrypoint_service;
        const auto names = key_texts(fields_.take("services"));
        const auto service = std::find_if(project_.services.begin(), project_.services.end(),
                                          [&](const auto& item) { return item.first == wanted.value; });
        if (service == project_.services.end()) {
            if (complaints_.missing_allowed() || std::find(names.begin(), names.end(), wanted.value) != names.end())
                return;
            complaints_
                .error("RB0315", fmt::format("there is no service '{}'", wanted.value), wanted.span,
                       "name one of `services:`")
                .suggestions = suggestions(wanted.value, names);
            return;
        }
        for (const auto& [key, value] : service->second.pairs) {
            if (key != "command") continue;
            const auto line = split_command(value.text, problem);
            if (!line) complaints_.error("RB0318", fmt::format("the command can't be read: {}", problem), value.span);
            else if (!line->arguments)
                complaints_.error("RB0316", fmt::format("the command of '{}' has no place for arguments", wanted.value),
                                  value.span, "add `[ ]`, with default arguments inside");
        }
        atypical("entrypoint-service");
    }

    void atypical(const std::string& key) {
        complaints_.warning("RB0319", fmt::format("with '{}' the rock's entrypoint isn't the usual one", key),
                            fields_.key_span(key), "rocks normally start Pebble alone");
    }

    Complaints& complaints_;
    Fields fields_;
    Project project_;
    bool adopts_ = false;  // `adopt-info`: a part gives version, summary and description
};

/// Where something is said of an alias, a note leads to what it stands for.
void show_anchors(Diagnostics& diagnostics, const YamlNode& node) {
    if (node.anchor) {
        const auto before = [](const Diagnostic& item, const Position& begin) { return item.span->begin < begin; };
        auto item = std::lower_bound(diagnostics.begin(), diagnostics.end(), node.span.begin, before);
        for (; item != diagnostics.end() && item->span == node.span; ++item)
            item->notes.push_back({"it stands for what is written here", *node.anchor});
    }
    for (const auto& child : node.items) show_anchors(diagnostics, *child);
    for (const auto& pair : node.pairs) show_anchors(diagnostics, *pair.value);
}

}  // namespace

ProjectReading read_project(std::string text, const std::string& file) {
    ProjectReading result;
    auto yaml = read_yaml(text, file);
    Complaints complaints(file);
    complaints.all() = std::move(yaml.diagnostics);
    const Span start{file, {1, 1}, {1, 1}};
    if (!yaml.root && complaints.has_errors()) {
        // Where YAML broke off, what the rest would have said is not known.
    } else if (!yaml.root || is_null(*yaml.root)) {
        complaints.error("RB0312", "the file is empty", start,
                         "write at least name, base, version, summary, description and platforms");
    } else if (is_map(complaints, yaml.root, "a project file")) {
        result.project = Reader(complaints, yaml.root).read();
        refuse_variables(complaints, *yaml.root);
    }
    if (complaints.has_errors()) result.project.reset();
    result.diagnostics = std::move(complaints.all());
    std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                     [](const auto& a, const auto& b) { return a.span->begin < b.span->begin; });
    // What lies in an anchor is read at each of its uses, and said once.
    const auto same = [](const auto& a, const auto& b) {
        return a.code == b.code && a.message == b.message && a.span == b.span;
    };
    result.diagnostics.erase(std::unique(result.diagnostics.begin(), result.diagnostics.end(), same),
                             result.diagnostics.end());
    if (yaml.root && !result.diagnostics.empty()) show_anchors(result.diagnostics, *yaml.root);
    return result;
}

}  // namespace rockbuild
