// An image onto the disk, its bytes as they are: an OCI archive, or into an OCI layout.
#pragma once

#include "registry/image_source.hpp"

#include <filesystem>
#include <string>

namespace rockbuild {

/// Writes an archive (an uncompressed tar of an OCI layout) to `path`, by one rename when all of it is there and right.
/// Every member's place is known beforehand, so blobs are read side by side. Exit 73 when it can't be written.
Result<void> save_archive(ImageSource& source, const std::filesystem::path& path, const std::string& tag, unsigned jobs,
                          EventSink& events);
/// Adds the image to the layout at `folder`, which is made if it isn't there; what had `tag` before loses it. Blobs
/// that are there already aren't read.
Result<void> save_layout(ImageSource& source, const std::filesystem::path& folder, const std::string& tag,
                         unsigned jobs, EventSink& events);

}  // namespace rockbuild
