#include "project/rules.hpp"

#include "project/check_shape.hpp"
#include "project/reading.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace rockbuild {

Generation build_generation(const YamlNode& project) {
    for (const auto* key : {"build-base", "base"})
        if (const auto name = filled_text_at(project, key)) {
            const auto* base = find_base_name(name->value);
            return base == nullptr ? Generation::none : base->generation;
        }
    return Generation::none;
}

namespace {

class ProjectRules {
public:
    ProjectRules(Complaints& complaints, const YamlNode& project) : complaints_(complaints), project_(project) {}

    void check() {
        title();
        bases();
        licence();
        environment();
        adopted();
        entrypoint();
        repositories();
    }

private:
    void title() {
        const auto name = filled_text_at(project_, "name");
        if (name && name->value.size() == 1 && !filled_text_at(project_, "title"))
            complaints_.error("RB0312",
                              fmt::format("the title is the name, and '{}' is too short for one", name->value),
                              name->span, "add a title of 2 characters or more");
    }

    void bases() {
        const auto base = filled_text_at(project_, "base");
        const auto build_base = filled_text_at(project_, "build-base");
        for (const auto& name : {base, build_base})
            if (const auto* kind = name ? find_base_name(name->value) : nullptr;
                kind != nullptr && !kind->modern.empty())
                complaints_.warning("RB0323", fmt::format("'{}' is an old spelling", name->value), name->span,
                                    fmt::format("write {}", kind->modern));
        if (base && base->value == "bare" && !build_base)
            complaints_.error("RB0312", "a bare rock needs 'build-base': its parts are built somewhere", base->span,
                              "add build-base: debian@12");
        if (base && base->value == "ubuntu@26.10" && !build_base)
            complaints_.error("RB0312", "'ubuntu@26.10' is in development: it needs 'build-base'", base->span,
                              "add build-base: devel");
        else if (base && base->value == "ubuntu@26.10" && build_base->value != "devel")
            complaints_.error("RB0316", "'ubuntu@26.10' is in development: its 'build-base' must be 'devel'",
                              build_base->span, "write build-base: devel");
        if (build_base && build_base->value == "devel")
            complaints_.warning("RB0324", "'devel' changes from day to day: the rock is marked as unstable",
                                build_base->span, "name a release where the rock is to last");
    }

    void licence() {
        const auto given = filled_text_at(project_, "license");
        if (!given || canonical_licence(given->value)) return;
        const bool expression = given->value.find(" AND ") != std::string::npos ||
                                given->value.find(" OR ") != std::string::npos ||
                                given->value.find(" WITH ") != std::string::npos;
        auto& item = complaints_.error(
            "RB0314", fmt::format("'{}' is no licence that SPDX knows", given->value), given->span,
            expression ? "only one id is taken, no expression like 'A AND B'" : "write one SPDX id, or proprietary");
        if (complaints_.all().size() < 100) item.suggestions = near_licences(given->value);
    }

    void environment() {
        for (const auto& [name, value] : text_pairs_at(project_, "environment")) {
            // A `$` at the very end is taken as itself; elsewhere it would suggest an expansion that nobody makes.
            if (const auto at = value.value.find('$'); at != std::string::npos && at + 1 < value.value.size())
                complaints_.error(
                    "RB0314",
                    fmt::format("the value of '{}' has a '$': variables aren't expanded in the image's environment",
                                name.value),
                    value.span, "write the value itself");
            if (value.value.find('\0') != std::string::npos)
                complaints_.error("RB0314", fmt::format("the value of '{}' has a zero byte", name.value), value.span);
        }
    }

    void adopted() {
        const auto part = text_at(project_, "adopt-info");
        if (!part || complaints_.missing_allowed()) return;
        const auto parts = find_value(project_, "parts");
        const auto names = key_texts(parts);
        if (std::find(names.begin(), names.end(), part->value) != names.end()) return;
        complaints_.suggest(complaints_.error("RB0315", fmt::format("there is no part '{}'", part->value), part->span,
                                              "name the part whose scripts call `craftctl set`"),
                            part->value, names);
    }

    void entrypoint() {
        if (const auto command = text_at(project_, "entrypoint-command")) {
            std::string problem;
            if (!split_command(command->value, problem))
                complaints_.error("RB0318", fmt::format("'entrypoint-command' can't be read: {}", problem),
                                  command->span, "quote as in a shell; `[ ]` around default arguments comes last");
            atypical("entrypoint-command");
        }
        if (const auto wanted = text_at(project_, "entrypoint-service")) entrypoint_service(*wanted);
    }

    void entrypoint_service(const PlacedText& wanted) {
        const auto services = find_value(project_, "services");
        const auto names = key_texts(services);
        const auto* service = services ? find_pair(*services, wanted.value, Spelling::kebab_only) : nullptr;
        if (service == nullptr) {
            if (!complaints_.missing_allowed())
                complaints_.suggest(complaints_.error("RB0315", fmt::format("there is no service '{}'", wanted.value),
                                                      wanted.span, "name one of `services:`"),
                                    wanted.value, names);
            return;
        }
        if (service->value->kind != YamlNode::Kind::map) return;
        atypical("entrypoint-service");
        const auto command = text_at(*service->value, "command");
        if (!command) return;
        std::string problem;
        const auto line = split_command(command->value, problem);
        if (!line)
            complaints_.error("RB0318", fmt::format("the command of '{}' can't be read: {}", wanted.value, problem),
                              command->span, "quote as in a shell; `[ ]` around default arguments comes last");
        else if (!line->arguments)
            complaints_
                .error("RB0316", fmt::format("the command of '{}' has no place for arguments", wanted.value),
                       command->span, "add `[ ]`, with default arguments inside")
                .notes.push_back({"it is the image's entry point by this", wanted.span});
    }

    void atypical(const std::string& key) {
        complaints_.warning("RB0319", fmt::format("with '{}' the rock's entrypoint isn't the usual one", key),
                            key_span(project_, key), "rocks normally start Pebble alone");
    }

    void repositories() {
        const auto list = find_value(project_, "package-repositories");
        if (!list || list->kind != YamlNode::Kind::list) return;
        const std::string where = "an entry of 'package-repositories'";
        for (const auto& item : list->items) {
            if (!is_map(complaints_, item, where)) continue;
            const auto& kind = repository_kind(*item);
            const auto begin = item->pairs.empty() ? item->span : item->pairs.front().key->span;
            check_object(complaints_, {*item, where, begin}, {kind.shape});
        }
    }

    /// By the key that tells the kinds apart; misspelt, it still does.
    static const RepositoryKind& repository_kind(const YamlNode& item) {
        const auto& kinds = repository_kinds();
        for (const auto& kind : kinds)
            if (find_pair(item, kind.key) != nullptr) return kind;
        for (const auto& pair : item.pairs)
            for (const auto& kind : kinds)
                if (!suggestions(pair.key->text, {std::string(kind.key)}).empty()) return kind;
        return kinds.back();
    }

    Complaints& complaints_;
    const YamlNode& project_;
};

}  // namespace

void check_project_rules(Complaints& complaints, const YamlNode& project) { ProjectRules(complaints, project).check(); }

}  // namespace rockbuild
