// `rockbuild inspect`: see inspect.md.
#include "rockbuild/command.hpp"
#include "rockbuild/image_fetch.hpp"
#include "rockbuild/image_report.hpp"
#include "rockbuild/registry_connection.hpp"

#include <nlohmann/json.hpp>
#include <optional>

namespace rockbuild {

namespace {

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
    std::optional<FetchedImage> fetched;
    // Every layer is read in any case: the image comes as an archive.
    if (image.starts_with("docker://")) fetched = TRY(fetch_image(context, image, folder.path(), Referrers::ask));
    auto report = TRY(image_report(fetched ? fetched->file : image, *store));
    if (fetched) report = TRY(with_referrers(report, fetched->referrers));
    return context.screen.result(report) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand inspect_command{
    "inspect", "IMAGE", {ca_option(), insecure_option()}, 1, 1, Subcommand::never, run_inspect, {{Completes::image}}};

}  // namespace rockbuild
