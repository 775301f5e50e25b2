#include "pebble/check.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::with;

namespace {

Lines said(const std::string& rest) { return test::said(check_pebble(test::project(with(rest)))); }

Lines places(const std::string& rest) {
    auto lines = said(rest);
    for (auto& line : lines) line.erase(line.find(' ', line.find(' ') + 1));
    return lines;
}
/// Of one enabled service; its fields begin at 9:6.
Lines of_service(const std::string& fields) {
    return places("services:\n  s: {override: replace, startup: enabled, " + fields + "}\n");
}
Lines of_command(const std::string& command) { return of_service("command: " + command); }
Lines of_check(const std::string& fields) { return places("checks:\n  c: {override: replace, " + fields + "}\n"); }

}  // namespace

TEST_CASE("durations are Go's") {
    for (const auto* good : {"5s", "1h30m", "1.5h", "300ms", "2us", "2µs", "2μs", "10ns", "+5s", ".5s", "1.s", "1h1h"})
        CHECK(of_service("command: c, kill-delay: '" + std::string(good) + "'").empty());
    for (const auto* bad : {"", "5", "s", "5 s", "5sec", "1.2.3s", ".s", "9999999h", "5d", "inf", "1e3s", "+-5s"}) {
        INFO(bad);
        CHECK(of_service("command: c, kill-delay: '" + std::string(bad) + "'") == Lines{"RB0610 9:68"});
    }
    CHECK(of_service("command: c, backoff-delay: 10, backoff-limit: x") == Lines{"RB0610 9:71", "RB0610 9:90"});
    CHECK(of_service("command: c, backoff-delay: -1s") == Lines{"WRB0628 9:71"});
    CHECK(of_service("command: c, kill-delay: 0") == Lines{"WRB0628 9:68"});
    CHECK(of_service("command: c, backoff-delay: '" + std::string(400, '9') + "s'") == Lines{"RB0610 9:71"});
}

TEST_CASE("commands as Pebble reads them") {
    CHECK(of_command("nginx -g 'daemon off;'").empty());
    CHECK(of_command("'a [ b ]'").empty());
    for (const auto* bad : {"'a \"b'", "'a [ b ] c'", "'a [ b [ c ] ]'", "'a ]'", "'[ a ]'"}) {
        INFO(bad);
        const auto lines = of_command(bad);
        REQUIRE_FALSE(lines.empty());
        CHECK(lines.back() == "RB0611 9:53");
    }
    for (const auto* crash : {"'  '", "'# x'"}) CHECK(of_command(crash).front() == "RB0605 9:53");
    CHECK(of_command("'a [ b'") == Lines{"WRB0626 9:53"});
    CHECK(of_command("\"a # it's\"") == Lines{"WRB0627 9:53"});  // the quote lies in the comment
    CHECK(of_command("\"a '#' b#c\"").empty());
}

TEST_CASE("names of services that Pebble refuses") {
    CHECK(places("services: {pebble: {override: replace, command: c, startup: enabled}}\n") == Lines{"RB0613 8:12"});
    CHECK(places("services: {-a: {override: replace, command: c, startup: enabled}}\n") == Lines{"RB0613 8:12"});
    CHECK(places("services: {'': {override: replace, command: c, startup: enabled}}\n") == Lines{"RB0613 8:12"});
    CHECK(places("checks: {'': {override: replace, tcp: {port: 1}}}\n") == Lines{"RB0613 8:10"});
}

TEST_CASE("names of other services") {
    CHECK(of_service("command: c, requires: [t]") == Lines{"RB0612 9:67"});
    CHECK(of_service("command: c, after: [t], before: [u]") == Lines{"WRB0623 9:64", "WRB0623 9:77"});
    CHECK(of_service("command: c, after: [s]") == Lines{"WRB0624 9:64"});
    CHECK(of_service("command: c, on-check-failure: {up: restart}") == Lines{"WRB0622 9:75"});
    CHECK(of_check("exec: {command: c, service-context: s}") == Lines{"RB0612 9:62"});
}

