#include "pack/step_report.hpp"

#include "pack/session.hpp"
#include "packages/archive.hpp"
#include "parts/step_book.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace rockbuild {

namespace {

std::vector<std::string> files_that_differ(const Tree& before, const Tree& after) {
    std::vector<std::string> items;
    const auto delta = difference(before, after);
    for (const auto& entry : delta.entries()) {
        const auto* there = before.find(entry.path);
        const auto* now = after.find(entry.path);
        if (there != nullptr && now != nullptr && *there == *now) continue;  // only the parent of a change
        items.push_back(fmt::format("{} {}", there == nullptr ? '+' : now == nullptr ? '-' : '~', entry.path));
    }
    return items;
}

std::vector<std::string> packages_that_differ(const Resolution& before, const Resolution& after) {
    std::map<std::string, std::pair<std::string, std::string>> versions;
    for (const auto& package : before.packages) versions[package.name].first = package.version;
    for (const auto& package : after.packages) versions[package.name].second = package.version;
    std::vector<std::string> items;
    for (const auto& [name, version] : versions) {
        const auto& [old, now] = version;
        if (old == now) continue;
        items.push_back(old.empty()   ? fmt::format("+ {} {}", name, now)
                        : now.empty() ? fmt::format("- {} {}", name, old)
                                      : fmt::format("~ {} {} → {}", name, old, now));
    }
    return items;
}

/// What two digests stand for, if both are still in the store and of one kind.
std::vector<std::string> items_of(const Store& store, const KeyChange& change) {
    const auto before = Digest::parse(change.before);
    const auto after = Digest::parse(change.after);
    if (!before || !after || !store.has(*before) || !store.has(*after)) return {};
    const auto old_text = store.read(*before);
    const auto new_text = store.read(*after);
    if (!old_text || !new_text) return {};
    if (const auto old = Resolution::decode(*old_text))
        if (const auto now = Resolution::decode(*new_text)) return packages_that_differ(*old, *now);
    if (const auto old = Tree::decode(*old_text))
        if (const auto now = Tree::decode(*new_text)) return files_that_differ(*old, *now);
    return {};
}

}  // namespace

Result<std::vector<StepReport>> explain_step(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                                             const std::string& id, const Host& host, EventSink& events,
                                             const std::stop_token& stop) {
    const auto plans = TRY(plan(ids, document, options, host, events, stop));
    const auto store = TRY(Store::open(options.cache));
    std::vector<StepReport> reports;
    std::vector<std::string> known;
    for (const auto& plan : plans)
        for (const auto& step : plan.steps) {
            known.push_back(step.id());
            if (step.id() != id) continue;
            auto& report = reports.emplace_back(StepReport{plan.platform, step, {}});
            for (const auto& change : step.reasons)
                report.changes.push_back({change.input, change.before, change.after, items_of(*store, change)});
        }
    if (!reports.empty()) return reports;
    auto error =
        fail("RB1209", fmt::format("the project has no step '{}'", id), "`rockbuild plan` lists them", ExitCode::usage);
    error.error().suggestions = suggestions(id, known);
    return error;
}

Result<std::optional<std::string>> stored_log(const std::filesystem::path& project_dir,
                                              const std::filesystem::path& cache, const std::string& id) {
    const auto store = TRY(Store::open(cache));
    const auto keys = read_keys(TRY(store->note(project_note(project_dir))).value_or(""));
    for (const auto& [step, key] : keys) {
        if (step.second != id) continue;
        const auto result = TRY(store->result(key));
        if (result && result->log && store->has(*result->log)) return TRY(store->read(*result->log));
    }
    return std::nullopt;
}

}  // namespace rockbuild
