// `rockbuild resources` and `rockbuild resource-revisions`: see their pages.
#include "registry/charmhub/channel.hpp"
#include "rockbuild/charmhub_connection.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

/// Asks Charmhub and prints what `show` makes of the answer.
template <class Show>
Result<int> ask(Context& context, Show show) {
    for (std::size_t i = 0; i < context.arguments.positional.size(); ++i)
        TRY_VOID(check_store_name(context.arguments.positional[i], i == 0 ? "charm" : "resource"));
    std::string text;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        RegistryConnection connection(context, *events, interrupts.token());
        auto store = TRY(logged_in_store(context, connection));
        text = TRY(show(store, context.arguments.value("format") == "json"));
    }
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

Result<int> run_resources(Context& context) {
    return ask(context, [&](StoreClient& store, bool as_json) -> Result<std::string> {
        const auto resources = TRY(store.resources(context.arguments.positional[0]));
        auto list = Json::array();
        Rows rows{{"RESOURCE", "TYPE", "OPTIONAL", "CHARM REVISION"}};
        for (const auto& resource : resources) {
            list.push_back({{"name", resource.name}, {"type", resource.type}, {"optional", resource.optional}});
            list.back()["charm_revision"] = resource.revision ? Json(*resource.revision) : Json();
            rows.push_back({resource.name, resource.type, resource.optional ? "yes" : "no",
                            resource.revision ? std::to_string(*resource.revision) : "-"});
        }
        return as_json ? Json{{"schema", "rockbuild.resources/1"}, {"resources", list}}.dump() + "\n"
                       : table_text(rows);
    });
}

Result<int> run_revisions(Context& context) {
    return ask(context, [&](StoreClient& store, bool as_json) -> Result<std::string> {
        const auto revisions =
            TRY(store.resource_revisions(context.arguments.positional[0], context.arguments.positional[1]));
        auto list = Json::array();
        Rows rows{{"REVISION", "CREATED", "SIZE", "ARCHITECTURES"}};
        for (const auto& revision : revisions) {
            list.push_back({{"revision", revision.revision},
                            {"created_at", revision.created_at},
                            {"size", revision.size},
                            {"sha256", revision.sha256},
                            {"architectures", revision.architectures}});
            rows.push_back({std::to_string(revision.revision), revision.created_at, size_text(revision.size),
                            fmt::format("{}", fmt::join(revision.architectures, ", "))});
        }
        return as_json ? Json{{"schema", "rockbuild.resource-revisions/1"}, {"revisions", list}}.dump() + "\n"
                       : table_text(rows);
    });
}

const Option format_option{"format", 0, "FORMAT", "how the result is printed", {"text", "json"}};

}  // namespace

extern const Subcommand resources_command{"resources", "CHARM",           {format_option}, 1,
                                          1,           Subcommand::never, run_resources};
extern const Subcommand resource_revisions_command{"resource-revisions", "CHARM RESOURCE", {format_option}, 2, 2,
                                                   Subcommand::never,    run_revisions};

}  // namespace rockbuild
