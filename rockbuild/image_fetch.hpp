// An image of a registry, for commands that work on files: it is kept as an archive.
#pragma once

#include "registry/manifest.hpp"
#include "rockbuild/command.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rockbuild {

struct FetchedImage {
    std::string file;                         // the archive
    std::vector<ContentReference> referrers;  // if they were asked for
};

enum class Referrers : bool { leave, ask };

/// Fetches `reference` (with or without docker://) into `folder` under its digest, unless it is there; of an index the
/// image for this machine. The command takes the options of registry_connection.hpp. RB1562: the index has none.
Result<FetchedImage> fetch_image(Context& context, const std::string& reference, const std::filesystem::path& folder,
                                 Referrers referrers);

/// The image that `text` names for `run`: what begins with docker:// is fetched into the cache (where its registry
/// can't be reached: what was fetched last, with a warning), the rest stands as it is.
Result<std::string> runnable_image(Context& context, const std::string& text);

/// The same for a pod's manifest in `folder`, which names images as Kubernetes does: a file of that name beside it, or
/// a layout (oci:…), or else an image of a registry.
Result<std::string> runnable_image_of_pod(Context& context, const std::string& text,
                                          const std::filesystem::path& folder);

}  // namespace rockbuild
