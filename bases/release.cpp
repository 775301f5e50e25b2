#include "bases/release.hpp"

#include <algorithm>

namespace rockbuild {

const Release* find_release(std::string_view base) {
    const auto found = std::ranges::find(releases, base, &Release::base);
    return found == releases.end() ? nullptr : &*found;
}

}  // namespace rockbuild
