// `rockbuild push`: see push.md.
#include "registry/push.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/registry_connection.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

Result<std::unique_ptr<ImageSource>> open_all(RegistryConnection& connection, std::vector<std::string> images,
                                              bool as_index) {
    std::vector<std::unique_ptr<ImageSource>> sources;
    for (const auto& image : images) sources.push_back(TRY(open_image(connection, image)));
    if (sources.size() == 1 && !as_index) return std::move(sources.front());
    return compose_index(std::move(sources));
}

std::string as_json(const std::string& reference, const PushReport& report) {
    return nlohmann::ordered_json{
               {"schema", "rockbuild.push/1"},
               {"reference", reference},
               {"digest", report.digest.str()},
               {"uploaded_bytes", report.uploaded_bytes},
               {"blobs", {{"uploaded", report.uploaded}, {"mounted", report.mounted}, {"present", report.present}}},
               {"duration_s", report.seconds},
           }
               .dump() +
           "\n";
}

Result<int> run_push(Context& context) {
    auto images = context.arguments.positional;
    const auto reference = TRY(target_reference(context, images.back()));
    images.pop_back();
    PushOptions options;
    options.append = context.arguments.has("append");
    options.mount_from = context.arguments.value("mount-from").value_or("");
    options.jobs = TRY(jobs_option(context));
    for (const auto& tag : context.arguments.values("tag"))
        options.tags.push_back(TRY(target_reference(context, reference.place() + ":" + tag)).tag);
    if (!options.mount_from.empty() && !is_repository_name(options.mount_from))
        return fail("RB1102", fmt::format("--mount-from can't be '{}'", options.mount_from),
                    "it is a repository of the same registry, without its host", ExitCode::usage);

    PushReport report;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        RegistryConnection connection(context, *events, interrupts.token());
        const auto source = TRY(open_all(connection, images, images.size() > 1 || options.append));
        std::vector<std::string> also;
        if (!options.mount_from.empty()) also.push_back(options.mount_from);
        auto* client = TRY(connection.open(reference, RegistryUse::push, also));
        events->started("push");
        report = TRY(push_image(*client, *source, reference, options));
        events->finished("push", report.uploaded == 0 ? Outcome::cached : Outcome::ran, report.seconds);
    }
    auto name = reference;
    name.digest = report.digest;
    const auto speed = report.seconds > 0 ? static_cast<double>(report.uploaded_bytes) / report.seconds : 0;
    context.screen.say(fmt::format("{} uploaded in {} ({}/s): {} blobs uploaded, {} mounted, {} present",
                                   size_text(report.uploaded_bytes), seconds_text(report.seconds),
                                   size_text(static_cast<std::uint64_t>(speed)), report.uploaded, report.mounted,
                                   report.present));
    const bool json = context.arguments.value("format") == "json";
    const bool printed = context.screen.result(json ? as_json(name.str(), report) : name.str() + "\n");
    return printed ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand push_command{
    "push",
    "IMAGE… REF",
    {
        {"tag", 't', "TAG", "a further tag; may be given several times", {}, true},
        {"append", 0, "", "into the index that REF stands for, keeping other platforms"},
        {"mount-from", 0, "NAME", "a repository of the same registry with the same blobs"},
        {"jobs", 'j', "N", "how many blobs at once, else 4"},
        ca_option(),
        insecure_option(),
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    2,
    1000,
    Subcommand::never,
    run_push,
    {{Completes::image}},
};

}  // namespace rockbuild
