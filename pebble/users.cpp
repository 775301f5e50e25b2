#include "pebble/users.hpp"

#include "pebble/layer_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace rockbuild {

namespace {

struct AccountProblem {
    std::string message;
    Span place;
};

/// What Pebble finds wrong when it looks an account up; a group alone is another matter (RB0614, RB0634).
std::optional<AccountProblem> problem_of(const Account& account, const Users& users) {
    std::optional<Users::User> user;
    if (is_filled(account.user)) {
        user = users.user(account.user->value);
        if (!user) return AccountProblem{fmt::format("there is no user '{}'", account.user->value), account.user->span};
        if (account.user_id && account.user_id->value != user->uid)
            return AccountProblem{
                fmt::format("user '{}' has the id {}, not {}", account.user->value, user->uid, account.user_id->value),
                account.user_id->span};
    }
    const bool group_given = is_filled(account.group) || account.group_id;
    if (user && !group_given && !users.user_of(user->uid))
        return AccountProblem{
            fmt::format("the id of user '{}' isn't written as {} in /etc/passwd, and isn't found again", user->name,
                        user->uid),
            account.user->span};
    if (!user && account.user_id && !group_given && !users.user_of(account.user_id->value))
        return AccountProblem{
            fmt::format("there is no user with the id {}, whose group would be taken", account.user_id->value),
            account.user_id->span};
    if (!is_filled(account.group)) return std::nullopt;
    const auto group = users.group(account.group->value);
    if (!group) return AccountProblem{fmt::format("there is no group '{}'", account.group->value), account.group->span};
    if (account.group_id && account.group_id->value != group->gid)
        return AccountProblem{
            fmt::format("group '{}' has the id {}, not {}", account.group->value, group->gid, account.group_id->value),
            account.group_id->span};
    return std::nullopt;
}

const char* const user_cure = "name one that is in the image's /etc/passwd and /etc/group, or add it there";

}  // namespace

Diagnostics check_users(const std::vector<PebbleLayer>& layers, const PebblePlan& plan, const Users& users) {
    LayerReading reading{Complaints("")};
    for (const auto& layer : layers)
        for (const auto& [name, check] : layer.checks)
            if (check.exec)
                if (const auto problem = problem_of(check.exec->account, users))
                    reading.error("checks." + name, "RB0609", problem->message, problem->place, user_cure);
    for (const auto& [name, workload] : plan.workloads)
        if (const auto problem = problem_of(workload.account, users))
            reading.error("workloads." + name, "RB0609", problem->message, problem->place, user_cure);
    for (const auto& [name, service] : plan.services)
        if (const auto problem = problem_of(service.account, users))
            reading.warn("services." + name, "RB0650",
                         fmt::format("{}: Pebble won't start this service", problem->message), problem->place,
                         user_cure);
    auto found = std::move(reading.complaints.all());
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.span->file, a.span->begin) < std::tie(b.span->file, b.span->begin);
    });
    return found;
}

}  // namespace rockbuild
