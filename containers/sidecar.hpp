// A container as Juju starts the workload of a sidecar charm (spec/pebble.md §21).
#pragma once

#include "containers/bundle.hpp"
#include "containers/ports.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rockbuild {

struct Sidecar {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  // "K=V"
    std::vector<Volume> volumes;
    std::uint16_t port = 0;  // of Pebble's HTTP side
};

/// `folder` is what Juju mounts as /charm in the charm's container: DIR/containers/NAME (made if need be) becomes
/// /charm/container, DIR/bin/pebble, if it is there, the Pebble that runs; else the image's own. The port is the first
/// from 38813 on that nobody listens at. RB1161 if there is no Pebble at all.
Result<Sidecar> plan_sidecar(const std::filesystem::path& folder, const std::string& name, const Tree& root,
                             const std::vector<Listener>& taken);

}  // namespace rockbuild
