#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::with;

namespace {

Lines of_service(const std::string& fields) {
    return places(with("services:\n  s: {override: replace, command: c, " + fields + "}\n"));
}
Lines of_check(const std::string& fields) {
    return places(with("checks:\n  c: {override: replace, " + fields + "}\n"));
}

std::string text(const std::string& fields, const std::string& key) {
    const auto project = test::project(with("services:\n  s: {override: replace, command: c, " + fields + "}\n"));
    for (const auto& [name, value] : project.services[0].second.pairs)
        if (name == key) return value.text;
    return "none";
}

}  // namespace

TEST_CASE("fields of a service keep what the file says") {
    CHECK(text("user-id: 0x7d0", "user-id") == "2000");
    CHECK(text("user-id: '2000'", "user-id") == "2000");
    CHECK(text("backoff-factor: 2", "backoff-factor") == "2");
    CHECK(text("backoff-factor: 1.50", "backoff-factor") == "1.5");
    CHECK(text("summary: '1.50'", "summary") == "1.50");
    CHECK(text("summary: 1.50", "summary") == "1.5");
    CHECK(text("user: null", "user") == "none");
    CHECK(text("on_success: ignore", "on-success") == "ignore");
}

TEST_CASE("a service needs override and command") {
    CHECK(test::said(with("services: {s: {summary: x}}\n")) ==
          Lines{"RB0312 8:12 service 's' needs 'override'", "RB0312 8:12 service 's' needs 'command'"});
    CHECK(places(with("services: {s: {override: merge, command: }}\n")) == Lines{"RB0312 8:33"});
    CHECK(places(with("services: {s: }\n")) == Lines{"RB0313 8:15"});
    CHECK(places(with("services: [s]\n")) == Lines{"RB0313 8:11"});
    CHECK(places(with("services:\n")).empty());
}

TEST_CASE("values of a service that upstream refuses") {
    CHECK(of_service("startup: enable") == Lines{"RB0314 9:47"});
    CHECK(of_service("on-success: success-shutdown") == Lines{"RB0314 9:50"});
    CHECK(of_service("on-failure: failure-shutdown") == Lines{"RB0314 9:50"});
    CHECK(of_service("on-check-failure: {up: failure-shutdown}") == Lines{"RB0314 9:61"});
    CHECK(of_service("backoff-factor: 0.9") == Lines{"RB0314 9:54"});
    CHECK(of_service("backoff-factor: .nan") == Lines{"RB0314 9:54"});
    CHECK(of_service("backoff-factor: x") == Lines{"RB0313 9:54"});
    CHECK(of_service("user-id: -1") == Lines{"RB0314 9:47"});
    CHECK(of_service("user-id: 1.5") == Lines{"RB0313 9:47"});
    CHECK(of_service("user-id: 99999999999999999999") == Lines{"RB0314 9:47"});
    CHECK(of_service("after: x") == Lines{"RB0313 9:45"});
    CHECK(of_service("after: [~, [x]]") == Lines{"RB0313 9:46", "RB0313 9:49"});
    CHECK(of_service("environment: {A: , B: yes, C: 2026-01-01}") ==
          Lines{"RB0313 9:55", "RB0313 9:60", "RB0313 9:68"});
    CHECK(of_service("kill-delay: 5x").empty());  // Pebble's affair
}

TEST_CASE("keys that Pebble has and a project file hasn't") {
    CHECK(of_service("workload: w") == Lines{"RB0310 9:38"});
    CHECK(of_check("tcp: {port: 1}, startup: enabled") == Lines{"RB0310 9:42"});
    CHECK(of_service("cmd: x, comand: y") == Lines{"RB0310 9:38", "RB0310 9:46"});
}

TEST_CASE("a check is of one kind") {
    CHECK(of_check("level: ready, http: {url: https://localhost}").empty());
    CHECK(of_check("tcp: {port: 8080, host: localhost}, period: 5s, timeout: 1s, threshold: 2").empty());
    CHECK(of_check("exec: {command: 'a [ b', service_context: s, environment: {A: 1}, user-id: 5}").empty());
    CHECK(of_check("level: ready") == Lines{"RB0316 9:3"});
    CHECK(of_check("tcp: {port: 1}, exec: {command: x}") == Lines{"RB0316 9:42"});
    CHECK(places(with("checks: {c: {tcp: {port: 1}}}\n")) == Lines{"RB0312 8:10"});
}

TEST_CASE("values of a check that upstream refuses") {
    CHECK(of_check("http: {}") == Lines{"RB0312 9:26"});
    CHECK(of_check("http: {url: ftp://x}") == Lines{"RB0314 9:38"});
    CHECK(of_check("http: {url: 'http://'}") == Lines{"RB0314 9:38"});
    CHECK(of_check("http: {url: http://x, header: {}}") == Lines{"RB0310 9:48"});
    CHECK(of_check("tcp: {port: 0}") == Lines{"RB0314 9:38"});
    CHECK(of_check("tcp: {port: 65536}") == Lines{"RB0314 9:38"});
    CHECK(of_check("tcp: {port: x}") == Lines{"RB0313 9:38"});
    CHECK(of_check("exec: {}") == Lines{"RB0312 9:26"});
    CHECK(of_check("tcp: 80") == Lines{"RB0313 9:31"});
    CHECK(of_check("tcp: {port: 1}, level: up") == Lines{"RB0314 9:49"});
    CHECK(of_check("tcp: {port: 1}, threshold: 0") == Lines{"RB0314 9:53"});
    CHECK(of_check("tcp: {port: 1}, interval: 3s") == Lines{"RB0310 9:42"});
}
