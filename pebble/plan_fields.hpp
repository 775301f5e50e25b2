// Every field of every kind of object, once: its key, and where it lies in the value; in the order in which `pebble
// plan` prints them (spec/pebble.md §9). Reading, folding and printing walk these lists: what one of them knows the
// others know.
//
// A visitor is called with the key and that field of each object that is given (folding gives two); for who a process
// runs as, with the accounts alone.
#pragma once

#include "pebble/plan.hpp"

#include <string>
#include <type_traits>
#include <vector>

namespace rockbuild {

template <class Object>
struct PlanFields;

template <>
struct PlanFields<Account> {
    template <class Visit, class... Accounts>
    static void walk(const Visit& visit, Accounts&... account) {
        visit("user-id", account.user_id...);
        visit("user", account.user...);
        visit("group-id", account.group_id...);
        visit("group", account.group...);
    }
};

template <>
struct PlanFields<Service> {
    template <class Visit, class... Services>
    static void walk(const Visit& visit, Services&... service) {
        visit("summary", service.summary...);
        visit("description", service.description...);
        visit("startup", service.startup...);
        visit("override", service.policy...);
        visit("command", service.command...);
        visit("after", service.after...);
        visit("before", service.before...);
        visit("requires", service.requirements...);
        visit("workload", service.workload...);
        visit("environment", service.environment...);
        visit(service.account...);
        visit("working-dir", service.working_dir...);
        visit("on-success", service.on_success...);
        visit("on-failure", service.on_failure...);
        visit("on-check-failure", service.on_check_failure...);
        visit("backoff-delay", service.backoff_delay...);
        visit("backoff-factor", service.backoff_factor...);
        visit("backoff-limit", service.backoff_limit...);
        visit("kill-delay", service.kill_delay...);
    }
};

template <>
struct PlanFields<HttpCheck> {
    template <class Visit, class... Checks>
    static void walk(const Visit& visit, Checks&... http) {
        visit("url", http.url...);
        visit("headers", http.headers...);
    }
};

template <>
struct PlanFields<TcpCheck> {
    template <class Visit, class... Checks>
    static void walk(const Visit& visit, Checks&... tcp) {
        visit("port", tcp.port...);
        visit("host", tcp.host...);
    }
};

template <>
struct PlanFields<ExecCheck> {
    template <class Visit, class... Checks>
    static void walk(const Visit& visit, Checks&... exec) {
        visit("command", exec.command...);
        visit("service-context", exec.service_context...);
        visit("environment", exec.environment...);
        visit(exec.account...);
        visit("working-dir", exec.working_dir...);
    }
};

template <>
struct PlanFields<Check> {
    template <class Visit, class... Checks>
    static void walk(const Visit& visit, Checks&... check) {
        visit("override", check.policy...);
        visit("level", check.level...);
        visit("startup", check.startup...);
        visit("period", check.period...);
        visit("timeout", check.timeout...);
        visit("threshold", check.threshold...);
        visit("http", check.http...);
        visit("tcp", check.tcp...);
        visit("exec", check.exec...);
    }
};

template <>
struct PlanFields<LogTarget> {
    template <class Visit, class... Targets>
    static void walk(const Visit& visit, Targets&... target) {
        visit("type", target.type...);
        visit("location", target.location...);
        visit("services", target.services...);
        visit("override", target.policy...);
        visit("labels", target.labels...);
    }
};

template <>
struct PlanFields<Workload> {
    template <class Visit, class... Workloads>
    static void walk(const Visit& visit, Workloads&... workload) {
        visit("override", workload.policy...);
        visit("environment", workload.environment...);
        visit(workload.account...);
    }
};

/// Calls the visitor for each field of `object`, or for those of several objects of one kind together.
template <class Visit, class Object, class... Others>
void walk_fields(const Visit& visit, Object& object, Others&... others) {
    PlanFields<std::remove_const_t<Object>>::walk(visit, object, others...);
}

struct KeyCollector {
    std::vector<std::string>& keys;
    template <class Field>
    void operator()(const char* key, const Field&) const {
        keys.emplace_back(key);
    }
    void operator()(const Account& account) const { walk_fields(*this, account); }
};
/// The keys of a kind of object.
template <class Object>
std::vector<std::string> keys_of() {
    std::vector<std::string> keys;
    const Object object;
    walk_fields(KeyCollector{keys}, object);
    return keys;
}

}  // namespace rockbuild
