// What the commands `store …` have in common.
#pragma once

#include "containers/shelf.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/registry_world.hpp"
#include "store/checkout.hpp"
#include "store/garbage.hpp"

namespace rockbuild {

inline constexpr std::int64_t day = 24 * 60 * 60;
inline constexpr std::int64_t default_age = 7 * day;

/// A store that was opened, and all that lies in it.
struct OpenedStore {
    std::unique_ptr<IdSpace> ids;
    std::unique_ptr<Store> store;
    Inventory inventory;
    std::vector<StoreFolder> folders;
};

/// RB1141 (exit 66) if there is none: it isn't made only to be looked at.
Result<OpenedStore> open_store(Context& context, StoreUse use);
/// What stays whoever needs it: `older_than` seconds, and the images of the containers that run.
Result<GarbageRules> garbage_rules(Context& context, std::int64_t older_than);

}  // namespace rockbuild
