// `rockbuild pack`: see pack.md.
#include "pack/pack.hpp"
#include "pack/findings.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/pack_settings.hpp"
#include "rockbuild/run_events.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::string as_json(const std::vector<PackedRock>& rocks) {
    auto list = Json::array();
    for (const auto& rock : rocks) {
        auto layers = Json::array();
        for (const auto& layer : rock.layers)
            layers.push_back({{"digest", layer.digest},
                              {"diff_id", layer.diff_id},
                              {"size", layer.size},
                              {"created_by", layer.created_by}});
        list.push_back({{"file", rock.file.native()},
                        {"digest", rock.digest},
                        {"platform", rock.platform},
                        {"size", rock.size},
                        {"layers", layers}});
    }
    return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// One file name a line: relative where the caller stands above it.
std::string as_text(const std::vector<PackedRock>& rocks, const Host& host) {
    std::string text;
    for (const auto& rock : rocks) {
        const auto near = rock.file.lexically_relative(host.working_dir);
        const bool below = !near.empty() && *near.begin() != "..";
        text += (below ? near : rock.file).native() + "\n";
    }
    return text;
}

Result<int> run_pack(Context& context) {
    const auto begin = monotonic_seconds();
    const auto [options, document, ids] = TRY(open_project(context, TRY(find_project(context)), refusals));
    std::vector<PackedRock> rocks;
    {
        const Interrupts interrupts;
        const auto events = TRY(RunEvents::open(context, options));
        auto packed = pack(*ids, document, options, context.host, *events, interrupts.token());
        const auto drawn = events->finish();
        rocks = TRY(std::move(packed));
        TRY_VOID(drawn);
    }
    for (const auto& rock : rocks)
        context.screen.say(fmt::format("{}  {}, {} steps run, {} cached, {}", rock.digest, size_text(rock.size),
                                       rock.steps_run, rock.steps_cached, seconds_text(monotonic_seconds() - begin)));
    const bool json = context.arguments.value("format") == "json";
    if (!context.screen.result(json ? as_json(rocks) : as_text(rocks, context.host)))
        return static_cast<int>(ExitCode::cannot_write);
    return 0;
}

}  // namespace

extern const Subcommand pack_command{
    "pack",
    "[DIR]",
    with_build_options({
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"},
        {"output", 'o', {"DIR", Completes::folder}, "where the rocks go, instead of here"},
        {"silence",
         0,
         {"CODE[:OBJECT]", Completes::error_code},
         "don't say this warning, or not of this object",
         {},
         true},
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    }),
    0,
    1,
    Subcommand::never,
    run_pack,
    {{Completes::folder}},
};

}  // namespace rockbuild
