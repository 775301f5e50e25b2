#include "parts/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace rockbuild {

namespace {

auto rank_of_entry(const LockEntry& entry) { return std::tie(entry.kind, entry.request); }

void join_uses(std::vector<LockUse>& uses, const LockUse& more) {
    auto use = std::ranges::find_if(
        uses, [&](const LockUse& one) { return one.platform == more.platform && one.build_on == more.build_on; });
    if (use == uses.end()) use = uses.insert(use, {more.platform, more.build_on, {}});
    std::set<std::string> parts(use->parts.begin(), use->parts.end());
    parts.insert(more.parts.begin(), more.parts.end());
    use->parts.assign(parts.begin(), parts.end());
    std::ranges::sort(uses, {}, [](const LockUse& one) { return std::tie(one.platform, one.build_on); });
}

}  // namespace

std::string_view locked_thing(std::string_view kind) { return kind == "git" || kind == "file" ? "source" : kind; }

const LockEntry* Lock::find(const std::string& kind, const std::map<std::string, std::string>& request) const {
    const auto rank = std::tie(kind, request);
    const auto at = std::ranges::lower_bound(entries_, rank, {}, rank_of_entry);
    return at == entries_.end() || rank_of_entry(*at) != rank ? nullptr : &*at;
}

const LockEntry* Lock::near(const std::string& kind, const std::string& platform, const std::string& build_on,
                            const std::vector<std::string>& parts) const {
    const auto is_same = [&](const LockUse& use) {
        return use.platform == platform && use.build_on == build_on &&
               (parts.empty() || std::ranges::find_first_of(use.parts, parts) != use.parts.end());
    };
    for (const auto& entry : entries_)
        if (locked_thing(entry.kind) == locked_thing(kind) && std::ranges::any_of(entry.uses, is_same)) return &entry;
    return nullptr;
}

void Lock::put(LockEntry entry) {
    const auto uses = std::move(entry.uses);
    entry.uses.clear();
    auto at = std::ranges::lower_bound(entries_, rank_of_entry(entry), {}, rank_of_entry);
    if (at == entries_.end() || rank_of_entry(*at) != rank_of_entry(entry)) at = entries_.insert(at, std::move(entry));
    else {
        at->value = std::move(entry.value);
        at->place = std::move(entry.place);
    }
    for (const auto& use : uses) join_uses(at->uses, use);
}

std::vector<std::string> request_differences(const std::map<std::string, std::string>& locked,
                                             const std::map<std::string, std::string>& asked) {
    std::set<std::string> names;
    for (const auto& fields : {locked, asked})
        for (const auto& [name, value] : fields) names.insert(name);
    const auto shown = [](const std::map<std::string, std::string>& fields, const std::string& name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string("none") : fmt::format("'{}'", found->second);
    };
    std::vector<std::string> differences;
    for (const auto& name : names)
        if (const auto before = shown(locked, name), now = shown(asked, name); before != now)
            differences.push_back(fmt::format("{}: {} is locked, {} is asked for", name, before, now));
    return differences;
}

}  // namespace rockbuild
