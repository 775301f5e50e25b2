// `rockbuild inspect`: see inspect.md.
#include "registry/save.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/image_report.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/registry_connection.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace rockbuild {

namespace {

/// Of an index, the image for this machine.
Result<ImageReference> one_image(const Host& host, ImageReference reference, const Document& root) {
    const auto facts = TRY(read_manifest_facts(root.bytes, root.media_type));
    if (!facts.is_index) return reference;
    auto error =
        fail("RB1562", fmt::format("'{}' is an index without an image for linux/{}", reference.str(), host.arch.oci),
             "name one of its images by digest: docker://NAME@sha256:…");
    for (const auto& entry : facts.manifests) {
        if (entry.os == "linux" && entry.architecture == host.arch.oci) {
            reference.tag.clear();
            reference.digest = entry.digest;
            return reference;
        }
        error.error().notes.push_back({fmt::format("{}/{} {}", entry.os, entry.architecture, entry.digest.str()), {}});
    }
    return error;
}

struct Fetched {
    std::string file;
    std::vector<ContentReference> referrers;
};

/// Every layer is read in any case: the image comes as an archive into `folder`.
Result<Fetched> fetch(Context& context, const std::string& text, const fs::path& folder) {
    const Interrupts interrupts;
    const auto events = TRY(make_progress(context.settings, context.host, context.screen));
    RegistryConnection connection(context, *events, interrupts.token());
    auto reference = TRY(ImageReference::parse(text));
    auto* client = TRY(connection.open(reference, RegistryUse::pull));
    auto image = TRY(open_remote_image(*client, connection.http_maker(), reference));
    const auto one = TRY(one_image(context.host, reference, image->root()));
    if (one.digest != reference.digest) image = TRY(open_remote_image(*client, connection.http_maker(), one));
    constexpr unsigned jobs = 4;
    const auto file = folder / "image";
    TRY_VOID(save_archive(*image, file, {}, jobs, *events));
    Fetched fetched{.file = file.native()};
    fetched.referrers = TRY(referrers(*client, one.repository, image->root().digest));
    return fetched;
}

/// What refers to the image in its registry: signatures, bills of materials.
Result<std::string> with_referrers(const std::string& report, const std::vector<ContentReference>& entries) {
    auto json = nlohmann::ordered_json::parse(report);
    json["referrers"] = nlohmann::ordered_json::array();
    for (const auto& entry : entries)
        json["referrers"].push_back({{"digest", entry.digest.str()},
                                     {"media_type", entry.media_type},
                                     {"artifact_type", entry.artifact_type},
                                     {"size", entry.size}});
    return json.dump(2) + "\n";
}

Result<int> run_inspect(Context& context) {
    // Contents are of no use afterwards: they don't go into the user's store.
    std::error_code error;
    const auto folder = TRY(TempFolder::make(fs::temp_directory_path(error), "rockbuild-inspect-"));
    const auto store = TRY(Store::open(folder.path() / "store"));
    const auto image = context.arguments.positional.front();
    std::optional<Fetched> fetched;
    if (image.starts_with("docker://")) fetched = TRY(fetch(context, image, folder.path()));
    auto report = TRY(image_report(fetched ? fetched->file : image, *store));
    if (fetched) report = TRY(with_referrers(report, fetched->referrers));
    return context.screen.result(report) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand inspect_command{"inspect",         "IMAGE",    {ca_option(), insecure_option()}, 1, 1,
                                        Subcommand::never, run_inspect};

}  // namespace rockbuild
