#include "parts/lock_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Kinds that are a project's own, whichever parts ask: their names are names of `lock --update`.
bool has_own_name(std::string_view kind) {
    return kind == "base" || kind == "go" || kind == "node" || kind == "pebble";
}

/// What `lock --update` takes for this.
std::string update_name(const LockRequest& request) {
    return has_own_name(request.kind) ? request.kind : request.parts.front();
}

/// The names of packages that were asked for, without architecture and version.
std::set<std::string> package_names(const std::map<std::string, std::string>& asks) {
    std::set<std::string> names;
    for (const auto* which : {"names", "recommending"}) {
        const auto list = asks.find(which);
        if (list == asks.end()) continue;
        for (std::size_t begin = 0; begin < list->second.size();) {
            const auto end = std::min(list->second.find(' ', begin), list->second.size());
            const auto word = list->second.substr(begin, end - begin);
            names.insert(word.substr(0, word.find_first_of(":=")));
            begin = end + 1;
        }
    }
    return names;
}

bool meet(const std::set<std::string>& names, const auto& others) {
    return std::ranges::any_of(others, [&](const auto& other) { return names.contains(other); });
}

}  // namespace

std::string title_of(const LockRequest& request) {
    if (request.kind == "base") return fmt::format("the base {}", request.asks.at("name"));
    if (request.kind == "pebble") return "Pebble";
    if (request.kind == "build-packages") return "the build-packages";
    if (has_own_name(request.kind)) return fmt::format("the toolchain {}", request.kind);
    return fmt::format("the {} of part '{}'", locked_thing(request.kind), request.parts.front());
}

bool LockUpdate::wants(const LockRequest& request) const {
    return all || (has_own_name(request.kind) && names.contains(request.kind)) || meet(names, request.parts) ||
           meet(names, package_names(request.asks));
}

bool LockUpdate::wants(const LockEntry& entry) const {
    return all || (has_own_name(entry.kind) && names.contains(entry.kind)) ||
           meet(names, package_names(entry.request)) ||
           std::ranges::any_of(entry.uses, [&](const LockUse& use) { return meet(names, use.parts); }) ||
           std::ranges::any_of(entry.value.packages, [&](const Package& one) { return names.contains(one.name); });
}

std::shared_ptr<LockKeeper> LockKeeper::holding(Lock lock, bool strict, EventSink& events) {
    auto keeper = std::make_shared<LockKeeper>();
    keeper->rule_ = strict ? Rule::strict : Rule::loose;
    keeper->lock_ = std::move(lock);
    keeper->events_ = &events;
    return keeper;
}

std::shared_ptr<LockKeeper> LockKeeper::renewing(Lock before, LockUpdate update) {
    auto keeper = std::make_shared<LockKeeper>();
    keeper->rule_ = Rule::renewing;
    keeper->lock_ = std::move(before);
    keeper->update_ = std::move(update);
    return keeper;
}

void LockKeeper::enter(std::string platform, std::string build_on) {
    platform_ = std::move(platform);
    build_on_ = std::move(build_on);
}

LockEntry LockKeeper::entry_for(const LockRequest& request, LockedValue value) const {
    auto parts = request.parts;
    std::ranges::sort(parts);
    LockEntry entry;
    entry.kind = request.kind;
    entry.request = request.asks;
    entry.value = std::move(value);
    entry.uses = {{platform_, build_on_, std::move(parts)}};
    return entry;
}

Result<LockAnswer> LockKeeper::ask(const LockRequest& request) {
    if (rule_ == Rule::none) return LockAnswer{};
    const std::lock_guard guard(mutex_);
    // What was found out in this run is what the next one who asks the same gets, too.
    const auto* entry = rule_ == Rule::renewing ? gathered_.find(request.kind, request.asks) : nullptr;
    const bool is_new = entry != nullptr;
    if (entry == nullptr) entry = lock_.find(request.kind, request.asks);
    if (rule_ != Rule::renewing) {
        if (entry != nullptr) return LockAnswer{entry->value, false};
        return miss(request);
    }
    if (!is_new && (update_.wants(request) || (entry != nullptr && update_.wants(*entry)))) return LockAnswer{{}, true};
    if (entry == nullptr) return LockAnswer{};
    const auto value = entry->value;
    gathered_.put(entry_for(request, value));
    return LockAnswer{value, false};
}

void LockKeeper::resolved(const LockRequest& request, LockedValue value) {
    if (rule_ != Rule::renewing) return;
    const std::lock_guard guard(mutex_);
    gathered_.put(entry_for(request, std::move(value)));
}

/// The caller holds the mutex.
Result<LockAnswer> LockKeeper::miss(const LockRequest& request) {
    const auto title = title_of(request);
    Diagnostic difference;
    difference.code = "RB1092";
    difference.span = request.place;
    difference.object = update_name(request);
    difference.hint = "run `rockbuild lock`";
    if (const auto* other = lock_.near(request.kind, platform_, build_on_, request.parts)) {
        difference.message = fmt::format("{} holds {} for another request", Lock::file_name, title);
        difference.notes.push_back({"it is locked here", other->place});
        for (auto& text : request_differences(other->request, request.asks))
            difference.notes.push_back({std::move(text), std::nullopt});
    } else {
        difference.message = fmt::format("{} doesn't hold {}", Lock::file_name, title);
    }
    if (rule_ == Rule::strict) return std::unexpected(std::move(difference));
    difference.severity = Severity::warning;
    if (told_.insert(platform_ + "\n" + title).second) events_->finding(std::move(difference));
    return LockAnswer{};
}

void LockKeeper::gave(const LockRequest& request, const std::string& name) {
    const std::lock_guard guard(mutex_);
    given_.insert_or_assign(name, request);
}

Diagnostic LockKeeper::told(Diagnostic cause, const std::string& name) const {
    const std::lock_guard guard(mutex_);
    const auto given = given_.find(name);
    if (given == given_.end()) return cause;
    const auto& request = given->second;
    const auto* entry = lock_.find(request.kind, request.asks);
    if (entry == nullptr) return cause;  // found out in this run
    const auto place = entry->place;
    const auto cure = fmt::format("`rockbuild lock --update {}` takes what there is now", update_name(request));
    // Pip's words don't say whether a file is gone or the network is.
    if (cause.code == "RB0903") {
        cause.notes.push_back({fmt::format("{} names it", Lock::file_name), place});
        cause.hint += "; if it is gone for good, " + cure;
        return cause;
    }
    // Gone, other bytes, no such commit.
    if (cause.code != "RB0131" && cause.code != "RB0132" && cause.code != "RB1075" && cause.code != "RB1081")
        return cause;
    Diagnostic gone = std::move(cause);
    gone.code = "RB1094";
    gone.message =
        fmt::format("what {} names as {} can't be had any more: {}", Lock::file_name, title_of(request), gone.message);
    if (!gone.span) gone.span = request.place;
    gone.notes.insert(gone.notes.begin(), {"it is locked here", place});
    gone.hint = cure;
    gone.suggestions.clear();
    return gone;
}

std::unexpected<Diagnostic> LockKeeper::other_than_locked(const LockRequest& request, const std::string& what) const {
    const auto* entry = lock_.find(request.kind, request.asks);
    auto error =
        fail("RB1094",
             fmt::format("what {} names as {} can't be had any more: {}", Lock::file_name, title_of(request), what),
             fmt::format("`rockbuild lock --update {}` takes what there is now", update_name(request)));
    error.error().span = request.place;
    error.error().notes.push_back({"it is locked here", entry == nullptr ? std::nullopt : entry->place});
    return error;
}

}  // namespace rockbuild
