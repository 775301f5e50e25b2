// `rockbuild store gc`: see store_gc.md.
#include "rockbuild/store_world.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace rockbuild {

namespace {

Result<std::int64_t> age(const Context& context) {
    constexpr std::int64_t most_days = 36500;
    const auto text = context.arguments.value("older-than");
    if (!text) return default_age;
    std::int64_t days = -1;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), days);
    if (error != std::errc() || end != text->data() + text->size() || days < 0 || days > most_days)
        return fail("RB1102", fmt::format("--older-than can't be '{}'", *text), "it is a number of days",
                    ExitCode::usage);
    return days * day;
}

Result<int> run_store_gc(Context& context) {
    const auto older_than = TRY(age(context));
    const bool dry = context.arguments.has("dry-run");
    const auto opened = TRY(open_store(context, dry ? StoreUse::shared : StoreUse::alone));
    const auto garbage = find_garbage(opened.inventory, opened.folders, TRY(garbage_rules(context, older_than)));
    if (!dry) TRY_VOID(remove_garbage(*opened.store, *opened.ids, opened.inventory, garbage));
    for (const auto& kind : garbage.unknown)
        context.screen.say(fmt::format("notes of an unknown kind stay, with all they name: {}", kind));
    std::string text;
    if (context.arguments.value("format") == "json")
        text = nlohmann::ordered_json{{"schema", "rockbuild.store-gc/1"},  {"dry_run", dry},
                                      {"freed_bytes", garbage.bytes},      {"blobs", garbage.blobs},
                                      {"results", garbage.results},        {"notes", garbage.notes},
                                      {"folders", garbage.folders.size()}, {"unknown_notes", garbage.unknown}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
               "\n";
    else
        text = fmt::format("{} {}: {} blobs, {} results, {} notes, {} folders\n", dry ? "would free" : "freed",
                           size_text(garbage.bytes), garbage.blobs, garbage.results, garbage.notes,
                           garbage.folders.size());
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand store_gc_command{
    "store gc",
    "",
    {
        {"older-than", 0, "DAYS", "spare what was of use within that time, else 7"},
        {"dry-run", 0, "", "only say what would be freed"},
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    0,
    0,
    Subcommand::never,
    run_store_gc,
};

}  // namespace rockbuild
