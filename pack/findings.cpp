#include "pack/findings.hpp"

#include "bases/end_of_life.hpp"
#include "pack/builds.hpp"
#include "pebble/check.hpp"
#include "project/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rockbuild {

namespace {

bool lies_in(const Diagnostic& item, const YamlPair& pair) {
    return item.span->file == pair.key->span.file && pair.key->span.begin <= item.span->begin &&
           item.span->begin <= pair.value->span.end;
}

/// The errors within a section of objects, by object.
void note_section(const ProjectDocument& document, const std::string& section, AlreadySaid& said) {
    const auto* pair = find_pair(*document.root, section);
    if (pair == nullptr) return;
    for (const auto& item : document.diagnostics) {
        if (item.severity != Severity::error || !lies_in(item, *pair)) continue;
        said.places.push_back(*item.span);
        const auto& objects = pair->value->pairs;
        const auto object =
            std::find_if(objects.begin(), objects.end(), [&](const YamlPair& inner) { return lies_in(item, inner); });
        if (object != objects.end() && object->value->kind == YamlNode::Kind::map)
            said.objects.insert(section + "." + object->key->text);
        else said.names = true;
    }
}

/// What follows from a mistake in services would only repeat it.
AlreadySaid already_said(const ProjectDocument& document) {
    AlreadySaid said;
    note_section(document, "services", said);
    note_section(document, "checks", said);
    return said;
}

void of_base(const PlacedText& base, std::int64_t now, Diagnostics& all) {
    const auto last_day = end_of_life(base.value);
    const auto state = maintained(last_day, now);
    if (state == Maintained::yes) return;
    Diagnostic warning;
    warning.code = "RB1110";
    warning.severity = Severity::warning;
    warning.message = state == Maintained::no
                          ? fmt::format("the base {} reached its end of life on {}", base.value, *last_day)
                          : fmt::format("the base {} reaches its end of life on {}", base.value, *last_day);
    warning.span = base.span;
    warning.hint = state == Maintained::no ? "`pack` refuses it, unless called with --ignore=unmaintained"
                                           : "after that day `pack` refuses it: move to a newer base";
    all.push_back(std::move(warning));
}

}  // namespace

Diagnostics findings(const ProjectDocument& document, std::int64_t now, const std::string& data) {
    if (document.root == nullptr) return document.diagnostics;
    Diagnostics all;
    const auto said = already_said(document);
    for (const auto& build : different_builds(document)) {
        const auto project = project_for(document, build);
        for (auto& item : check_pebble(project, said)) all.push_back(std::move(item));
        of_base(project.base, now, all);
        if (project.build_base.value != project.base.value) of_base(project.build_base, now, all);
        if (!document.good()) continue;
        for (auto& item : unbuildable(project, data)) {
            item.severity = Severity::warning;
            all.push_back(std::move(item));
        }
    }
    name_makers(document.makers, all);
    all.insert(all.begin(), document.diagnostics.begin(), document.diagnostics.end());
    put_in_order(all);
    return all;
}

Diagnostics refusals(const ProjectDocument& document, const std::string& data) {
    auto all = unbuildable(document, data);
    for (const auto& build : different_builds(document))
        for (auto& item : check_pebble(project_for(document, build)))
            // Another layer may define what this one refers to: read_layers decides that for the finished rock.
            if (item.severity == Severity::error && item.code != "RB0612") all.push_back(std::move(item));
    put_in_order(all);
    return all;
}

}  // namespace rockbuild
