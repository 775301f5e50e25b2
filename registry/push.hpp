// An image into a registry: what is there already is left alone, blobs go side by side, the manifest comes last.
#pragma once

#include "registry/image_source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

struct PushOptions {
    std::vector<std::string> tags;  // besides the reference's own name
    std::string mount_from;         // a repository of the same registry that may have the blobs
    bool append = false;            // into the index that the tag stands for, keeping its other platforms
    unsigned jobs = 4;              // blobs at once
};

struct PushReport {
    ContentDigest digest;  // what the name stands for now
    std::uint64_t uploaded_bytes = 0;
    std::uint64_t uploaded = 0;  // blobs
    std::uint64_t mounted = 0;
    std::uint64_t present = 0;
    double seconds = 0;
};

/// Errors are those of registry_acts.hpp, upload.hpp and image_source.hpp; RB1561 (exit 64): the reference names
/// another digest than the image has.
Result<PushReport> push_image(RegistryClient& client, ImageSource& source, const ImageReference& reference,
                              const PushOptions& options);

}  // namespace rockbuild
