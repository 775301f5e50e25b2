// From the wish (SandboxRun) to the list of acts that builds its file system: a pure function, so that the child
// process has nothing to decide, and nothing to allocate, between fork and exec.
//
// All acts happen on a *stage*: a tmpfs of the run's own. Below it lie symbolic links with short names to the host's
// folders, so that the mount table, which a script can read, shows `lowerdir=l0:l1` and no path of the host.
#pragma once

#include "system/sandbox.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

/// What this machine allows; found by open_sandbox, by trying.
struct SandboxWay {
    bool enter_first = false;      // mounts are made inside the user namespace (an ordinary user); else as root
    bool seal = false;             // root enters the user namespace when all is mounted, which locks the mounts
    bool fresh_proc = true;        // else the outer /proc shows through (a container that masks parts of its own)
    bool user_attributes = false;  // overlayfs keeps its marks in user.overlay.* instead of trusted.overlay.*
};

/// One act. Paths without a leading slash are on the stage.
struct MountAct {
    enum class Kind : std::uint8_t {
        folder,  // make the folder `path`, mode `mode`
        file,    // make the file `path` with bytes `data`, mode `mode`
        link,    // make the link `path` to `source`
        same,    // give the folder `path` owner, mode and times of the folder `source`
        mount,   // mount `source` of type `type` with options `data` and `flags` at `path`
        device,  // make the character device `path` of numbers `flags`; where refused, show the host's, read-only
        root,    // the folder `path` is the new root: from here on `inside` paths can be reached
        move,    // move the mount at `path` to `inside`
        bind,    // show `source` (with its mounts if `recursive`) at `inside`, or at `path`, with attributes `flags`
    };
    Kind kind{};
    std::string path;
    std::string source;
    std::string type;
    std::string data;
    std::string inside;
    std::uint64_t flags = 0;
    unsigned mode = 0755;
    bool is_folder = true;  // what `inside` must be
    bool recursive = false;
    bool optional = false;  // go on when it fails
    std::string what;       // for the message: "the tree at /root"
};

/// `works` are the work folders, one for each tree that has an upper side (in order of trees; on its file system).
/// RB0122 for a request that makes no sense: a relative path, the root not first, a place given twice, too many lowers
/// for one mount.
Result<std::vector<MountAct>> plan_mounts(const SandboxRun& request, const std::vector<std::filesystem::path>& works,
                                          const SandboxWay& way);

}  // namespace rockbuild
