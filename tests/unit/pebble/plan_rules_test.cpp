// Every class of error that Pebble has for a plan, and every warning, as data: layers, and what must be said of them.
// That Pebble refuses the former and takes the latter was tried with `pebble enter plan` of Pebble 1.32.1.
#include "pebble/plan_rules.hpp"

#include "unit/pebble/layers.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::LayerLines;

namespace {

struct Case {
    std::vector<std::string> layers;
    LayerLines wanted;
};

std::string service(const std::string& fields) {
    return "services: {a: {override: replace, startup: enabled, command: c, " + fields + "}}";
}
std::string check(const std::string& fields) { return "checks: {a: {override: replace, " + fields + "}}"; }
std::string target(const std::string& fields) { return "log-targets: {a: {override: replace, " + fields + "}}"; }
std::string one(const std::string& object) {
    return "services: {" + object + ": {override: replace, startup: enabled, command: c}}";
}

void try_all(const std::vector<Case>& cases) {
    for (const auto& item : cases) {
        std::string all;
        for (const auto& text : item.layers) all += text + "\n";
        INFO(all);
        CHECK(test::told(item.layers) == item.wanted);
    }
}

const std::string good = "services: {a: {override: replace, startup: enabled, command: c}}";

}  // namespace

TEST_CASE("errors of one layer, even if a later one replaces the object") {
    try_all({
        {{one("pebble")}, {"RB0613 services.pebble 1:12"}},
        {{one("-a")}, {"RB0613 services.-a 1:12"}},
        {{one("''")}, {"RB0613 services. 1:12"}},
        {{service("on-success: success-shutdown"), good}, {"RB0314 services.a 1:77"}},
        {{service("on-failure: failure-shutdown"), good}, {"RB0314 services.a 1:77"}},
        {{service("on-check-failure: {c: x}"), good, check("tcp: {port: 1}")}, {"RB0314 services.a 1:87"}},
        {{service("backoff-factor: 0.5"), good}, {"RB0314 services.a 1:81"}},
        {{"services: {a: {override: replace, command: \"'\"}}", good}, {"RB0611 services.a 1:44"}},
        {{"services: {a: {command: c}}", good}, {"RB0312 services.a 1:12"}},
        {{"services: {a: {override: Replace, command: c}}", good}, {"RB0314 services.a 1:26"}},
        {{"checks: {'': {override: replace, tcp: {port: 1}}}"}, {"RB0613 checks. 1:10"}},
        {{check("level: x, tcp: {port: 1}")}, {"RB0314 checks.a 1:40"}},
        {{check("startup: x, tcp: {port: 1}")}, {"RB0314 checks.a 1:42"}},
        {{check("period: 0, tcp: {port: 1}")}, {"RB0610 checks.a 1:41"}},
        {{check("timeout: 0s, tcp: {port: 1}")}, {"RB0610 checks.a 1:42"}},
        {{check("exec: {command: 'a \\'}")}, {"RB0611 checks.a 1:49"}},
        {{check("exec: {command: c, group-id: 1}")}, {"RB0614 checks.a 1:62"}},
        {{target("type: x, location: l, services: [all]")}, {"RB0314 log-targets.a 1:44"}},
        {{target("type: loki, location: l, services: [all], labels: {pebble_x: y}")}, {"RB0613 log-targets.a 1:89"}},
        {{"workloads: {'': {override: replace}}"}, {"RB0613 workloads. 1:13"}},
        {{"workloads: {w: {}}"}, {"RB0312 workloads.w 1:13"}},
        {{"workloads: {w: {override: x}}"}, {"RB0314 workloads.w 1:27"}},
        {{"pairing: {mode: x}"}, {"RB0314 pairing 1:17"}},
    });
}

TEST_CASE("errors of the plan, unless a later layer mends them") {
    try_all({
        {{"services: {a: {override: merge, startup: enabled}}"}, {"RB0615 services.a 1:12"}},
        {{"services: {a: {override: merge, startup: enabled}}", good}, {}},
        {{"services: {a: {override: replace, startup: enabled, command: '# x'}}"},
         {"RB0605 services.a 1:62", "WRB0627 services.a 1:62"}},
        {{"services: {a: {override: replace, command: '# x'}, b: {override: replace, startup: enabled, command: c}}"},
         {"WRB0645 services.a 1:44", "WRB0627 services.a 1:44"}},
        {{"services: {a: {override: replace, command: '# x'}, b: {override: replace, startup: enabled, command: c, "
          "requires: [a]}}"},
         {"RB0605 services.a 1:44", "WRB0627 services.a 1:44"}},
        {{"services: {a: {override: replace, command: '# x'}, b: {override: replace, startup: enabled, command: c, "
          "after: [a]}}"},
         {"WRB0645 services.a 1:44", "WRB0627 services.a 1:44"}},
        {{service("requires: [x]")}, {"RB0612 services.a 1:76"}},
        {{service("workload: w")}, {"RB0612 services.a 1:75"}},
        {{service("workload: w, user: u") + "\nworkloads: {w: {override: replace}}"}, {"RB0616 services.a 1:75"}},
        {{service("workload: w, user: ''") + "\nworkloads: {w: {override: replace}}"}, {}},
        {{service("after: [b]") + "\n", "services: {b: {override: replace, command: c, after: [a]}}"},
         {"RB0612 services.a 1:73"}},
        {{check("period: 5s")}, {"RB0615 checks.a 1:10"}},
        {{check("http: {url: 'http://x'}"), "checks: {a: {override: merge, tcp: {port: 1}}}"},
         {"RB0615 checks.a layers/002-abd.yaml:1:10"}},
        {{check("http: {}")}, {"RB0615 checks.a 1:39"}},
        {{check("tcp: {port: 0}")}, {"RB0615 checks.a 1:45"}},
        {{check("exec: {}")}, {"RB0615 checks.a 1:39"}},
        {{check("exec: {command: c, service-context: x}")}, {"RB0612 checks.a 1:69"}},
        {{check("exec: {command: ' '}")}, {"RB0605 checks.a 1:49"}},
        {{check("period: -1s, tcp: {port: 1}")}, {"RB0605 checks.a 1:41"}},
        {{check("startup: disabled, period: -1s, tcp: {port: 1}")}, {"WRB0645 checks.a 1:60"}},
        {{check("startup: disabled, exec: {command: ' '}")}, {"WRB0645 checks.a 1:68"}},
        {{target("location: l, services: [all]")}, {"RB0615 log-targets.a 1:15"}},
        {{target("type: loki, services: [all]")}, {"RB0615 log-targets.a 1:15"}},
        {{target("type: loki, location: l, services: [x, -y, '-']")},
         {"RB0612 log-targets.a 1:74", "RB0612 log-targets.a 1:77", "RB0612 log-targets.a 1:81"}},
        {{"workloads: {w: {override: replace, group: g}}"}, {"RB0614 workloads.w 1:43"}},
    });
}

