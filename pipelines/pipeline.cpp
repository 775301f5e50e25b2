// What both systems share: which runner packs what, and which words may stand in a pipeline.
//
// The words of a pipeline are read by YAML, by the system's own expressions and patterns, and by a shell. YAML and the
// shell have quotes that hold anything; the rest has not, so what it would take for its own is refused here, once, for
// both.
#include "pipelines/pipeline.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace rockbuild {

namespace {

bool is_label(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view("._-").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// GitHub replaces `${{ … }}` wherever it stands, before any quote is read.
bool has_expression(std::string_view text) { return text.find("${{") != std::string_view::npos; }

Result<void> refuse_unless(bool fine, std::string_view what, std::string_view word, std::string hint) {
    if (fine) return {};
    return fail("RB1700", fmt::format("{} '{}' can't stand in a pipeline", what, word), std::move(hint),
                ExitCode::usage);
}

/// Shell commands go in as they are: only what YAML can't hold and what GitHub would replace is no good.
Result<void> check_command(std::string_view option, std::string_view command) {
    const bool is_text = std::all_of(command.begin(), command.end(),
                                     [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; });
    return refuse_unless(
        is_text && !has_expression(command), option, command,
        "commands are ASCII, and take values of the system by variables of the environment, not by ${{ }}");
}

/// The rules of git-check-ref-format(1), and what GitLab's and GitHub's patterns can't quote.
bool is_branch(std::string_view name) {
    if (name.empty() || !is_printable_ascii(name) || has_expression(name)) return false;
    if (name.find_first_of(" ~^:?*[\\") != std::string_view::npos) return false;
    if (name.find('"') != std::string_view::npos && name.find('\'') != std::string_view::npos) return false;
    for (const std::string_view part : {"..", "@{", "//", "/."})
        if (name.find(part) != std::string_view::npos) return false;
    return !name.starts_with('-') && !name.starts_with('/') && !name.starts_with('.') && !name.ends_with('/') &&
           !name.ends_with('.') && !name.ends_with(".lock");
}

Result<void> check_rock(const PipelineRock& rock) {
    TRY_VOID(refuse_unless(is_printable_ascii(rock.folder) && !has_expression(rock.folder) &&
                               rock.folder.find_first_of("*?[]{}$\\") == std::string::npos,
                           "the folder", rock.folder,
                           "the keys of caches are made from patterns of file names: rename it, without *?[]{}$\\"));
    for (const auto& platform : rock.platforms) {
        if (is_label(platform.label)) continue;
        auto error = refuse_unless(false, "the platform", platform.label,
                                   "jobs are named after it: rename it, with letters, digits, '.', '_' and '-' only");
        error.error().span = platform.span;
        return error;
    }
    return {};
}

Result<void> check_words(const PipelineWish& wish) {
    std::set<std::string> names;
    for (const auto& rock : wish.rocks) {
        TRY_VOID(check_rock(rock));
        if (!names.insert(rock.name).second)
            return fail("RB1702", fmt::format("two rocks are named '{}'", rock.name),
                        fmt::format("give the one in '{}' another name", rock.folder));
    }
    TRY_VOID(check_command("--install", wish.install));
    TRY_VOID(check_command("--test", wish.test));
    TRY_VOID(refuse_unless(
        is_printable_ascii(wish.image) && !has_expression(wish.image) && wish.image.find(' ') == std::string::npos,
        "the image", wish.image, "name an image: debian:12"));
    for (const auto& [arch, label] : wish.runners)
        TRY_VOID(refuse_unless(is_label(label), "the runner", label, "give one label, without spaces"));
    std::set<std::string> branches;
    for (const auto& release : wish.releases) {
        if (!is_branch(release.branch))
            return fail("RB1703", fmt::format("'{}' is no name of a branch that a pipeline can have", release.branch),
                        "it is BRANCH=CHANNEL, for example main=latest/edge", ExitCode::usage);
        if (!branches.insert(release.branch).second)
            return fail("RB1703", fmt::format("the branch '{}' is given twice", release.branch),
                        "a branch is released to one channel", ExitCode::usage);
    }
    for (const auto& [rock, resource] : wish.resources) {
        if (names.contains(rock)) continue;
        auto error = fail("RB1704", fmt::format("there is no rock '{}' for the resource '{}'", rock, resource),
                          "it is ROCK=RESOURCE, with the name that the rockcraft.yaml says", ExitCode::usage);
        error.error().suggestions = suggestions(rock, {names.begin(), names.end()});
        return error;
    }
    return {};
}

/// The user's runner, else the system's own; empty if there is none.
std::string runner_for(std::string_view arch, const PipelineWish& wish, const PipelineSystem& system) {
    for (const auto* runners : {&wish.runners, &system.runners})
        if (const auto found = runners->find(std::string(arch)); found != runners->end()) return found->second;
    return {};
}

/// A machine of the rock's own architecture if it may be built there, so that tests can run it; else the first there
/// is.
Result<PackJob> job_for(const Platform& platform, const PipelineWish& wish, const PipelineSystem& system) {
    auto machines = platform.build_on;
    std::stable_partition(machines.begin(), machines.end(),
                          [&](const Arch& machine) { return machine == platform.build_for; });
    for (const auto& machine : machines)
        if (auto runner = runner_for(machine.debian, wish, system); !runner.empty())
            return PackJob{platform.label, std::move(runner)};
    auto error = fail("RB1701",
                      fmt::format("{} has no runner of its own for the platform '{}', which builds on {}", system.name,
                                  platform.label, machines.front().debian),
                      fmt::format("name one of yours: --runner {}=LABEL", machines.front().debian), ExitCode::usage);
    error.error().span = platform.span;
    return error;
}

}  // namespace

Result<std::vector<std::vector<PackJob>>> pack_jobs(const PipelineWish& wish, const PipelineSystem& system) {
    TRY_VOID(check_words(wish));
    std::vector<std::vector<PackJob>> all;
    for (const auto& rock : wish.rocks) {
        auto& jobs = all.emplace_back();
        for (const auto& platform : rock.platforms) jobs.push_back(TRY(job_for(platform, wish, system)));
    }
    return all;
}

std::string project_path(const PipelineRock& rock, std::string_view file) {
    return rock.folder == "." ? std::string(file) : fmt::format("{}/{}", rock.folder, file);
}

std::string plain_runner(const PipelineWish& wish, const PipelineSystem& system) {
    return runner_for("amd64", wish, system);
}

}  // namespace rockbuild
