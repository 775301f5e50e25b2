#include "pack/pack.hpp"

#include "bases/end_of_life.hpp"
#include "pack/adopted.hpp"
#include "pack/builds.hpp"
#include "pack/lock_file.hpp"
#include "pack/rock.hpp"
#include "pack/session.hpp"
#include "parts/step_book.hpp"
#include "store/folder_io.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Exit 65 for a base past its end, unless told to ignore that (spec/rockcraft-yaml.md §13.4).
Result<void> check_maintained(const Project& project, const PackOptions& options, const Host& host, EventSink& events) {
    for (const auto* base : {&project.base, &project.build_base}) {
        const auto last_day = end_of_life(base->value);
        const auto state = maintained(last_day, host.now);
        if (state == Maintained::ends_soon)
            events.message(fmt::format("the base {} reaches its end of life on {}", base->value, *last_day));
        if (state != Maintained::no) continue;
        if (options.ignore_unmaintained) {
            events.message(fmt::format("using the end-of-life base {}", base->value));
            continue;
        }
        auto error =
            fail("RB1205", fmt::format("the base {} reached its end of life on {}", base->value, *last_day),
                 "take a newer base; if you know the risks, run again with --ignore=unmaintained", ExitCode::bad_data);
        error.error().span = base->span;
        return error;
    }
    return {};
}

/// What identifies the file that was written last to an output path.
std::string file_identity(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return {};
    return fmt::format("{} {} {} {}.{:09}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

/// Writes the archive, unless the very file is still there from an earlier run.
Result<void> write_rock(Store& store, const Rock& rock, const std::string& tag, const fs::path& path) {
    const auto note = "output/" + sha256(path.native()).hex();
    const auto written = [&] { return fmt::format("{} {} {}", rock.manifest.digest.str(), tag, file_identity(path)); };
    if (const auto text = TRY(store.note(note)); text && !file_identity(path).empty() && *text == written()) return {};
    TRY_VOID(write_archive(store, rock.manifest, tag, path));
    return store.put_note(note, written());
}

Result<PackedRock> pack_one(Session& session, const Project& file, const Build& build, const PackOptions& options,
                            EventSink& events, const std::stop_token& stop) {
    const auto& platform = build.platform;
    const auto workshop = TRY(session.workshop(build));
    const auto job = session.job(file, build);
    const auto walked = TRY(run_lifecycle(*workshop, job, {}, {}, stop));
    const auto project = TRY(complete(file, walked.primed->values));
    if (const auto tag = legal_tag(project.version.value); tag != project.version.value)
        events.message(
            fmt::format("the version {} is no legal tag: the image's tag is {}", project.version.value, tag));
    const auto base = TRY(session.base(platform.build_for));
    const auto rock = TRY(assemble({session.store(), events, options.parallel, session.created(), job.time}, project,
                                   platform, base, *walked.primed, stop));
    PackedRock packed;
    packed.file =
        options.output_dir / fmt::format("{}_{}_{}.rock", project.name.value, project.version.value, platform.label);
    TRY_VOID(write_rock(session.store(), rock, legal_tag(project.version.value), packed.file));
    packed.digest = rock.manifest.digest.str();
    packed.platform = platform.label;
    std::error_code error;
    packed.size = fs::file_size(packed.file, error);
    for (const auto& layer : rock.layers)
        packed.layers.push_back({layer.digest.str(), layer.diff_id.str(), layer.size, layer.created_by});
    for (const auto& step : walked.steps)
        ++(step.prediction == Prediction::hit ? packed.steps_cached : packed.steps_run);
    return packed;
}

Result<void> check_parts(const Project& project, const Goal& goal) {
    std::vector<std::string> known;
    for (const auto& part : project.parts) known.push_back(part.name);
    for (const auto& name : goal.parts) {
        if (std::ranges::find(known, name) != known.end()) continue;
        auto error = fail("RB1209", fmt::format("the project has no part '{}'", name),
                          fmt::format("its parts are: {}", fmt::join(known, ", ")), ExitCode::usage);
        error.error().suggestions = suggestions(name, known);
        return error;
    }
    return {};
}

Result<void> check_free(const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder, error) || (fs::is_directory(folder, error) && fs::is_empty(folder, error))) return {};
    return fail("RB1208", fmt::format("'{}' is there already, and isn't an empty folder", folder.native()),
                "name another folder with --export, or remove that one", ExitCode::cannot_write);
}

/// A tree as files of whoever asks: root gets every owner as it is, others own all of it; whiteouts are left out.
Result<void> write_for_a_look(const Store& store, const Digest& digest, const fs::path& folder) {
    const auto tree = TRY(store.tree(digest));
    std::vector<Entry> entries;
    for (auto entry : tree->entries()) {
        if (entry.type == EntryType::whiteout) continue;
        entry.opaque = false;
        if (::geteuid() != 0) {
            entry.uid = ::geteuid();
            entry.gid = ::getegid();
            entry.xattrs.clear();
        }
        entries.push_back(std::move(entry));
    }
    TRY_VOID(make_folders(folder));
    return write_folder(store, Tree::of(std::move(entries)), folder);
}

}  // namespace

