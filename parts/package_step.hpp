// Packages for steps: names resolved once and remembered, and packages *installed* (with their scripts, by apt inside
// the sandbox) over a root — for the build environment and for `overlay-packages`. `stage-packages` are only unpacked.
#pragma once

#include "parts/step_runner.hpp"
#include "parts/value.hpp"
#include "parts/workshop.hpp"

#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

class PackageSteps {
public:
    PackageSteps(const Workshop& workshop, const Job& job, bool planning)
        : workshop_(workshop), job_(job), planning_(planning) {}

    /// The versions that `names` stand for over what `installed` (a root's tree) has already; `installed` none: over
    /// nothing. Those in `recommending` are chosen first, with what they recommend. A resolution is kept in the store
    /// and made anew when it is gone, or once with --refresh. The value's digest is of the blob with the encoded
    /// Resolution. In plan mode an unknown one is unresolved. RB1040 if
    /// --offline forbids to ask; the archive's own errors get the place of the first name.
    Result<Value> resolve(const std::vector<PlacedText>& names, const std::optional<Digest>& installed,
                          const std::stop_token& stop, const std::vector<PlacedText>& recommending = {});

    Result<Resolution> read(const Digest& resolution) const;

    /// Installs them over `lowers` (topmost first) and returns the delta, less what only time and chance put there
    /// (logs, caches, backups).
    Result<Tree> install(const std::vector<Digest>& lowers, const Digest& resolution, const std::string& subject,
                         const std::stop_token& stop);

private:
    const Workshop& workshop_;
    const Job& job_;
    bool planning_;
    std::mutex mutex_;
    std::set<std::string> refreshed_;  // guarded by mutex_
};

}  // namespace rockbuild
