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

/// Is there an error within what stands under a key of the file?
bool has_error_in(const ProjectDocument& document, std::string_view key) {
    const auto* pair = find_pair(*document.root, key);
    if (pair == nullptr) return false;
    return std::any_of(document.diagnostics.begin(), document.diagnostics.end(), [&](const Diagnostic& item) {
        return item.severity == Severity::error && pair->key->span.begin <= item.span->begin &&
               item.span->begin <= pair->value->span.end;
    });
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
    // What follows from a mistake in services would only repeat it.
    const bool services = !has_error_in(document, "services") && !has_error_in(document, "checks");
    for (const auto& build : different_builds(document)) {
        const auto project = project_for(document, build);
        if (services)
            for (auto& item : check_pebble(project)) all.push_back(std::move(item));
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

}  // namespace rockbuild
