#include "project/organize_path.hpp"

#include <algorithm>
#include <utility>

namespace rockbuild {

OrganizePath organize_path(std::string_view text) {
    const auto without_slashes = [](std::string_view path) {
        return path.substr(std::min(path.find_first_not_of('/'), path.size()));
    };
    text = without_slashes(text);
    for (const auto& [word, ground] : {std::pair<std::string_view, Ground>{"(build)", Ground::build},
                                       std::pair<std::string_view, Ground>{"(overlay)", Ground::overlay}}) {
        if (!text.starts_with(word)) continue;
        const auto rest = text.substr(word.size());
        if (rest.empty() || rest.starts_with('/')) return {ground, without_slashes(rest)};
    }
    return {Ground::install, text};
}

}  // namespace rockbuild
