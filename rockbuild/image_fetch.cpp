#include "rockbuild/image_fetch.hpp"

#include "registry/save.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/registry_connection.hpp"
#include "support/digest.hpp"

#include <fmt/format.h>

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

}  // namespace

Result<FetchedImage> fetch_image(Context& context, const std::string& text, const fs::path& folder, Referrers wanted) {
    const Interrupts interrupts;
    const auto events = TRY(make_progress(context.settings, context.host, context.screen));
    RegistryConnection connection(context, *events, interrupts.token());
    const auto reference = TRY(ImageReference::parse(text));
    auto* client = TRY(connection.open(reference, RegistryUse::pull));
    auto image = TRY(open_remote_image(*client, connection.http_maker(), reference));
    const auto one = TRY(one_image(context.host, reference, image->root()));
    if (one.digest != reference.digest) image = TRY(open_remote_image(*client, connection.http_maker(), one));
    const auto& digest = image->root().digest;
    auto name = digest.str();
    name[name.find(':')] = '-';
    const auto file = folder / (name + ".rock");
    constexpr unsigned jobs = 4;
    std::error_code error;
    if (!fs::exists(file, error)) {
        TRY_VOID(make_folders(folder));
        TRY_VOID(save_archive(*image, file, {}, jobs, *events));
    }
    FetchedImage fetched{.file = file.native()};
    if (wanted == Referrers::ask) fetched.referrers = TRY(referrers(*client, one.repository, digest));
    return fetched;
}

Result<std::string> runnable_image(Context& context, const std::string& text) {
    if (!text.starts_with("docker://")) return text;
    const auto folder = cache_folder(context) / "images";
    const auto note = folder / (sha256(text).hex() + ".last");
    auto fetched = fetch_image(context, text, folder, Referrers::leave);
    if (fetched) {
        TRY_VOID(write_file(note, fs::path(fetched->file).filename().native()));
        return fetched->file;
    }
    auto& error = fetched.error();
    if (error.code != "RB0130") return std::unexpected(std::move(error));
    // Who can't be reached can't be asked whether there is a newer one: the last one will do.
    std::error_code missing;
    if (const auto last = read_file(note); last && fs::exists(folder / *last, missing)) {
        context.screen.say(fmt::format("warning: {}: this runs {}, as it was fetched last", error.message, *last));
        return (folder / *last).native();
    }
    error.hint += "; a registry of your own is started by `rockbuild registry serve`";
    return std::unexpected(std::move(error));
}

Result<std::string> runnable_image_of_pod(Context& context, const std::string& text, const fs::path& folder) {
    const auto colon = text.find(':');
    const auto transport = text.substr(0, colon + 1);
    if (colon != std::string::npos && (transport == "oci:" || transport == "oci-archive:"))
        return transport + (folder / text.substr(colon + 1)).lexically_normal().native();
    std::error_code error;
    if (const auto file = (folder / text).lexically_normal(); text.ends_with(".rock") || fs::exists(file, error))
        return file.native();
    return runnable_image(context, text.starts_with("docker://") ? text : "docker://" + text);
}

}  // namespace rockbuild
