// What a command is: data that says how it is called, and one function. The parser, `--help`, the completions and the
// man pages all read the same data; a command's file binds its values to one call and hands the result to a renderer.
#pragma once

#include "rockbuild/arguments.hpp"
#include "rockbuild/screen.hpp"
#include "rockbuild/settings.hpp"
#include "support/result.hpp"
#include "system/host.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rockbuild {

/// What the shell offers for a word. Files and folders it finds itself, the others `rockbuild complete` names.
enum class Completes : std::uint8_t {
    nothing,
    file,
    folder,
    image,  // x.rock, or a folder on the way to one
    part,
    step,  // PART:STEP
    platform,
    architecture,
    container,
    command,
    error_code,
};

/// The value of an option.
struct OptionValue {
    std::string_view name;  // "FILE"; empty: a flag has none
    Completes completes = Completes::nothing;

    OptionValue(const char* called = "", Completes offered = Completes::nothing) : name(called), completes(offered) {}
};

struct Option {
    std::string_view name;  // long, without dashes
    char letter = 0;
    OptionValue value;
    std::string_view help;
    std::vector<std::string_view> choices;  // all that the value may be; empty: anything
    bool repeats = false;
};

/// What a positional argument is, for the shell.
struct Positional {
    Completes completes = Completes::nothing;
    std::vector<std::string_view> choices;  // some that it may be
};

struct Subcommand;

/// Everything that a command may look at.
struct Context {
    const Subcommand& command;
    const Arguments& arguments;
    const Settings& settings;
    const Host& host;
    Screen& screen;
};

struct Subcommand {
    static constexpr auto never = static_cast<std::size_t>(-1);

    std::string_view name;   // one word, or two: "registry serve"
    std::string_view usage;  // what follows the name: "[DIR]"
    std::vector<Option> options;
    std::size_t least = 0;  // positional arguments
    std::size_t most = 0;
    /// From this positional argument on, all is taken as it stands: a command line of somebody else's.
    std::size_t verbatim_from = never;
    /// Returns the exit code (CLI.md §1.5).
    Result<int> (*run)(Context&) = nullptr;
    /// The first positional arguments; all further ones, up to `verbatim_from`, are like the last.
    std::vector<Positional> positionals;
};

// Each is defined in the file of its name.
extern const Subcommand init_command, expand_extensions_command, list_extensions_command, list_plugins_command,
    pack_command, pull_command, overlay_command, build_command, stage_command, prime_command, plan_command,
    lock_command, check_command, inspect_command, run_command, exec_command, ps_command, stop_command, push_command,
    pull_image_command, copy_command, publish_command, resources_command, resource_revisions_command, login_command,
    logout_command, whoami_command, registry_serve_command, registry_gc_command, registry_verify_command,
    store_du_command, store_gc_command, store_verify_command, ci_command, clean_command, log_command, schema_command,
    resolve_command, explain_command, doctor_command, config_command, completion_command, version_command, help_command;
// For shells and for the build, not for people: no help lists them.
extern const Subcommand complete_command, manual_command;

/// All commands, in the order in which help lists them.
const std::vector<const Subcommand*>& commands();
const std::vector<const Subcommand*>& hidden_commands();
/// The options that every command takes.
const std::vector<Option>& common_options();

}  // namespace rockbuild
