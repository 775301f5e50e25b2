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

/// Who wants packages, and for what: the kind of their entry in the lock.
struct PackageUse {
    std::string kind;  // stage-packages, overlay-packages, build-packages
    std::vector<std::string> parts;
};

class PackageSteps {
public:
    /// `planning`: asks nobody.
    PackageSteps(const Workshop& workshop, const Job& job, bool planning)
        : workshop_(workshop), job_(job), planning_(planning) {}

    /// The versions that `names` stand for over what `installed` (a root's tree) has already; `installed` none: over
    /// nothing. Those in `recommending` are chosen first, with what they recommend. What the lock holds counts first;
    /// else a resolution is kept in the store and made anew when it is gone, or once with --refresh. The value's digest
    /// is of the blob with the encoded Resolution. In plan mode an unknown one is unresolved. RB1040 if --offline
    /// forbids to ask; the archive's own errors get the place of the first name.
    Result<Value> resolve(const PackageUse& use, const std::vector<PlacedText>& names,
                          const std::optional<Digest>& installed, const std::stop_token& stop,
                          const std::vector<PlacedText>& recommending = {});

    Result<Resolution> read(const Digest& resolution) const;
    /// Its .debs into the store. RB1042 if --offline forbids to fetch one, RB1094 if the lock named one that is gone.
    Result<void> fetch(const Digest& resolution, const std::stop_token& stop,
                       const PackageArchive::Arrived& arrived = {}) const;

    /// Installs them over `lowers` (topmost first) and returns the delta, less what only time and chance put there
    /// (logs, caches, backups).
    Result<Tree> install(const std::vector<Digest>& lowers, const Digest& resolution, const std::string& subject,
                         const std::stop_token& stop);

private:
    const Arch& architecture(const PackageUse& use) const;
    Result<Value> resolve_unlocked(const PackageUse& use, const Wish& wish, bool anew,
                                   const std::vector<PlacedText>& places, const std::stop_token& stop);

    const Workshop& workshop_;
    const Job& job_;
    bool planning_;
    std::mutex resolving_;
    std::set<std::string> refreshed_;  // guarded by resolving_
};

}  // namespace rockbuild
