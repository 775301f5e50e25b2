// Folds of trees, remembered: the digest of "this tree with that laid over it" is looked up by the digests of both, so
// that a build with nothing to do reads no tree at all.
#pragma once

#include "parts/merge.hpp"
#include "parts/value.hpp"
#include "store/store.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace rockbuild {

class Folds {
public:
    explicit Folds(Store& store) : store_(store) {}

    /// apply(lower, delta).
    Result<Value> applied(const Value& lower, const Value& delta);
    /// migrate(target, contribution).
    Result<Value> migrated(const Value& target, const Value& contribution);
    /// fold(first, second): both stay deltas.
    Result<Value> folded(const Value& first, const Value& second);
    /// prune(prime, base as it shows under the overlay's marks).
    Result<Value> pruned(const Value& prime, const Value& base, const Value& overlay);
    /// What scripts see of an overlay's delta.
    Result<Value> visible(const Value& overlay);
    /// The rock's own layer: prime with the overlay's marks, placed through the base's links.
    Result<Value> placed(const Value& prime, const Value& base, const Value& overlay);
    /// The result of any other pure function of trees, by its name and arguments.
    Result<Value> remembered(
        std::string_view name, const std::vector<Value>& arguments,
        const std::function<Result<Tree>(const std::vector<std::shared_ptr<const Tree>>&)>& function);

private:
    Store& store_;
};

}  // namespace rockbuild
