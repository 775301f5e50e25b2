#include "parts/folds.hpp"

#include "image/placement.hpp"

#include <fmt/format.h>

namespace rockbuild {

using Trees = std::vector<std::shared_ptr<const Tree>>;

Result<Value> Folds::remembered(std::string_view name, const std::vector<Value>& arguments,
                                const std::function<Result<Tree>(const Trees&)>& function) {
    Value result;
    KeyWriter key(name, 3);
    bool known = true;
    for (const auto& argument : arguments) {
        // Of a fold that isn't known yet, who gives the first that is missing; else who gave the last.
        if (!argument.from.empty() && known) result.from = argument.from;
        result.unresolved = result.unresolved || argument.unresolved;
        known = known && argument;
        if (argument) key.field("tree", *argument.digest);
    }
    if (!known) return result;
    const auto note = "fold/" + key.finish().digest.hex();
    if (const auto text = TRY(store_.note(note)))
        if (const auto digest = Digest::parse(*text); digest && store_.has(*digest)) {
            result.digest = *digest;
            return result;
        }
    Trees trees;
    for (const auto& argument : arguments) trees.push_back(TRY(store_.tree(*argument.digest)));
    result.digest = TRY(store_.put_tree(TRY(function(trees))));
    TRY_VOID(store_.put_note(note, result.digest->str()));
    return result;
}

Result<Value> Folds::applied(const Value& lower, const Value& delta) {
    return remembered("apply", {lower, delta}, [](const Trees& t) -> Result<Tree> { return apply(*t[0], *t[1]); });
}

Result<Value> Folds::migrated(const Value& target, const Value& contribution) {
    return remembered("migrate", {target, contribution},
                      [](const Trees& t) -> Result<Tree> { return migrate(*t[0], *t[1]); });
}

Result<Value> Folds::folded(const Value& first, const Value& second) {
    return remembered("fold", {first, second}, [](const Trees& t) -> Result<Tree> { return fold(*t[0], *t[1]); });
}

Result<Value> Folds::pruned(const Value& prime, const Value& base, const Value& overlay) {
    return remembered("prune", {prime, base, overlay}, [](const Trees& t) -> Result<Tree> {
        return prune(*t[0], apply(*t[1], split_overlay(*t[2]).marks));
    });
}

Result<Value> Folds::visible(const Value& overlay) {
    return remembered("visible", {overlay},
                      [](const Trees& t) -> Result<Tree> { return split_overlay(*t[0]).visible; });
}

Result<Value> Folds::placed(const Value& prime, const Value& base, const Value& overlay) {
    return remembered("place", {prime, base, overlay}, [](const Trees& t) -> Result<Tree> {
        return place_over(with_marks(*t[0], split_overlay(*t[2]).marks, *t[1]), *t[1]);
    });
}

}  // namespace rockbuild
