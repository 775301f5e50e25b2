// `rockbuild list-plugins`: see list-plugins.md.
#include "parts/plugins.hpp"
#include "project/language.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

std::vector<PluginShape> by_name() {
    auto plugins = plugin_shapes();
    std::ranges::stable_sort(plugins, {}, &PluginShape::name);
    return plugins;
}

/// The build bases that have it, in a few words.
std::string bases_of(const PluginShape& plugin) {
    if (plugin.to != Generation::plucky) return "to ubuntu@24.04, debian@12";
    return plugin.from == Generation::plucky ? "from ubuntu@25.10" : "all";
}

std::vector<std::string> keys_of(const PluginShape& plugin) {
    std::vector<std::string> keys;
    for (const auto& key : plugin.keys.keys) keys.emplace_back(key.name);
    return keys;
}

std::string plugins_as_json() {
    nlohmann::ordered_json json{{"schema", "rockbuild.plugins/1"}, {"plugins", nlohmann::ordered_json::array()}};
    for (const auto& plugin : by_name())
        json["plugins"].push_back({{"name", plugin.name},
                                   {"built", builds_plugin(plugin.name) && plugin.from != Generation::plucky},
                                   {"bases", bases_of(plugin)},
                                   {"keys", keys_of(plugin)}});
    return json.dump(2) + "\n";
}

/// Keys without the plugin's name, which each begins with.
std::string plugins_as_table() {
    std::vector<std::vector<std::string>> rows{{"PLUGIN", "BUILT", "BASES", "KEYS"}};
    for (const auto& plugin : by_name()) {
        auto keys = keys_of(plugin);
        const auto prefix = std::string(plugin.name) + "-";
        for (auto& key : keys)
            if (key.starts_with(prefix)) key.erase(0, prefix.size());
        rows.push_back({std::string(plugin.name),
                        builds_plugin(plugin.name) && plugin.from != Generation::plucky ? "yes" : "no",
                        bases_of(plugin), fmt::format("{}", fmt::join(keys, ", "))});
    }
    return table_text(rows);
}

Result<int> run_list_plugins(Context& context) {
    const bool json = context.arguments.value("format") == "json";
    return context.screen.result(json ? plugins_as_json() : plugins_as_table())
               ? 0
               : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand list_plugins_command{
    "list-plugins",   "", {{"format", 0, "FORMAT", "how they are printed", {"text", "json"}}}, 0, 0, Subcommand::never,
    run_list_plugins, {},
};

}  // namespace rockbuild