Result<std::vector<PackedRock>> pack(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                                     const Host& host, EventSink& events, const std::stop_token& stop) {
    const auto builds = TRY(chosen_builds(document, options, host, events));
    const auto& first = builds.front().second;
    TRY_VOID(check_maintained(first, options, host, events));
    TRY_VOID(make_folders(options.output_dir));
    const auto session =
        TRY(Session::open(ids, first, options, TRY(project_lock(options, host, events)), host, events, stop));
    std::vector<PackedRock> rocks;
    for (const auto& [build, project] : builds)
        if (auto rock = pack_one(*session, project, build, options, events, stop)) rocks.push_back(*std::move(rock));
        else {
            (void)session->remember_uses(false);
            return std::unexpected(std::move(rock).error());
        }
    TRY_VOID(session->remember_uses(true));
    return rocks;
}

Result<std::vector<Plan>> plan(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                               const Host& host, EventSink& events, const std::stop_token& stop) {
    const auto builds = TRY(chosen_builds(document, options, host, events));
    const auto& first = builds.front().second;
    const auto session =
        TRY(Session::open(ids, first, options, TRY(project_lock(options, host, events)), host, events, stop));
    std::vector<Plan> plans;
    for (const auto& [build, project] : builds) {
        const auto workshop = TRY(session->workshop(build));
        plans.push_back({build.platform.label, TRY(plan_lifecycle(*workshop, session->job(project, build), stop))});
    }
    return plans;
}

Result<StepsDone> run_steps(IdSpace& ids, const ProjectDocument& document, const PackOptions& options,
                            const StepsWish& wish, const Host& host, EventSink& events, const std::stop_token& stop) {
    const auto builds = TRY(chosen_builds(document, options, host, events));
    const auto& first = builds.front().second;
    TRY_VOID(check_parts(first, wish.goal));
    TRY_VOID(check_maintained(first, options, host, events));
    if (!wish.export_to.empty()) TRY_VOID(check_free(wish.export_to));
    const auto session =
        TRY(Session::open(ids, first, options, TRY(project_lock(options, host, events)), host, events, stop));
    StepsDone done;
    for (const auto& [build, project] : builds) {
        const auto workshop = TRY(session->workshop(build));
        const auto job = session->job(project, build);
        const auto walked = TRY(run_lifecycle(*workshop, job, wish.goal, wish.shell, stop));
        for (const auto& step : walked.steps) ++(step.prediction == Prediction::hit ? done.cached : done.run);
        if (wish.export_to.empty()) continue;
        const auto folder = builds.size() == 1 ? wish.export_to : wish.export_to / build.platform.label;
        for (const auto& tree : walked.trees)
            TRY_VOID(write_for_a_look(session->store(), tree.tree, folder / tree.part));
    }
    TRY_VOID(session->remember_uses(false));
    return done;
}

Result<std::size_t> clean(const std::filesystem::path& project_dir, const std::filesystem::path& cache,
                          const std::vector<std::string>& parts) {
    const auto store = TRY(Store::open(cache));
    const auto note = project_note(project_dir);
    auto keys = read_keys(TRY(store->note(note)).value_or(""));
    const auto part_of = [](const auto& item) { return item.first.second.substr(0, item.first.second.find(':')); };
    std::vector<std::string> known;
    for (const auto& item : keys) known.push_back(part_of(item));
    for (const auto& part : parts)
        if (std::find(known.begin(), known.end(), part) == known.end()) {
            auto error = fail("RB1201", fmt::format("nothing is stored for a part '{}' of this project", part),
                              "run `rockbuild plan` to see its steps");
            error.error().suggestions = suggestions(part, known);
            return error;
        }
    std::size_t gone = 0;
    for (auto it = keys.begin(); it != keys.end();) {
        if (!parts.empty() && std::find(parts.begin(), parts.end(), part_of(*it)) == parts.end()) {
            ++it;
            continue;
        }
        TRY_VOID(store->forget_result(it->second));
        ++gone;
        it = keys.erase(it);
    }
    if (keys.empty()) TRY_VOID(store->forget_note(note));
    else TRY_VOID(store->put_note(note, write_keys(keys)));
    return gone;
}

Result<void> clean_caches(IdSpace& ids, const std::filesystem::path& cache, const std::function<void()>& wait) {
    const auto store = TRY(Store::open(cache));
    return Checkouts(*store, ids).remove_caches(wait);
}

}  // namespace rockbuild
