// The host's own ids, as root has them: what the id space is asked for is done where we are.
#pragma once

#include "store/checkout.hpp"
#include "system/id_space.hpp"

#include <string>
#include <string_view>

namespace rockbuild::fakes {

struct PlainIds final : IdSpace {
    IdMap map_;
    Result<std::string> call(std::string_view request) override { return checkout_worker(request); }
    const IdMap& map() const override { return map_; }
};

}  // namespace rockbuild::fakes