TEST_CASE("services that wait for each other") {
    const auto found =
        check_pebble(test::project(with("services:\n"
                                        "  a: {override: replace, startup: enabled, command: c, after: [b]}\n"  // 9
                                        "  b: {override: replace, command: c, after: [c]}\n"                    // 10
                                        "  c: {override: replace, command: c, before: [b], after: [a]}\n")));   // 11
    CHECK(test::said(found) == Lines{"RB0612 9:64 these services wait for each other: a -> b -> c -> a"});
    REQUIRE(found[0].notes.size() == 2);
    CHECK(test::place(*found[0].notes[0].span) == "10:46");
    CHECK(test::place(*found[0].notes[1].span) == "11:59");
    // `before` alone makes a circle as well; one of `requires` is only odd.
    CHECK(places("services:\n  a: {override: replace, startup: enabled, command: c, before: [b]}\n  b: {override: "
                 "replace, command: c, before: [a]}\n")
              .front() == "RB0612 10:47");
    CHECK(places("services:\n  a: {override: replace, startup: enabled, command: c, requires: [b]}\n  b: {override: "
                 "replace, command: c, requires: [a]}\n") == Lines{"WRB0625 9:67"});
}

TEST_CASE("checks") {
    CHECK(of_check("tcp: {port: 1}, period: 0s") == Lines{"RB0610 9:50"});
    CHECK(of_check("tcp: {port: 1}, timeout: 0") == Lines{"RB0610 9:51"});
    CHECK(of_check("tcp: {port: 1}, period: -1s") == Lines{"RB0605 9:50"});
    CHECK(of_check("tcp: {port: 1}, period: 10") == Lines{"RB0610 9:50"});
    CHECK(of_check("tcp: {port: 1}, timeout: 11s") == Lines{"WRB0631 9:51"});
    CHECK(of_check("tcp: {port: 1}, timeout: 11s, period: 12s").empty());
    CHECK(of_check("exec: {command: '[ -f /x ]'}").empty());  // no group of arguments here
    CHECK(of_check("exec: {command: \"it's\"}") == Lines{"RB0611 9:42"});
    CHECK(of_check("exec: {command: ''}") == Lines{"RB0615 9:42"});
    CHECK(of_check("exec: {command: c, group: g}") == Lines{"RB0614 9:52"});
    CHECK(of_check("exec: {command: c, group: g, user-id: 0}").empty());
}

TEST_CASE("a group alone starts no service and no service starts by itself unless enabled") {
    CHECK(of_service("command: c, group-id: 5") == Lines{"WRB0634 9:66"});
    CHECK(places("services: {s: {override: replace, command: c}, t: {override: replace, command: c, startup: "
                 "disabled}}\n") == Lines{"WRB0633 8:12"});
    CHECK(places("").empty());
}

TEST_CASE("every diagnostic names its object") {
    const auto found =
        check_pebble(test::project(with("services:\n  s: {override: replace, command: c, after: [t]}\nchecks:\n  c: "
                                        "{override: replace, period: 0s, tcp: "
                                        "{port: 1}}\n")));
    Lines objects;
    for (const auto& item : found) objects.push_back(item.object);
    CHECK(objects == Lines{"plan", "services.s", "checks.c"});
}

TEST_CASE("what was said of an object is not said again, and holds back nothing of the others") {
    const auto project =
        test::project(with("services:\n"
                           "  a: {override: replace, command: \"it's\", kill-delay: 5}\n"
                           "  b: {override: replace, command: \"it's\", after: [gone]}\n"));
    AlreadySaid said;
    said.objects.insert("services.a");
    said.places.push_back({"rockcraft.yaml", {9, 55}, {9, 56}});  // kill-delay's value
    const auto lines = test::said(check_pebble(project, said));
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].starts_with("RB0611 9:"));
    CHECK(lines[1].starts_with("RB0611 10:"));
    CHECK(lines[2].starts_with("WRB0623 10:"));
    said.names = true;
    CHECK(check_pebble(project, said).size() == 2);
}
