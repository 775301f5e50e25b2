// What `run`, `exec`, `ps` and `stop` need to open.
#pragma once

#include "containers/shelf.hpp"
#include "rockbuild/places.hpp"
#include "store/store.hpp"
#include "system/id_space.hpp"

#include <memory>

namespace rockbuild {

inline std::filesystem::path cache_folder(const Context& context) {
    return absolute(context.host, context.settings.text(Setting::cache));
}

inline Result<Shelf> open_shelf(const Context& context) {
    return Shelf::open(runtime_folder(context.host, cache_folder(context)), context.host.environment);
}

}  // namespace rockbuild
