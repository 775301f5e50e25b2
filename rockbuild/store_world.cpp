#include "rockbuild/store_world.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<OpenedStore> open_store(Context& context, StoreUse use) {
    const auto root = cache_folder(context);
    std::error_code error;
    if (!fs::exists(root / "format", error))
        return fail("RB1141", fmt::format("there is no store at '{}'", root.native()),
                    "the first `rockbuild pack` makes one; ROCKBUILD_CACHE names another place", ExitCode::no_input);
    auto ids = TRY(IdSpace::open(checkout_worker));
    auto store = TRY(Store::open(root, use, [&] { context.screen.say("the store is being cleared up: waiting"); }));
    auto inventory = TRY(Inventory::read(*store));
    auto folders = TRY(store_folders(root, *ids));
    return OpenedStore{std::move(ids), std::move(store), std::move(inventory), std::move(folders)};
}

Result<GarbageRules> garbage_rules(Context& context, std::int64_t older_than) {
    GarbageRules rules{context.host.now, older_than, {}};
    std::error_code error;
    if (!fs::exists(runtime_folder(context.host, cache_folder(context)) / "containers", error)) return rules;
    for (const auto& container : TRY(TRY(open_shelf(context)).list()))
        if (container.state != "ended")
            if (const auto digest = Digest::parse(container.record.digest)) rules.in_use.push_back(*digest);
    return rules;
}

}  // namespace rockbuild
