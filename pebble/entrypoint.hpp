// The arguments of an image whose entrypoint is a service (`entrypoint-service`): what comes of them under Pebble.
#pragma once

#include "pebble/plan.hpp"
#include "project/project.hpp"
#include "support/diagnostic.hpp"

namespace rockbuild {

/// Warnings RB0668: the service isn't enabled in `plan`, so nothing starts it and its arguments go nowhere; RB0671: the
/// project file's grammar, which makes the image's default arguments, and Pebble's own make different ones of the
/// command (spec/pebble.md §8). Nothing without `entrypoint-service`.
Diagnostics check_entrypoint(const Project& project, const PebblePlan& plan);

}  // namespace rockbuild
