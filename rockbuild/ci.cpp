// `rockbuild ci`: see ci.md.
#include "pipelines/pipeline.hpp"
#include "registry/charmhub/channel.hpp"
#include "registry/reference.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/rock_folders.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// All values `NAME=VALUE` of an option. A branch may have a `=`, what stands behind it has none.
Result<NamedValues> named_values(const Context& context, const std::string& option) {
    NamedValues pairs;
    for (const auto& text : context.arguments.values(option)) {
        const auto equals = text.rfind('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
            return fail("RB1102", fmt::format("--{} can't be '{}'", option, text),
                        "it is two words with a `=` between them; `rockbuild ci --help` has examples", ExitCode::usage);
        pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return pairs;
}

Result<void> read_runners(const Context& context, PipelineWish& wish) {
    for (const auto& [arch, label] : TRY(named_values(context, "runner"))) {
        if (!arch_from_debian(arch))
            return fail("RB1102", fmt::format("--runner: '{}' is no architecture", arch),
                        "name it as Debian does: amd64, arm64, s390x, …", ExitCode::usage);
        wish.runners[arch] = label;
    }
    return {};
}

Result<void> read_releases(const Context& context, PipelineWish& wish) {
    auto releases = TRY(named_values(context, "channel"));
    if (releases.empty()) releases = {{"main", "latest/edge"}};
    for (auto& [branch, channel] : releases)
        wish.releases.push_back({std::move(branch), TRY(Channel::parse(channel)).str()});
    wish.tag_channel = TRY(Channel::parse(context.arguments.value("tag-channel").value_or("latest/candidate"))).str();
    return {};
}

Result<void> read_charm(const Context& context, PipelineWish& wish) {
    wish.charm = context.arguments.value("charm").value_or("");
    if (!wish.charm.empty()) TRY_VOID(check_store_name(wish.charm, "charm"));
    for (auto& [rock, resource] : TRY(named_values(context, "resource"))) {
        if (wish.charm.empty()) return fail("RB1104", "--resource is for --charm", "add --charm NAME", ExitCode::usage);
        TRY_VOID(check_store_name(resource, "resource"));
        wish.resources[rock] = std::move(resource);
    }
    return {};
}

Result<void> read_registry(const Context& context, PipelineWish& wish) {
    wish.registry = context.arguments.value("registry").value_or("");
    if (wish.registry.empty()) return {};
    const auto reference = TRY(ImageReference::parse(wish.registry + "/rock"));
    if (wish.registry + "/rock" == reference.place()) return {};
    return fail("RB1102", fmt::format("--registry can't be '{}'", wish.registry),
                "it is HOST/PATH, without the rock's name: ghcr.io/me", ExitCode::usage);
}

Result<int> run_ci(Context& context) {
    const auto system = context.arguments.positional.front();
    if (system != "github" && system != "gitlab")
        return fail("RB1102", fmt::format("no pipelines are printed for '{}'", system), "say github or gitlab",
                    ExitCode::usage);
    PipelineWish wish;
    wish.install = context.arguments.value("install").value_or("");
    if (auto test = context.arguments.value("test")) wish.test = *std::move(test);
    wish.image = context.arguments.value("image").value_or("");
    TRY_VOID(read_runners(context, wish));
    TRY_VOID(read_registry(context, wish));
    TRY_VOID(read_charm(context, wish));
    TRY_VOID(read_releases(context, wish));
    wish.rocks = TRY(read_rocks(context, context.arguments.at(1).value_or(".")));
    const auto text = TRY(system == "github" ? github_pipeline(wish) : gitlab_pipeline(wish));
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand ci_command{
    "ci",
    "github|gitlab [DIR]",
    {
        {"install", 0, "COMMAND", "brings rockbuild; else the runner or the image has it"},
        {"test", 0, "COMMAND", "tests $ROCK, else `rockbuild inspect \"$ROCK\"`"},
        {"image", 0, "IMAGE", "the container image of all jobs"},
        {"runner", 0, "ARCH=LABEL", "the runner for an architecture", {}, true},
        {"registry", 0, "HOST/PATH", "where to push, else the repository's own registry"},
        {"charm", 0, "NAME", "publish the rocks as resources of this charm"},
        {"resource", 0, "ROCK=NAME", "the resource of a rock, else ROCK-image", {}, true},
        {"channel", 0, "BRANCH=CHANNEL", "a branch that is pushed and published", {}, true},
        {"tag-channel", 0, "CHANNEL", "where tags v* go, else latest/candidate"},
    },
    1,
    2,
    Subcommand::never,
    run_ci,
    {{Completes::nothing, {"github", "gitlab"}}, {Completes::folder}},
};

}  // namespace rockbuild
