// Laying trees over one another. Each function is one walk over two sorted lists; when an entry of the upper list hides
// what lies below it, the walk skips that whole range of the lower one.
//
// The marks of a delta are kept in one normal form, which makes fold associative: below an opaque folder there are no
// whiteouts and no further opaque folders, since nothing of the lower is left there to hide.
#include "store/tree.hpp"

#include <set>

namespace rockbuild {

namespace {

bool is_folder(const Entry& entry) { return entry.type == EntryType::folder; }

/// True when nothing of `below` can show through `above`, which stands at the same path.
bool hides(const Entry& above, const Entry& below) { return !is_folder(above) || above.opaque || !is_folder(below); }

/// Walks both trees in order. `lone` gets what stands in one tree alone, `both` an upper entry with the lower one at
/// its path; where the upper one hides, the rest of the lower's range is skipped.
template <class Lone, class Both>
void merge(const Tree& lower, const Tree& upper, const Lone& lone, const Both& both) {
    const auto& low = lower.entries();
    std::size_t i = 0;
    for (const auto& entry : upper.entries()) {
        while (i < low.size() && path_less(low[i].path, entry.path)) lone(low[i++]);
        if (i == low.size() || low[i].path != entry.path) {
            lone(entry);
            continue;
        }
        const auto& under = low[i++];
        if (hides(entry, under))
            while (i < low.size() && is_within(entry.path, low[i].path)) ++i;
        both(entry, under);
    }
    while (i < low.size()) lone(low[i++]);
}

}  // namespace

Tree apply(const Tree& lower, const Tree& delta) {
    std::vector<Entry> result;
    result.reserve(lower.size() + delta.size());
    const auto add = [&](const Entry& entry) {
        if (entry.type == EntryType::whiteout) return;
        result.push_back(entry);
        result.back().opaque = false;
    };
    merge(lower, delta, add, [&](const Entry& entry, const Entry&) { add(entry); });
    return Tree::of(std::move(result));
}

Tree fold(const Tree& first, const Tree& second) {
    std::vector<Entry> result;
    result.reserve(first.size() + second.size());
    std::string hidden;  // the outermost opaque folder around the entry at hand
    const auto add = [&](const Entry& entry, bool opaque) {
        const bool inside = !hidden.empty() && is_within(hidden, entry.path);
        if (inside && entry.type == EntryType::whiteout) return;
        result.push_back(entry);
        result.back().opaque = opaque && !inside;
        if (opaque && !inside) hidden = entry.path;
    };
    merge(
        first, second, [&](const Entry& entry) { add(entry, entry.opaque); },
        [&](const Entry& entry, const Entry& under) {
            // A folder over something that was no folder, or over a whiteout: that one hid the lower's folder already.
            add(entry, is_folder(entry) && (entry.opaque || under.opaque || !is_folder(under)));
        });
    return Tree::of(std::move(result));
}

Tree difference(const Tree& before, const Tree& after) {
    const auto& old = before.entries();
    const auto& now = after.entries();
    std::vector<char> wanted(now.size(), 0);
    std::vector<char> opaque(now.size(), 0);
    std::vector<std::string> gone;
    std::vector<std::size_t> open;  // the folders of `after` around the entry at hand
    std::size_t j = 0;
    const auto want_parents = [&](std::string_view path) {
        for (auto parent = open.rbegin(); parent != open.rend(); ++parent)
            if (is_within(now[*parent].path, path)) {
                if (wanted[*parent] == 2) break;
                wanted[*parent] = 2;  // 2: its own parents are wanted already
            }
    };
    const auto enter = [&](std::size_t index) {
        while (!open.empty() && !is_within(now[open.back()].path, now[index].path)) open.pop_back();
        if (is_folder(now[index])) open.push_back(index);
    };
    for (std::size_t i = 0; i < old.size() || j < now.size();) {
        if (j == now.size() || (i < old.size() && path_less(old[i].path, now[j].path))) {
            const auto& path = old[i].path;
            want_parents(path);
            gone.push_back(path);
            while (i < old.size() && is_within(gone.back(), old[i].path)) ++i;
            continue;
        }
        enter(j);
        const bool both = i < old.size() && old[i].path == now[j].path;
        if (!both || old[i] != now[j]) {
            want_parents(now[j].path);
            wanted[j] = 1;
            opaque[j] = both && is_folder(now[j]) && !is_folder(old[i]);
        }
        if (both) {
            const auto path = std::string_view(old[i].path);
            const bool merges = is_folder(old[i]) && is_folder(now[j]);
            ++i;
            if (!merges)
                while (i < old.size() && is_within(path, old[i].path)) ++i;
        }
        ++j;
    }
    std::vector<Entry> result;
    for (std::size_t index = 0; index < now.size(); ++index)
        if (wanted[index] != 0) {
            result.push_back(now[index]);
            result.back().opaque = opaque[index] != 0;
        }
    for (auto& path : gone) result.push_back({.path = std::move(path), .type = EntryType::whiteout, .mode = 0});
    return Tree::of(std::move(result));
}

}  // namespace rockbuild
