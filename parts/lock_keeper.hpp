// Who asks the lock. Whatever resolves something that moves (packages, sources, bases, toolchains) asks here first:
// what the lock names is taken, before the store's memory and before the network; what it doesn't name, or names for
// another request, is told or refused. The same keeper, renewing, gathers what `rockbuild lock` writes: so there is one
// place that knows what a lock means.
#pragma once

#include "parts/lock.hpp"
#include "support/event.hpp"
#include "support/result.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

struct LockRequest {
    std::string kind;
    std::map<std::string, std::string> asks;
    std::vector<std::string> parts;  // that ask; empty: the build does
    Span place;                      // in the project's file
};

struct LockAnswer {
    std::optional<LockedValue> value;  // none: it is to be resolved
    bool anew = false;                 // and what the store remembers of it doesn't count
};

/// What `lock --update` takes anew.
struct LockUpdate {
    bool all = false;
    std::set<std::string> names;  // parts, packages, base, go, node, pebble

    bool wants(const LockRequest& request) const;
    bool wants(const LockEntry& entry) const;
};

/// Safe to use from several threads.
class LockKeeper {
public:
    /// Of a project without a lock: answers nothing, and has no objection.
    LockKeeper() = default;
    /// `strict` (--locked): what isn't locked is RB1092; else that is a finding in `events`, told once.
    static std::shared_ptr<LockKeeper> holding(Lock lock, bool strict, EventSink& events);
    /// For `rockbuild lock`: what `before` holds stays, unless `update` wants it anew; gathered() is what was asked.
    static std::shared_ptr<LockKeeper> renewing(Lock before, LockUpdate update);

    /// Of which build the requests are from now on.
    void enter(std::string platform, std::string build_on);

    Result<LockAnswer> ask(const LockRequest& request);
    /// What a request without an answer was resolved to.
    void resolved(const LockRequest& request, LockedValue value);

    /// Notes that what is locked for `request` goes by `name` from here on: a commit, a digest.
    void gave(const LockRequest& request, const std::string& name);
    /// `cause`, where what goes by `name` couldn't be had; RB1094 with the entry and the cure if the lock gave it and
    /// it is gone or has become other bytes.
    Diagnostic told(Diagnostic cause, const std::string& name) const;
    /// RB1094: `what` of the request is not what is locked.
    std::unexpected<Diagnostic> other_than_locked(const LockRequest& request, const std::string& what) const;

    const Lock& gathered() const { return gathered_; }

private:
    enum class Rule : std::uint8_t { none, loose, strict, renewing };
    Result<LockAnswer> miss(const LockRequest& request);
    LockEntry entry_for(const LockRequest& request, LockedValue value) const;

    Rule rule_ = Rule::none;
    Lock lock_;
    LockUpdate update_;
    EventSink* events_ = nullptr;
    std::string platform_;
    std::string build_on_;

    mutable std::mutex mutex_;  // of what follows
    Lock gathered_;
    std::set<std::string> told_;
    std::map<std::string, LockRequest> given_;
};

/// "the stage-packages of part 'web'": as messages call it.
std::string title_of(const LockRequest& request);

}  // namespace rockbuild
