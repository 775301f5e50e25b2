// Go toolchains, for Pebble and for parts with `build-snaps: [go]`, as trees that are mounted at /opt/go.
#pragma once

#include "toolchains/wheel.hpp"

namespace rockbuild {

/// data/toolchains/go.json; "latest" is the one that builds Pebble.
extern const WheelTool go_tool;

/// The toolchain's tree, fetched once.
Result<Digest> go_toolchain(const PebbleMaker& maker, const WheelPin& pin, const std::stop_token& stop);

}  // namespace rockbuild