TEST_CASE("warnings, each with its code") {
    try_all({
        {{"services: {a: {override: replace, startup: yes, command: c}}"},
         {"WRB0633 plan 1:12", "WRB0621 services.a 1:44"}},
        {{service("on-check-failure: {up: ignore}")}, {"WRB0622 services.a 1:84"}},
        {{service("after: [x], before: [y]")}, {"WRB0623 services.a 1:73", "WRB0623 services.a 1:86"}},
        {{service("after: [a], requires: [a]")}, {"WRB0624 services.a 1:73", "WRB0624 services.a 1:88"}},
        {{service("requires: [b]"), "services: {b: {override: replace, command: c, requires: [a]}}"},
         {"WRB0625 services.a 1:76"}},
        {{"services: {a: {override: replace, startup: enabled, command: 'c [ d'}}"}, {"WRB0626 services.a 1:62"}},
        {{"services: {a: {override: replace, startup: enabled, command: 'c # d'}}"}, {"WRB0627 services.a 1:62"}},
        {{service("backoff-delay: 0, backoff-limit: -1s, kill-delay: 0s")},
         {"WRB0628 services.a 1:80", "WRB0628 services.a 1:98", "WRB0628 services.a 1:115"}},
        {{check("timeout: -1s, tcp: {port: 1}")}, {"WRB0628 checks.a 1:42"}},
        {{check("tcp: {port: 65536}")}, {"WRB0629 checks.a 1:45"}},
        {{check("tcp: {port: -1}")}, {"WRB0629 checks.a 1:45"}},
        {{check("http: {url: localhost}")}, {"WRB0630 checks.a 1:45"}},
        {{check("timeout: 11s, tcp: {port: 1}")}, {"WRB0631 checks.a 1:42"}},
        {{check("timeout: 11s, tcp: {port: 1}"), "checks: {a: {override: merge, period: 12s}}"}, {}},
        {{check("threshold: -1, tcp: {port: 1}")}, {"WRB0632 checks.a 1:44"}},
        {{"services: {a: {override: replace, command: c}}"}, {"WRB0633 plan 1:12"}},
        {{service("group: g")}, {"WRB0634 services.a 1:72"}},
        {{"checks: {a: {override: replace, http: {url: 'http://x'}}, b: {override: replace, http: {url: 'http://x'}}}"},
         {"WRB0636 checks.b 1:94"}},
        {{one("all")}, {"WRB0637 services.all 1:12"}},
        {{service("after: [a, a]")}, {"WRB0624 services.a 1:73", "WRB0638 services.a 1:76", "WRB0624 services.a 1:76"}},
        {{service("requires: [b]"),
          "services: {a: {override: merge, requires: [b]}, b: {override: replace, command: c}}"},
         {"WRB0638 services.a layers/002-abd.yaml:1:44"}},
        {{service("backoff-factor: nan")}, {"WRB0640 services.a 1:81"}},
        {{target("type: loki, location: l")}, {"WRB0644 log-targets.a 1:15"}},
    });
}

TEST_CASE("all that is wrong is said at once") {
    CHECK(
        test::told(std::vector<std::string>{
            "services:\n  pebble: {override: x, command: \"'\", on-success: y}\nchecks:\n  c: {period: 0s}\n", "["}) ==
        LayerLines{"RB0613 services.pebble 2:3", "RB0314 services.pebble 2:22", "RB0611 services.pebble 2:34",
                   "RB0314 services.pebble 2:51", "RB0312 checks.c 4:3", "RB0615 checks.c 4:3", "RB0610 checks.c 4:15",
                   "RB0300 layers.abd layers/002-abd.yaml:2:1"});
}

TEST_CASE("where a layer can't be read, nobody knows which names it has") {
    CHECK(test::told(std::vector<std::string>{service("requires: [x], after: [y]"), "["}) ==
          LayerLines{"RB0300 layers.abd layers/002-abd.yaml:2:1"});
}
