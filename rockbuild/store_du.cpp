// `rockbuild store du`: see store_du.md.
#include "rockbuild/store_world.hpp"
#include "rockbuild/table.hpp"
#include "store/usage.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

Result<int> run_store_du(Context& context) {
    const auto opened = TRY(open_store(context, StoreUse::shared));
    const auto usage = measure_store(opened.inventory, opened.folders);
    const auto garbage = find_garbage(opened.inventory, opened.folders, TRY(garbage_rules(context, default_age)));
    std::string text;
    if (context.arguments.value("format") == "json") {
        nlohmann::ordered_json json{{"schema", "rockbuild.store-du/1"}, {"store", opened.store->root().native()}};
        json["kinds"] = nlohmann::ordered_json::array();
        for (const auto& [name, amount] : usage.kinds)
            json["kinds"].push_back({{"kind", name}, {"count", amount.count}, {"bytes", amount.bytes}});
        json["bytes"] = usage.bytes;
        json["freeable_bytes"] = garbage.bytes;
        json["unknown_notes"] = garbage.unknown;
        text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    } else {
        std::vector<std::vector<std::string>> rows{{"kind", "count", "size"}};
        for (const auto& [name, amount] : usage.kinds)
            if (amount.count > 0) rows.push_back({name, std::to_string(amount.count), size_text(amount.bytes)});
        text = table_text(rows) + fmt::format("\nin all {}; `rockbuild store gc` would free {}\n",
                                              size_text(usage.bytes), size_text(garbage.bytes));
        for (const auto& kind : garbage.unknown)
            text += fmt::format("notes of an unknown kind, which stay: {}\n", kind);
    }
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand store_du_command{
    "store du",        "",           {{"format", 0, "FORMAT", "how the result is printed", {"text", "json"}}}, 0, 0,
    Subcommand::never, run_store_du,
};

}  // namespace rockbuild
