#include "parts/step_runner.hpp"

#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

namespace rockbuild {

namespace {

/// The log of a step: to the progress, to a file that can be read while it runs, and its end kept for an error.
class StepLog {
public:
    static Result<StepLog> open(const Workshop& workshop, const std::string& subject) {
        TRY_VOID(make_folders(workshop.logs));
        auto name = subject;
        std::replace(name.begin(), name.end(), ':', '-');
        std::replace(name.begin(), name.end(), '/', '_');
        const auto path = workshop.logs / (name + ".log");
        auto fd = TRY(open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
        return StepLog(workshop, subject, path, std::move(fd));
    }

    void line(std::string_view text) {
        if (!watch_.line(text)) return;
        workshop_->events.log(subject_, std::string(text));
        last_.emplace_back(text);
        if (last_.size() > 20) last_.pop_front();
        const auto bytes = std::string(text) + "\n";
        (void)write_all(fd_.get(), bytes, path_);  // a full disk must not end the step; its own writes will tell
        text_ += bytes;
    }

    Result<void> close(StepOutcome& outcome) {
        outcome.log = TRY(workshop_->store.put(text_)).digest;
        outcome.log_path = path_;
        outcome.last_lines.assign(last_.begin(), last_.end());
        outcome.failed_line = watch_.failed_line();
        outcome.missing_program = watch_.missing();
        return {};
    }

private:
    StepLog(const Workshop& workshop, std::string subject, fs::path path, Fd fd)
        : workshop_(&workshop), subject_(std::move(subject)), path_(std::move(path)), fd_(std::move(fd)) {}

    const Workshop* workshop_;
    std::string subject_;
    fs::path path_;
    Fd fd_;
    FailureWatch watch_;
    std::deque<std::string> last_;
    std::string text_;
};

/// The folder with the uppers of one run; it goes with the value, through the id space that owns its files.
class Uppers {
public:
    static Result<Uppers> make(const Workshop& workshop, const fs::path& scratch) {
        std::string name = (scratch / "step-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) return system_error("make a folder in", scratch, errno);
        return Uppers(workshop, name);
    }
    ~Uppers() {
        if (!path_.empty()) (void)checkouts_->remove(path_);
    }
    Uppers(Uppers&& other) noexcept : checkouts_(other.checkouts_), path_(std::exchange(other.path_, {})) {}
    Uppers& operator=(Uppers&&) = delete;

    Result<fs::path> folder(std::size_t index) const {
        const auto path = path_ / std::to_string(index) / "upper";
        TRY_VOID(make_folders(path));
        return path;
    }

private:
    Uppers(const Workshop& workshop, fs::path path) : checkouts_(&workshop.checkouts), path_(std::move(path)) {}
    Checkouts* checkouts_;
    fs::path path_;
};

/// What a run's reading of the upper side is compared with: the lowers, folded.
Result<Tree> folded(const Store& store, const std::vector<Digest>& lowers) {
    Tree tree;
    for (auto lower = lowers.rbegin(); lower != lowers.rend(); ++lower) {
        const auto next = TRY(store.tree(*lower));
        tree = tree.empty() ? *next : apply(tree, *next);
    }
    return tree;
}

/// A shell on the terminal, in what is left of `run`: the same trees, files and variables. There is one terminal, so
/// other steps' shells wait.
Result<void> open_shell(const Workshop& workshop, Sandbox& sandbox, SandboxRun run, const std::string& subject,
                        const std::stop_token& stop) {
    static std::mutex terminal;
    const std::lock_guard one_at_a_time(terminal);
    run.arguments = shell_arguments();
    run.terminal = true;
    workshop.events.message(fmt::format("a shell in the environment of {}: leave it with `exit`", subject));
    TRY(sandbox.run(run, stop));
    return {};
}

std::string where_to_look(const std::string& part, std::string_view step, const StepOutcome& outcome) {
    return fmt::format("`rockbuild {} {} --debug` opens a shell where it failed; the whole log: {}", step, part,
                       outcome.log_path.native());
}

}  // namespace

Result<StepOutcome> run_command(const Workshop& workshop, const Job& job, const StepCommand& command,
                                const std::stop_token& stop) {
    auto* sandbox = TRY(workshop.sandbox());
    auto log = TRY(StepLog::open(workshop, command.subject));
    const auto uppers = TRY(Uppers::make(workshop, TRY(workshop.scratch())));
    SandboxRun run;
    for (std::size_t i = 0; i < command.trees.size(); ++i) {
        const auto& tree = command.trees[i];
        SandboxTree mount;
        mount.inside = tree.inside;
        for (const auto& lower : tree.lowers) mount.lowers.push_back(TRY(workshop.checkouts.folder(lower)));
        if (!tree.keep.empty() || tree.writable) mount.upper = TRY(uppers.folder(i));
        run.trees.push_back(std::move(mount));
    }
    run.files = command.files;
    run.caches = command.caches;
    auto transport = TRY(workshop.transport());
    std::ranges::move(transport.files, std::back_inserter(run.files));
    run.arguments = command.arguments;
    run.environment = std::move(transport.environment);
    if (command.cores) run.environment["CRAFT_PARALLEL_BUILD_COUNT"] = std::to_string(*command.cores);
    for (const auto& [name, value] : command.environment) run.environment[name] = value;
    run.working_dir = command.working_dir;
    run.network = job.offline ? Network::none : command.network;
    run.on_output = [&](std::string_view line) { log.line(line); };

    StepOutcome outcome;
    if (command.shell == ShellTime::instead) {
        TRY_VOID(open_shell(workshop, *sandbox, run, command.subject, stop));
        outcome.gave_way = true;
        return outcome;
    }
    outcome.code = TRY(sandbox->run(run, stop));
    TRY_VOID(log.close(outcome));
    if (outcome.code != 0) {
        if (command.shell == ShellTime::on_failure)
            TRY_VOID(open_shell(workshop, *sandbox, run, command.subject, stop));
        return outcome;
    }
    for (std::size_t i = 0; i < command.trees.size(); ++i)
        if (const auto& tree = command.trees[i]; !tree.keep.empty())
            outcome.deltas[tree.keep] = TRY(
                workshop.checkouts.read_upper(run.trees[i].upper, TRY(folded(workshop.store, tree.lowers)), job.time));
    if (command.shell == ShellTime::after) TRY_VOID(open_shell(workshop, *sandbox, run, command.subject, stop));
    return outcome;
}

std::unexpected<Diagnostic> script_failure(const Job& job, const std::string& part, std::string_view step,
                                           const Script& script, const StepOutcome& outcome) {
    auto error =
        fail("RB1050", fmt::format("the script of part '{}', step {}, ended with code {}", part, step, outcome.code),
             where_to_look(part, step, outcome));
    auto& diagnostic = error.error();
    diagnostic.span = script.span;
    if (outcome.failed_line && script.literal) {
        const auto line = script.first_line + *outcome.failed_line - 1;
        diagnostic.span = Span{job.project.file, {line, 1}, {line + 1, 1}};
        diagnostic.label = "this line failed";
    }
    diagnostic.excerpt = outcome.last_lines;
    return error;
}

std::unexpected<Diagnostic> plugin_failure(const Part& part, const PluginBuild& plugin, const StepOutcome& outcome) {
    const auto missing = std::ranges::find(plugin.needs, outcome.missing_program, &NeededProgram::name);
    auto error = missing != plugin.needs.end()
                     ? fail("RB1060",
                            fmt::format("the plugin '{}' of part '{}' needs the program '{}', which the build "
                                        "environment hasn't",
                                        part.plugin.value, part.name, missing->name),
                            missing->cure)
                     : fail("RB1050",
                            fmt::format("the plugin '{}' of part '{}' ended with code {}", part.plugin.value, part.name,
                                        outcome.code),
                            where_to_look(part.name, "build", outcome));
    auto& diagnostic = error.error();
    diagnostic.span = part.plugin.span;
    if (missing == plugin.needs.end()) diagnostic.excerpt = outcome.last_lines;
    return error;
}

Tree with_times_of(const Tree& delta, const Tree& original) {
    auto entries = delta.entries();
    for (auto& entry : entries)
        if (const auto* there = original.find(entry.path)) {
            auto timed = entry;
            timed.mtime = there->mtime;
            timed.link = there->link;
            timed.opaque = there->opaque;
            if (timed == *there) entry.mtime = there->mtime;
        }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
