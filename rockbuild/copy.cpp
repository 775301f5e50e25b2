// `rockbuild copy` and `rockbuild pull-image`: see copy.md and pull-image.md.
#include "registry/push.hpp"
#include "registry/save.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/registry_connection.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

/// `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]` or a file: where, which of them, and the tag.
struct LocalTarget {
    std::filesystem::path path;
    bool is_layout = false;
    std::string tag;
};

LocalTarget local_target(const Context& context, std::string text) {
    LocalTarget target;
    target.is_layout = text.starts_with("oci:");
    bool may_have_tag = target.is_layout;
    for (const std::string_view transport : {"oci:", "oci-archive:"})
        if (text.starts_with(transport)) {
            text.erase(0, transport.size());
            may_have_tag = true;
            break;
        }
    const auto colon = text.rfind(':');
    if (may_have_tag && colon != std::string::npos && text.find('/', colon) == std::string::npos) {
        target.tag = text.substr(colon + 1);
        text.erase(colon);
    }
    target.path = absolute(context.host, text);
    return target;
}

Result<int> copy(Context& context, const std::string& from, const std::string& to) {
    const auto jobs = TRY(jobs_option(context));
    ContentDigest digest;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        RegistryConnection connection(context, *events, interrupts.token());
        const auto source = TRY(open_image(connection, from));
        digest = source->root().digest;
        if (to.starts_with("docker://")) {
            const auto reference = TRY(target_reference(context, to));
            PushOptions options;
            options.jobs = jobs;
            std::vector<std::string> also;
            if (from.starts_with("docker://"))
                if (const auto other = TRY(ImageReference::parse(from));
                    other.host == reference.host && other.repository != reference.repository) {
                    options.mount_from = other.repository;
                    also.push_back(other.repository);
                }
            auto* client = TRY(connection.open(reference, RegistryUse::push, also));
            TRY(push_image(*client, *source, reference, options));
        } else {
            auto target = local_target(context, to);
            if (target.tag.empty() && from.starts_with("docker://")) target.tag = TRY(ImageReference::parse(from)).tag;
            const auto done = target.is_layout ? save_layout(*source, target.path, target.tag, jobs, *events)
                                               : save_archive(*source, target.path, target.tag, jobs, *events);
            if (!done) return std::unexpected(done.error());
        }
    }
    const bool json = context.arguments.value("format") == "json";
    const auto text = json ? nlohmann::ordered_json{{"schema", fmt::format("rockbuild.{}/1", context.command.name)},
                                                    {"digest", digest.str()},
                                                    {"to", to}}
                                 .dump()
                           : digest.str();
    return context.screen.result(text + "\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

Result<int> run_copy(Context& context) {
    return copy(context, context.arguments.positional[0], context.arguments.positional[1]);
}

Result<int> run_pull(Context& context) {
    auto from = context.arguments.positional[0];
    if (!from.starts_with("docker://")) from = "docker://" + from;
    return copy(context, from, context.arguments.positional[1]);
}

std::vector<Option> options() {
    return {{"jobs", 'j', "N", "how many blobs at once, else 4"},
            ca_option(),
            insecure_option(),
            {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}}};
}

}  // namespace

extern const Subcommand copy_command{"copy", "SRC DST",         options(), 2,
                                     2,      Subcommand::never, run_copy,  {{Completes::image}}};
extern const Subcommand pull_image_command{
    "pull-image", "REF FILE", options(), 2, 2, Subcommand::never, run_pull, {{}, {Completes::image}}};

}  // namespace rockbuild
