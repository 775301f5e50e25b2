// `rockbuild config`: see config.md.
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/table.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

/// What is effective where nobody said anything.
SettingValue effective(const Context& context, Setting setting) {
    auto value = context.settings[setting];
    if (setting == Setting::data && value.value.empty())
        if (const auto folder = data_folder(context.settings)) value.value = folder->native();
    if (setting == Setting::charmhub_auth && !value.value.empty()) value.value = "(secret)";
    if (setting == Setting::silence) std::ranges::replace(value.value, '\n', ',');
    return value;
}

Result<int> run_config(Context& context) {
    const bool json = context.arguments.value("format") == "json";
    nlohmann::ordered_json list{{"schema", "rockbuild.config/1"},
                                {"file", config_path(context.host).native()},
                                {"settings", nlohmann::ordered_json::array()}};
    std::vector<std::vector<std::string>> rows{{"setting", "value", "origin", "meaning"}};
    for (const auto& kind : setting_kinds()) {
        const auto value = effective(context, kind.setting);
        rows.push_back(
            {std::string(kind.name), value.value.empty() ? "-" : value.value, value.origin, std::string(kind.help)});
        list["settings"].push_back({{"name", kind.name},
                                    {"value", value.value},
                                    {"origin", value.origin},
                                    {"variable", "ROCKBUILD_" + std::string(kind.variable)}});
    }
    const auto text =
        json ? list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : table_text(rows);
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand config_command{
    "config",          "",        {{"format", 0, "FORMAT", "how the settings are printed", {"text", "json"}}}, 0, 0,
    Subcommand::never, run_config};

}  // namespace rockbuild
