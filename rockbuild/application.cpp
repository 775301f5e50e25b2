#include "rockbuild/application.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/command_line.hpp"
#include "rockbuild/help.hpp"
#include "rockbuild/version.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <exception>

namespace rockbuild {

const std::vector<const Subcommand*>& commands() {
    static const std::vector<const Subcommand*> all{&init_command,
                                                    &pack_command,
                                                    &pull_command,
                                                    &overlay_command,
                                                    &build_command,
                                                    &stage_command,
                                                    &prime_command,
                                                    &plan_command,
                                                    &lock_command,
                                                    &check_command,
                                                    &inspect_command,  // build
                                                    &run_command,
                                                    &exec_command,
                                                    &ps_command,
                                                    &stop_command,  // run
                                                    &push_command,
                                                    &pull_image_command,
                                                    &copy_command,  // carry
                                                    &publish_command,
                                                    &resources_command,
                                                    &resource_revisions_command,
                                                    &login_command,
                                                    &logout_command,
                                                    &whoami_command,  // who asks
                                                    &registry_serve_command,
                                                    &registry_gc_command,
                                                    &registry_verify_command,
                                                    &store_du_command,
                                                    &store_gc_command,
                                                    &store_verify_command,
                                                    &ci_command,
                                                    &clean_command,
                                                    &log_command,
                                                    &schema_command,
                                                    &resolve_command,
                                                    &expand_extensions_command,
                                                    &list_extensions_command,
                                                    &list_plugins_command,
                                                    &explain_command,
                                                    &doctor_command,
                                                    &config_command,
                                                    &completion_command,
                                                    &version_command,
                                                    &help_command};
    return all;
}

const std::vector<const Subcommand*>& hidden_commands() {
    static const std::vector<const Subcommand*> all{&complete_command, &manual_command};
    return all;
}

const std::vector<Option>& common_options() {
    static const std::vector<Option> options{
        {"quiet", 'q', "", "errors only"},
        {"verbose", 'v', "", "also what was cached, and what commands write"},
        {"verbosity", 0, "LEVEL", "how much is said", {"quiet", "brief", "verbose", "debug", "trace"}},
        {"progress", 0, "HOW", "how progress is shown", {"auto", "tty", "plain", "json", "none"}},
        {"color", 0, "WHEN", "colours in messages", {"auto", "always", "never"}},
        {"help", 'h', "", "this help"},
        {"version", 'V', "", "rockbuild's version"},
    };
    return options;
}

namespace {

Result<Settings> settings_for(const Host& host, const Arguments& arguments) {
    if (arguments.has("quiet") + arguments.has("verbose") + arguments.has("verbosity") > 1)
        return fail("RB1104", "--quiet, --verbose and --verbosity exclude each other", "give one of them",
                    ExitCode::usage);
    const auto file = config_path(host);
    const auto config = TRY(read_file_if_any(file));
    return Settings::read(host, arguments, config.value_or(""), file.native());
}

int failed(const Screen& screen, const Diagnostic& diagnostic) {
    screen.report(diagnostic);
    screen.point_to_page(diagnostic);
    return static_cast<int>(diagnostic.exit);
}

int run(const std::vector<std::string>& words) {
    const auto host = read_host();
    // Errors of the command line obey the environment's word on colours.
    const auto early = Settings::read(host, {}, {}, {});
    const auto first_screen = early ? Screen(*early, host) : Screen();
    const auto line = read_command_line(words);
    if (!line) return failed(first_screen, line.error());
    if (line->command == nullptr) {
        first_screen.error(general_help());
        return static_cast<int>(ExitCode::usage);
    }
    if (line->arguments.has("help"))
        return first_screen.result(command_help(*line->command)) ? 0 : static_cast<int>(ExitCode::cannot_write);
    if (line->arguments.has("version"))
        return first_screen.result(version_text()) ? 0 : static_cast<int>(ExitCode::cannot_write);
    const auto settings = settings_for(host, line->arguments);
    if (!settings) return failed(first_screen, settings.error());
    Screen screen(*settings, host);
    Context context{*line->command, line->arguments, *settings, host, screen};
    const auto code = line->command->run(context);
    return code ? *code : failed(screen, code.error());
}

Diagnostic internal_error(std::string_view what) {
    return fail("RB1199", fmt::format("internal error: {}", what),
                "this is a bug of rockbuild: please report it with the command line", ExitCode::internal)
        .error();
}

}  // namespace

int run_application(const std::vector<std::string>& words) noexcept {
    try {
        return run(words);
    } catch (const std::exception& error) {
        return failed(Screen(), internal_error(error.what()));
    } catch (...) {
        return failed(Screen(), internal_error("an unknown exception"));
    }
}

}  // namespace rockbuild
