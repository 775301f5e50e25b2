// Node with its npm, for parts with `build-snaps: [node/TRACK]`, as trees that are mounted at /opt/node.
#pragma once

#include "toolchains/wheel.hpp"

namespace rockbuild {

/// data/toolchains/node.json; "latest" is the newest with long support.
extern const WheelTool node_tool;

/// The tree, fetched once.
Result<Digest> node_toolchain(const PebbleMaker& maker, const WheelPin& pin, const std::stop_token& stop);

}  // namespace rockbuild
