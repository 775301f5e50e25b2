#include "support/suggest.hpp"

#include <algorithm>
#include <utility>

namespace rockbuild {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> two(b.size() + 1);
    std::vector<std::size_t> one(b.size() + 1);
    std::vector<std::size_t> now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) one[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({one[j] + 1, now[j - 1] + 1, one[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], two[j - 2] + 1);
        }
        std::swap(two, one);
        std::swap(one, now);
    }
    return one[b.size()];
}

std::vector<std::string> suggestions(std::string_view word, const std::vector<std::string>& candidates,
                                     std::size_t limit) {
    const auto plain = [](std::string_view text) {
        std::string result(text);
        std::replace(result.begin(), result.end(), '_', '-');
        return result;
    };
    const auto wanted = plain(word);
    const auto reach = std::clamp<std::size_t>(word.size() / 3, 1, 4);
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const auto& candidate : candidates) {
        const auto longer = std::max(candidate.size(), word.size());
        if (longer - std::min(candidate.size(), word.size()) > reach) continue;
        if (const auto distance = edit_distance(wanted, plain(candidate)); distance <= reach)
            near.emplace_back(distance, candidate);
    }
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    std::vector<std::string> result;
    for (auto& [distance, text] : near)
        if (result.size() < limit) result.push_back(std::move(text));
    return result;
}

}  // namespace rockbuild
