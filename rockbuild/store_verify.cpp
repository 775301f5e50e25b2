// `rockbuild store verify`: see store_verify.md.
#include "rockbuild/store_world.hpp"
#include "rockbuild/table.hpp"
#include "rockbuild/text_width.hpp"
#include "store/verify.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

std::string_view words_for(StoreProblem::Kind kind) {
    switch (kind) {
        case StoreProblem::Kind::damaged:
            return "damaged";
        case StoreProblem::Kind::missing:
            return "missing";
        case StoreProblem::Kind::unreadable:
            return "unreadable";
        case StoreProblem::Kind::changed:
            return "changed";
    }
    return "";
}

std::string as_json(const StoreVerdict& verdict, bool repaired) {
    auto problems = nlohmann::ordered_json::array();
    for (const auto& problem : verdict.problems)
        problems.push_back(
            {{"kind", words_for(problem.kind)}, {"name", problem.name}, {"needed_by", problem.needed_by}});
    return nlohmann::ordered_json{{"schema", "rockbuild.store-verify/1"},
                                  {"blobs", verdict.blobs},
                                  {"bytes", verdict.bytes},
                                  {"trees", verdict.trees},
                                  {"results", verdict.results},
                                  {"checkouts", verdict.checkouts},
                                  {"repaired", repaired},
                                  {"problems", std::move(problems)}}
               .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
}

std::string as_text(const StoreVerdict& verdict, bool repaired) {
    std::string text;
    for (const auto& problem : verdict.problems) {
        text += fmt::format("{}: {}\n", words_for(problem.kind), printable(problem.name));
        for (const auto& where : problem.needed_by) text += fmt::format("    {}\n", printable(where));
    }
    text += fmt::format("{} blobs of {}, {} trees, {} results, {} checkouts: {}\n", verdict.blobs,
                        size_text(verdict.bytes), verdict.trees, verdict.results, verdict.checkouts,
                        verdict.problems.empty() ? "all is well" : fmt::format("{} problems", verdict.problems.size()));
    if (repaired && !verdict.problems.empty()) text += "removed with all that needs it: the next pack makes it anew\n";
    return text;
}

Result<int> run_store_verify(Context& context) {
    const bool repair = context.arguments.has("repair");
    const auto opened = TRY(open_store(context, repair ? StoreUse::alone : StoreUse::shared));
    const auto verdict = TRY(verify_store(*opened.store, *opened.ids, opened.inventory, opened.folders));
    if (repair) {
        Garbage broken;
        broken.items = verdict.items;
        broken.folders = verdict.folders;
        TRY_VOID(remove_garbage(*opened.store, *opened.ids, opened.inventory, broken));
    }
    const bool json = context.arguments.value("format") == "json";
    if (!context.screen.result(json ? as_json(verdict, repair) : as_text(verdict, repair)))
        return static_cast<int>(ExitCode::cannot_write);
    return verdict.problems.empty() ? 0 : static_cast<int>(ExitCode::failure);
}

}  // namespace

extern const Subcommand store_verify_command{
    "store verify",
    "",
    {
        {"repair", 0, "", "remove what is damaged, and what needs it"},
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    0,
    0,
    Subcommand::never,
    run_store_verify,
};

}  // namespace rockbuild
