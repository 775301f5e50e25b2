// What a plan asks of the image that it lies in (spec/pebble.md §12, §14, §20): Pebble finds out when it starts
// something, and then keeps running with a service that isn't there. We look before the rock is written.
#pragma once

#include "pebble/plan.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/arch.hpp"
#include "support/diagnostic.hpp"

#include <map>
#include <string>
#include <vector>

namespace rockbuild {

/// A finished image, as its processes will see it.
struct RockImage {
    const Store& store;
    const Tree& root;  // the base, the parts' layer and our own, folded
    Arch arch;
    std::map<std::string, std::string> environment;  // the image's
    bool runs_as_daemon = false;                     // `run-user: _daemon_`; root otherwise
    Span name;                                       // of the rock: where to point for what nobody wrote
};

/// What is wrong, as far as the image tells: what check_users says of its users (users.hpp); warnings RB0660 (a user
/// that _daemon_ can't become), RB0661 to RB0665 and RB0667 (the program of a service or a check), RB0666 (the working
/// directory), RB0669 (a state of Pebble's is shipped), RB0670 (Pebble may not read its layers or write in its folder),
/// RB0672 (it looks for them elsewhere).
Result<Diagnostics> lint_image(const std::vector<PebbleLayer>& layers, const PebblePlan& plan, const RockImage& image);

}  // namespace rockbuild
