// `rockbuild publish`: see publish.md.
#include "registry/charmhub/publish.hpp"

#include "rockbuild/charmhub_connection.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/registry_world.hpp"
#include "support/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

Result<PublishWish> wish_of(const Context& context) {
    PublishWish wish;
    for (const auto& [name, value] : {std::pair{"charm", &wish.charm}, std::pair{"resource", &wish.resource}}) {
        const auto given = context.arguments.value(name);
        if (!given)
            return fail("RB1103", fmt::format("publish needs --{} NAME", name),
                        "`rockbuild publish --help` has examples", ExitCode::usage);
        *value = *given;
        TRY_VOID(check_store_name(*value, name));
    }
    for (const auto& text : context.arguments.values("release")) wish.channels.push_back(TRY(Channel::parse(text)));
    if (const auto text = context.arguments.value("charm-revision")) {
        const auto number = parse_number<std::int64_t>(*text).value_or(0);
        if (number < 1)
            return fail("RB1102", fmt::format("--charm-revision can't be '{}'", *text), "it is a number from 1 on",
                        ExitCode::usage);
        if (wish.channels.empty())
            return fail("RB1104", "--charm-revision is for --release", "add --release CHANNEL", ExitCode::usage);
        wish.charm_revision = number;
    }
    wish.dry_run = context.arguments.has("dry-run");
    wish.timeout =
        static_cast<double>(TRY(duration_option(context, "timeout", static_cast<std::int64_t>(wish.timeout))));
    wish.now = context.host.now;
    return wish;
}

Result<int> run_publish(Context& context) {
    const auto wish = TRY(wish_of(context));
    const auto notes = TRY(Store::open(cache_folder(context)));
    Publication done;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        RegistryConnection connection(context, *events, interrupts.token());
        const auto image = TRY(open_image(connection, context.arguments.positional.front()));
        auto store = TRY(logged_in_store(context, connection));
        const auto registry = [&](const ImageReference& reference,
                                  const UploadCredentials& credentials) -> Result<RegistryClient*> {
            return connection.open_as(reference, RegistryUse::push,
                                      Credential{.username = credentials.username,
                                                 .secret = credentials.password,
                                                 .source = "the password that Charmhub gave"});
        };
        const PublishWorld world{
            store,
            *image,
            *events,
            registry,
            [&](const std::string& name) { return notes->note(name); },
            [&](const std::string& name, const std::string& text) { return notes->put_note(name, text); }};
        done = TRY(publish_image(world, wish));
    }
    if (!done.released.empty())
        context.screen.say(
            fmt::format("released to {}; a resource belongs to the channel, for whatever revision is there",
                        fmt::join(done.released, ", ")));
    std::string text;
    if (context.arguments.value("format") == "json") {
        nlohmann::ordered_json json{
            {"schema", "rockbuild.publish/1"}, {"charm", wish.charm}, {"resource", wish.resource}};
        json["revision"] = done.revision ? nlohmann::ordered_json(*done.revision) : nlohmann::ordered_json();
        json["digest"] = done.digest.str();
        json["new"] = done.is_new;
        json["released"] = done.released;
        json["dry_run"] = wish.dry_run;
        text = json.dump();
    } else {
        text = fmt::format("{} {} {} {}", wish.charm, wish.resource,
                           done.revision ? std::to_string(*done.revision) : "-", done.digest.str());
    }
    return context.screen.result(text + "\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand publish_command{
    "publish",
    "IMAGE",
    {
        {"charm", 0, "NAME", "the charm"},
        {"resource", 0, "NAME", "its resource, of the type oci-image"},
        {"release", 0, "CHANNEL", "release to it too; may be given several times", {}, true},
        {"charm-revision", 0, "N", "the charm revision to release, else each channel's own"},
        {"timeout", 0, "TIME", "how long to wait for the review, else 10m"},
        {"dry-run", 0, "", "check everything, send nothing, say what would happen"},
        ca_option(),
        insecure_option(),
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    1,
    1,
    Subcommand::never,
    run_publish,
    {{Completes::image}},
};

}  // namespace rockbuild
