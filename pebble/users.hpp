// Users and groups that a plan names, looked up where it will run (spec/pebble.md §11, classes 17 and 25; §12).
#pragma once

#include "pebble/plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// The users and groups of an image: its passwd and group files, however they are read.
class Users {
public:
    struct User {
        std::string name;
        std::int64_t uid = 0;
        std::int64_t gid = 0;
    };
    struct Group {
        std::string name;
        std::int64_t gid = 0;
    };

    virtual ~Users() = default;
    virtual std::optional<User> user(const std::string& name) const = 0;
    virtual std::optional<User> user_of(std::int64_t uid) const = 0;
    virtual std::optional<Group> group(const std::string& name) const = 0;
};

/// What Pebble would say of the users and groups that layers and their plan name. Errors RB0609 where it refuses them:
/// of the checks of each layer, of the plan's workloads; a warning RB0650 where it only can't start a service. By file
/// and place, each with its object.
Diagnostics check_users(const std::vector<PebbleLayer>& layers, const PebblePlan& plan, const Users& users);

}  // namespace rockbuild
