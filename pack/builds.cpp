#include "pack/builds.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Why a platform is not built here; empty if it is.
std::string reason(const Platform& platform, const BuildWish& wish, const Arch& host) {
    if (!wish.platform.empty() && platform.label != wish.platform)
        return fmt::format("--platform asks for {}", wish.platform);
    if (!wish.build_for.empty() && platform.build_for.debian != wish.build_for)
        return fmt::format("it is for {}, and --build-for asks for {}", platform.build_for.debian, wish.build_for);
    if (std::find(platform.build_on.begin(), platform.build_on.end(), host) != platform.build_on.end()) return {};
    std::vector<std::string_view> names;
    for (const auto& arch : platform.build_on) names.push_back(arch.debian);
    return fmt::format("it builds on {}, and this machine is {}", fmt::join(names, ", "), host.debian);
}

}  // namespace

Result<BuildPlan> plan_builds(const ProjectDocument& document, const BuildWish& wish, const Arch& host) {
    BuildPlan plan;
    std::vector<std::string> labels;
    for (const auto& platform : document.platforms) {
        labels.push_back(platform.label);
        if (auto why = reason(platform, wish, host); !why.empty())
            plan.skipped.push_back({platform.label, std::move(why)});
        else plan.builds.push_back({platform, host});
    }
    if (!plan.builds.empty()) return plan;
    auto error = fail(
        "RB1204",
        fmt::format("no platform matches (the file has: {}; this machine is {})", fmt::join(labels, ", "), host.debian),
        "check `platforms:`, --platform and --build-for");
    if (!wish.platform.empty()) error.error().suggestions = suggestions(wish.platform, labels);
    if (!document.platforms.empty()) error.error().span = document.platforms.front().span;
    for (const auto& [label, why] : plan.skipped)
        error.error().notes.push_back({fmt::format("{} is skipped: {}", label, why), std::nullopt});
    return error;
}

}  // namespace rockbuild
