// Runs one command or script of a step in the sandbox: lays out the trees, keeps the log, and turns what was written
// into deltas.
#pragma once

#include "parts/plugins.hpp"
#include "parts/script.hpp"
#include "parts/shell.hpp"
#include "parts/workshop.hpp"
#include "store/tree.hpp"

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// A tree the step sees. `keep` names the delta under which what it writes there is returned; writes to a tree without
/// `keep` are refused (read-only), or dropped if `writable`.
struct StepTree {
    std::string inside;
    std::vector<Digest> lowers;  // topmost first
    std::string keep;
    bool writable = false;
};

struct StepCommand {
    std::string subject;          // "nginx:build"
    std::vector<StepTree> trees;  // "/" first
    std::vector<SandboxFile> files;
    std::vector<SandboxCache> caches;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;
    std::string working_dir = "/";
    Network network = Network::host;
    std::optional<unsigned> cores = 1;  // that it should take for itself; none: it isn't told
    ShellTime shell = ShellTime::never;
};

struct StepOutcome {
    int code = 0;
    bool gave_way = false;               // to a shell: there is nothing else
    std::map<std::string, Tree> deltas;  // by `keep`
    Digest log;
    std::filesystem::path log_path;
    std::vector<std::string> last_lines;  // at most 20
    std::optional<std::uint32_t> failed_line;
    std::string missing_program;  // that a plugin looked for
};

/// Runs it, and a shell before, after or on failure as the command wishes. Deltas are read only after code 0, and
/// before the shell.
Result<StepOutcome> run_command(const Workshop& workshop, const Job& job, const StepCommand& command,
                                const std::stop_token& stop);

/// RB1050 for a script that failed: part, step, the failing line with its place, the log's end and its path.
std::unexpected<Diagnostic> script_failure(const Job& job, const std::string& part, std::string_view step,
                                           const Script& script, const StepOutcome& outcome);

/// The same for a plugin's own commands, at the place of the part's `plugin`; RB1060 if a program that it needs is
/// missing.
std::unexpected<Diagnostic> plugin_failure(const Part& part, const PluginBuild& plugin, const StepOutcome& outcome);

/// Entries of `delta` that `original` has alike but for the time get its time: copying must not make a package's file
/// younger (DESIGN.md §3.3).
Tree with_times_of(const Tree& delta, const Tree& original);

}  // namespace rockbuild
