// What Pebble, started in a finished rock, would refuse, and what it would hardly do as meant: the layers of the base,
// of the parts and of the project, read together, beside the files that they speak of.
#pragma once

#include "image/image.hpp"
#include "project/project.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/diagnostic.hpp"
#include "support/result.hpp"

#include <optional>
#include <string>

namespace rockbuild {

struct FinishedRock {
    const Store& store;
    const Project& project;
    const Tree& root;                      // the base and all layers, folded
    std::optional<std::string> own_layer;  // where the project's layer lies in it
    const ImageDescription& image;
};

/// Errors: a directory of layers that Pebble would refuse (pebble/check.hpp), users of checks and workloads that the
/// image hasn't. Warnings: what is hardly meant, and what the image lacks (pebble/image_lints.hpp). By file and place.
Result<Diagnostics> rock_findings(const FinishedRock& rock);

}  // namespace rockbuild
