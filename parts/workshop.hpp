// What steps need from outside their part, by interfaces: the store, the sandbox, bases, packages, Pebble. All of it is
// made at first need, so that a build that needs no process starts none, and one that is done asks nobody.
#pragma once

#include "bases/base.hpp"
#include "packages/archive.hpp"
#include "parts/lock_keeper.hpp"
#include "project/project.hpp"
#include "store/checkout.hpp"
#include "store/store.hpp"
#include "support/event.hpp"
#include "support/key.hpp"
#include "system/http.hpp"
#include "system/process.hpp"
#include "system/sandbox.hpp"
#include "toolchains/wheel.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

/// A base that may not be made yet.
struct BaseSource {
    std::function<Result<std::optional<Base>>()> known;
    std::function<Result<Base>(const std::stop_token& stop)> make;
};

/// The hidden part's contents.
struct PebbleSource {
    std::function<Result<Key>()> key;
    std::function<Result<Digest>(const std::stop_token& stop)> make;  // the tree of toolchains/pebble_binary.hpp
};

/// The toolchains of one kind: what a track of `build-snaps: [go/TRACK]` means, and its tree.
struct ToolchainSource {
    std::function<Result<WheelPin>(const std::string& track)> pin;  // asks nobody
    std::function<Result<Digest>(const WheelPin& pin, const std::stop_token& stop)> make;
};

/// How sources are asked for: with the host's programs and its user's settings.
struct Outside {
    Http& http;
    ProcessRunner& processes;
    std::map<std::string, std::string> environment;
};

struct Workshop {
    Store& store;
    Checkouts& checkouts;
    EventSink& events;
    std::function<Result<Sandbox*>()> sandbox;
    std::function<Result<std::filesystem::path>()> scratch;  // this run's folder on the sandbox's scratch
    BaseSource base;
    BaseSource build_base;
    PackageArchive& archive;        // of the build base's release, for what is built
    PackageArchive& build_archive;  // the same, for what is installed where it is built
    PebbleSource pebble;
    ToolchainSource go;
    ToolchainSource node;
    /// Made at first need: copies of resolv.conf, hosts, the CA bundle, mirror lists; proxy and CA variables.
    std::function<Result<SandboxTransport>()> transport;
    std::filesystem::path logs;  // a folder for this run's logs
    Outside outside;
    unsigned parallel = 1;                                              // steps at once
    unsigned parallel_downloads = 4;                                    // steps at once that wait for the network
    std::shared_ptr<LockKeeper> lock = std::make_shared<LockKeeper>();  // asked before anything is resolved
};

/// One build: a project for one platform.
struct Job {
    const Project& project;
    Platform platform;
    Arch build_on;
    std::filesystem::path project_dir;
    std::string project_note;           // name of the note with the keys of its last runs
    std::int64_t time = 0;              // of files from folders and scripts: SOURCE_DATE_EPOCH, else default_time
    std::optional<std::int64_t> clamp;  // SOURCE_DATE_EPOCH, for members of packages
    bool offline = false;
    bool refresh = false;
};

/// 1980-01-01, the earliest time that every archive format can hold: for files that have no time of their own to keep.
inline constexpr std::int64_t default_time = 315532800;

}  // namespace rockbuild
