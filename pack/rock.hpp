// From a primed tree to a rock: the layers above it, the config and the labels (spec/rockcraft-yaml.md §11, pebble.md
// §20).
#pragma once

#include "bases/base.hpp"
#include "image/image.hpp"
#include "parts/lifecycle.hpp"
#include "project/project.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <stop_token>
#include <string>

namespace rockbuild {

struct RockWork {
    Store& store;
    EventSink& events;
    unsigned threads = 1;
    std::int64_t created = 0;  // seconds since 1970: into config, labels and metadata only
    std::int64_t time = 0;     // of the files that we add
};

struct Rock {
    Descriptor manifest;
    std::vector<Layer> layers;
};

/// The base's layers, the parts' layer, the user's (with run-user), Pebble's layer file (with services or checks), the
/// control data; then config and manifest, all in the store. RB1210 if the user _daemon_ or its ids exist already.
Result<Rock> assemble(const RockWork& work, const Project& project, const Platform& platform, const Base& base,
                      const Primed& primed, const std::stop_token& stop);

}  // namespace rockbuild
