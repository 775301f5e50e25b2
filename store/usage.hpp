// What a store holds, by kind: `rockbuild store du`.
#pragma once

#include "store/inventory.hpp"

#include <map>

namespace rockbuild {

struct StoreUsage {
    struct Amount {
        std::uint64_t count = 0;
        std::uint64_t bytes = 0;  // on the disk
    };
    /// Kinds as they are printed, in that order, those that are empty too. Each thing counts once, whoever shares it.
    std::vector<std::pair<std::string, Amount>> kinds;
    std::uint64_t bytes = 0;
};

StoreUsage measure_store(const Inventory& inventory, const std::vector<StoreFolder>& folders);

}  // namespace rockbuild
