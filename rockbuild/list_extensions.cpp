// `rockbuild list-extensions`: see list-extensions.md.
#include "project/extensions/extension.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

std::string as_json() {
    nlohmann::ordered_json json{{"schema", "rockbuild.extensions/1"}, {"extensions", nlohmann::ordered_json::array()}};
    for (const auto& extension : extensions())
        json["extensions"].push_back({{"name", extension.name},
                                      {"about", extension.about},
                                      {"bases", extension.bases},
                                      {"experimental", extension.experimental}});
    return json.dump(2) + "\n";
}

std::string as_table() {
    std::vector<std::vector<std::string>> rows{{"EXTENSION", "BASES", "FOR"}};
    for (const auto& extension : extensions())
        rows.push_back({std::string(extension.name), fmt::format("{}", fmt::join(extension.bases, ", ")),
                        std::string(extension.about)});
    return table_text(rows);
}

Result<int> run_list_extensions(Context& context) {
    const bool json = context.arguments.value("format") == "json";
    return context.screen.result(json ? as_json() : as_table()) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand list_extensions_command{
    "list-extensions",
    "",
    {{"format", 0, "FORMAT", "how they are printed", {"text", "json"}}},
    0,
    0,
    Subcommand::never,
    run_list_extensions,
    {},
};

}  // namespace rockbuild
