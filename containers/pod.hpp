// Running a pod: its init containers one after the other, then its containers side by side, with volumes and a network
// in common.
#pragma once

#include "containers/container.hpp"
#include "containers/pod_manifest.hpp"
#include "support/result.hpp"

#include <functional>
#include <string>

namespace rockbuild {

struct PodRequest {
    PodManifest manifest;
    std::string file;  // as it was named
    std::string name;  // empty: the manifest's
    ContainerNetwork network;
    bool detach = false;
    /// What `image` of the manifest is here: a reference that ImageReader opens.
    std::function<Result<std::string>(const std::string& image)> find_image;
};

/// Each container is called POD-CONTAINER. In the foreground: until all have ended; the code is the first that isn't 0;
/// signals go on to all. Detached: until all have started. What can be refused is refused before anything starts.
/// RB1151: the pod runs already; RB1153: a hostPath isn't there; RB1173: a mount leads out of its volume; RB1174: an
/// init container failed; RB1175: a hostPort can't be had; RB1176: the first container, whose network it is, ended at
/// once; RB1177 (exit 130): told to end while it started; RB1178: one would be root and must not; and what starting a
/// container says.
Result<RunResult> run_pod(const RunTools& tools, const PodRequest& request);

}  // namespace rockbuild
