// Layers read, folded and looked at: of a folder, or of a project file (spec/pebble.md §11, §12). Everything that is
// wrong is said at once, where Pebble says the first thing that it meets.
#pragma once

#include "pebble/layers_folder.hpp"
#include "pebble/plan.hpp"
#include "project/project.hpp"
#include "support/diagnostic.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rockbuild {

struct LayersReading {
    std::vector<PebbleLayer> layers;  // in their order
    PebblePlan plan;
    Diagnostics diagnostics;  // by file and place; each with its object
};

/// The layer that a project makes, where it lies in the folder: it is said of the project file what is wrong with it.
struct OwnLayer {
    std::string file;  // as layer_texts names it
    const Project& project;
};

/// Pebble loads the plan exactly if no diagnostic is an error; but of RB0605, which it loads and crashes on as it
/// starts, and of users and groups (users.hpp).
LayersReading read_layers(const LayersFolder& folder, const std::optional<OwnLayer>& own = std::nullopt);

/// What has been said of a project file already.
struct AlreadySaid {
    std::set<std::string> objects;  // those with an error: "services.web"
    bool names = false;             // whole objects couldn't be read: others may refer to them
    std::vector<Span> places;       // of the errors
};

/// What Pebble would say of the layer that a project makes, in the file's order and at its places.
Diagnostics check_pebble(const Project& project, const AlreadySaid& said = {});

}  // namespace rockbuild
