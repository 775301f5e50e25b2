// The Pebble that goes into a rock, as a tree: usr/bin/pebble and its licence text. Never a program that happens to be
// called pebble on the host.
#pragma once

#include "bases/base.hpp"
#include "store/checkout.hpp"
#include "store/store.hpp"
#include "support/event.hpp"
#include "system/http.hpp"
#include "system/process.hpp"
#include "system/sandbox.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

namespace rockbuild {

/// Where Pebble comes from: `--pebble`, ROCKBUILD_PEBBLE. Empty: built from its pinned Go module.
///   FILE                      an ELF program
///   URL#sha256:HEX, URL@sha256:HEX   a release tarball (`pebble` and `COPYING` inside) or a program
struct PebbleChoice {
    std::string text;
};

struct PebbleMaker {
    Store& store;
    Checkouts& checkouts;
    std::function<Result<Sandbox*>()> sandbox;       // opened at first need
    std::function<Result<Base>()> build_base;        // debian@12, made at first need
    ProcessRunner& processes;
    Http& http;
    std::map<std::string, std::string> environment;  // the host's: GOPROXY, proxies, pip's settings (transport, in no key)
    std::filesystem::path data;                      // where go.mod, go.sum and the toolchain's pins lie
    std::filesystem::path scratch;
    EventSink& events;
    unsigned threads = 1;
};

struct PebbleBinary {
    Digest tree;          // usr/bin/pebble 0755, usr/share/doc/pebble/copyright; root:root, time 0
    std::string version;  // as `pebble version --client` says: "v1.32.1"
};

/// The key of what make_pebble would give: the pins, or the digest of the chosen file.
Result<Key> pebble_key(const PebbleMaker& maker, const PebbleChoice& choice, const Arch& arch);
/// Made before? Asks nobody.
Result<std::optional<PebbleBinary>> known_pebble(const PebbleMaker& maker, const PebbleChoice& choice, const Arch& arch);
/// Made once per key. RB0901: the chosen file is no static ELF for `arch`, or doesn't answer `version` (says what it is);
/// RB0902: a digest differs; RB0903: the toolchain or a module can't be fetched; RB0904: the build failed (log excerpt).
Result<PebbleBinary> make_pebble(const PebbleMaker& maker, const PebbleChoice& choice, const Arch& arch,
                                 const std::stop_token& stop);

}  // namespace rockbuild
