// One blob on its way into a registry (distribution spec, "pushing blobs").
//
// Is it there already? Can it be mounted? Else one PUT with all of it: its digest and length are known. A fault in the
// middle asks the registry how much it has, and goes on from there with PATCH; what that doesn't mend begins anew. Only
// a registry or proxy that refuses large bodies gets chunks.
#pragma once

#include "registry/registry_acts.hpp"

#include <functional>
#include <optional>
#include <string>

namespace rockbuild {

/// A blob that can be read from any place, any number of times.
struct UploadBlob {
    ContentDigest digest;
    std::uint64_t size = 0;
    std::function<Result<BodyReader>(std::uint64_t offset)> open;
};

enum class UploadOutcome : std::uint8_t { uploaded, mounted, present };

struct UploadResult {
    UploadOutcome outcome = UploadOutcome::present;
    std::uint64_t sent = 0;  // bytes of bodies, those of vain tries too
};

/// `mount_from`: a repository of the same registry that may have it; empty: none is known. `progress` gets how many
/// bytes of the blob the registry has. RB1557: what was read isn't the blob (the source is damaged); else the errors of
/// registry_acts.hpp.
Result<UploadResult> upload_blob(RegistryClient& client, const std::string& repository, const UploadBlob& blob,
                                 const std::string& mount_from, const std::function<void(std::uint64_t)>& progress);

}  // namespace rockbuild
