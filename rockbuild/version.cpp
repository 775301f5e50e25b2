// `rockbuild version`: see version.md.
#include "rockbuild/version.hpp"

#include "image/piece_encoder.hpp"
#include "rockbuild/build_paths.hpp"
#include "rockbuild/command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

std::string version_text() { return fmt::format("rockbuild {}\n", program_version); }

namespace {

Result<int> run_version(Context& context) {
    auto text = version_text();
    if (context.arguments.value("format") == "json") {
        const nlohmann::ordered_json json{{"schema", "rockbuild.version/1"},
                                          {"name", "rockbuild"},
                                          {"version", program_version},
                                          {"codec", codec_id()}};
        text = json.dump(2) + "\n";
    } else if (context.screen.verbosity() >= Verbosity::verbose) {
        text += fmt::format("codec {}\n", codec_id());
    }
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand version_command{
    "version",         "",         {{"format", 0, "FORMAT", "how it is printed", {"text", "json"}}}, 0, 0,
    Subcommand::never, run_version};

}  // namespace rockbuild
