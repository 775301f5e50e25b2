#include "pack/lock_file.hpp"

#include "pack/builds.hpp"
#include "pack/session.hpp"
#include "parts/lifecycle.hpp"
#include "support/suggest.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rockbuild {

namespace {

std::filesystem::path lock_path(const PackOptions& options) { return options.project_dir / Lock::file_name; }

/// None if the project has none.
Result<std::optional<Lock>> read_lock(const PackOptions& options, const Host& host) {
    const auto path = lock_path(options);
    const auto text = TRY(read_file_if_any(path));
    if (!text) return std::nullopt;
    const auto near = path.lexically_relative(host.working_dir);
    return TRY(Lock::read(*text, (near.empty() ? path : near).native()));
}

/// Every name that `--update` takes.
std::vector<std::string> names_to_update(const std::vector<std::pair<Build, Project>>& builds, const Lock& before) {
    std::set<std::string> names{"base", "go", "node", "pebble"};
    const auto add_package = [&](const std::string& name) { names.insert(name.substr(0, name.find_first_of(":="))); };
    for (const auto& [build, project] : builds)
        for (const auto& part : project.parts) {
            names.insert(part.name);
            for (const auto* list : {&part.stage_packages, &part.build_packages, &part.overlay_packages,
                                     &part.overlay_recommended_packages})
                for (const auto& package : *list) add_package(package.value);
        }
    for (const auto& entry : before.entries())
        for (const auto& package : entry.value.packages) names.insert(package.name);
    return {names.begin(), names.end()};
}

Result<void> check_names(const LockUpdate& update, const std::vector<std::string>& known) {
    for (const auto& name : update.names) {
        if (std::ranges::find(known, name) != known.end()) continue;
        auto error =
            fail("RB1093", fmt::format("nothing that is locked is called '{}'", name),
                 "name a part, a package, base, go, node or pebble; without names all is taken anew", ExitCode::usage);
        error.error().suggestions = suggestions(name, known);
        return error;
    }
    return {};
}

/// What the builds of this run didn't ask about: those of other machines, or of platforms that weren't chosen, as far
/// as the document still has them.
Lock of_other_builds(const Lock& before, const ProjectDocument& document,
                     const std::vector<std::pair<Build, Project>>& builds) {
    return before.used_by([&](const LockUse& use) {
        const auto is_it = [&](const Build& build) {
            return build.platform.label == use.platform && build.build_on.debian == use.build_on;
        };
        return std::ranges::any_of(document.builds, is_it) &&
               std::ranges::none_of(builds, [&](const auto& item) { return is_it(item.first); });
    });
}

LockWritten compared(const Lock& before, const Lock& after) {
    LockWritten written;
    written.entries = after.entries().size();
    for (const auto& entry : after.entries()) {
        const auto* old = before.find(entry.kind, entry.request);
        if (old == nullptr || old->value != entry.value) ++written.changed;
    }
    for (const auto& entry : before.entries())
        if (after.find(entry.kind, entry.request) == nullptr) ++written.dropped;
    return written;
}

}  // namespace

Result<std::vector<std::pair<Build, Project>>> chosen_builds(const ProjectDocument& document,
                                                             const PackOptions& options, const Host& host,
                                                             EventSink& events) {
    const auto plan = TRY(plan_builds(document, {options.platform, options.build_for}, host.arch));
    for (const auto& [label, why] : plan.skipped) events.message(fmt::format("platform {} is skipped: {}", label, why));
    std::vector<std::pair<Build, Project>> builds;
    for (const auto& build : plan.builds) builds.emplace_back(build, project_for(document, build));
    return builds;
}

Result<std::shared_ptr<LockKeeper>> project_lock(const PackOptions& options, const Host& host, EventSink& events) {
    auto lock = TRY(read_lock(options, host));
    if (lock) return LockKeeper::holding(*std::move(lock), options.locked, events);
    if (options.locked)
        return fail("RB1091", fmt::format("--locked, but the project has no {}", Lock::file_name),
                    "run `rockbuild lock`, and keep the file with the project");
    return std::make_shared<LockKeeper>();
}

Result<LockWritten> write_lock(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                               const LockUpdate& update, const Host& host, EventSink& events,
                               const std::stop_token& stop) {
    const auto builds = TRY(chosen_builds(document, options, host, events));
    const auto before = TRY(read_lock(options, host)).value_or(Lock());
    TRY_VOID(check_names(update, names_to_update(builds, before)));
    const auto keeper = LockKeeper::renewing(before, update);
    const auto session = TRY(Session::open(ids, builds.front().second, options, keeper, host, events, stop));
    for (const auto& [build, project] : builds) {
        const auto workshop = TRY(session->workshop(build));
        TRY_VOID(lock_lifecycle(*workshop, session->job(project, build), stop));
    }
    TRY_VOID(session->remember_uses(false));
    auto after = of_other_builds(before, document, builds);
    // Last, since what was asked now counts where others ask the same.
    for (const auto& entry : keeper->gathered().entries()) after.put(entry);
    const auto text = after.write();
    const auto path = lock_path(options);
    if (TRY(read_file_if_any(path)) != text) {
        auto written = write_file(path, text);
        if (!written) {
            written.error().exit = ExitCode::cannot_write;
            return std::unexpected(std::move(written).error());
        }
    }
    return compared(before, after);
}

}  // namespace rockbuild
