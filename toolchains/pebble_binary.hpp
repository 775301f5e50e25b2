// The Pebble that goes into a rock, as a tree: usr/bin/pebble and its licence text. Never a program that happens to be
// called pebble on the host.
#pragma once

#include "bases/base.hpp"
#include "store/checkout.hpp"
#include "store/store.hpp"
#include "support/event.hpp"
#include "support/key.hpp"
#include "system/http.hpp"
#include "system/process.hpp"
#include "system/sandbox.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

/// Where Pebble comes from: `--pebble`, ROCKBUILD_PEBBLE.
///   (empty)                          built from its pinned Go module, by the pinned Go toolchain
///   FILE                             a program
///   URL#sha256:HEX, URL@sha256:HEX   a release tarball with `pebble` in it, or a program
using PebbleChoice = std::string;

struct PebbleMaker {
    Store& store;
    Checkouts& checkouts;
    ProcessRunner& processes;
    Http& http;
    EventSink& events;
    std::filesystem::path data;                      // our data folder: pebble/go.mod and so on
    std::map<std::string, std::string> environment;  // the host's, for pip
    std::function<Result<Sandbox*>()> sandbox;       // these are opened, or made, at first need
    std::function<Result<std::filesystem::path>()> scratch;
    std::function<Result<Base>()> build_base;  // debian@12
    std::function<Result<SandboxTransport>()> transport;
};

/// The key of what make_pebble would give: the pins, or the digest of the chosen file. Asks nobody. RB0905: the choice
/// is not readable or not spelled as it should be.
Result<Key> pebble_key(const PebbleMaker& maker, const PebbleChoice& choice, const Arch& arch);

/// Where it comes from, in words that are the same on every machine: the module with its version, "a file", or the
/// address.
Result<std::string> pebble_origin(const PebbleMaker& maker, const PebbleChoice& choice);

/// The tree, made once per key: usr/bin/pebble 0755, usr/share/doc/pebble/{GPL-3,copyright}. RB0901: no static program
/// for `arch`, or it doesn't answer as Pebble (says what it is); RB0902: a module's digest differs; RB0903: the
/// toolchain or a module can't be fetched; RB0904: the build failed (the log's end as excerpt). A download's digest
/// that differs is RB0132, the toolchain's is told in pip's words.
Result<Digest> make_pebble(const PebbleMaker& maker, const PebbleChoice& choice, const Arch& arch,
                           const std::stop_token& stop);

}  // namespace rockbuild
