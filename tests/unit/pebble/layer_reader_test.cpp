// Which texts Pebble 1.32.1 takes, tried with `pebble enter plan`; and what we say of those that it refuses.
#include "pebble/layer_reader.hpp"

#include "unit/pebble/layers.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::LayerLines;
using test::told_but_startup;

namespace {

LayerLines of_text(const std::string& text) { return told_but_startup({text}); }
LayerLines of_fields(const std::string& fields) {
    return of_text("services:\n  a:\n    override: replace\n    command: c\n    " + fields + "\n");
}

PebbleLayer layer_from(const std::string& text) {
    PebbleLayer layer;
    layer.label = "abc";
    layer.file = "abc.yaml";
    LayerReading reading{Complaints("abc.yaml")};
    read_layer(text, layer, reading);
    CHECK(test::said(reading.complaints.all()).empty());
    return layer;
}

}  // namespace

TEST_CASE("every field of a layer is read, with its place") {
    const auto layer = layer_from(R"(summary: 1.50
description: d
services:
  web:
    summary: s
    description: d
    startup: enabled
    override: merge
    command: web [ a ]
    after: [a, 1]
    before: [b]
    requires: [c]
    environment: {A: 1, B: }
    user: u
    user-id: 0x10
    group: g
    group-id: 1_0
    workload: w
    working-dir: /srv
    on-success: ignore
    on-failure: shutdown
    on-check-failure: {up: restart}
    backoff-delay: 1m
    backoff-factor: 1.5
    backoff-limit: 2m
    kill-delay: 3s
checks:
  up: {override: replace, level: ready, startup: disabled, period: 5s, timeout: 1s, threshold: 2,
       http: {url: "http://x/", headers: {H: v}}}
  port: {override: replace, tcp: {port: 80, host: h}}
  run: {override: replace, exec: {command: c, service-context: web, environment: {A: b}, user: u, user-id: 1, group: g,
        group-id: 2, working-dir: /}}
log-targets:
  t: {override: replace, type: loki, location: "http://l/", services: [all, -web], labels: {a: b}}
workloads:
  w: {override: replace, environment: {A: b}, user: u, user-id: 1, group: g, group-id: 2}
pairing: {mode: single}
)");
    CHECK(layer.summary->value == "1.50");
    const auto& web = layer.services.at("web");
    CHECK(test::place(web.span) == "4:3");
    CHECK(web.enabled());
    CHECK(web.policy->value == "merge");
    CHECK(test::values(web.after) == test::Lines{"a", "1"});
    CHECK(test::place(web.after[1].span) == "10:16");
    CHECK(web.environment.at("A").value == "1");
    CHECK(test::place(web.environment.at("A").key) == "13:19");
    CHECK(web.environment.at("B").value.empty());
    CHECK(web.account.user_id->value == 16);
    CHECK(web.account.group_id->value == 10);
    CHECK(web.on_check_failure.at("up").value == "restart");
    CHECK(web.backoff_delay->value == std::chrono::minutes(1));
    CHECK(web.backoff_factor->value == 1.5);
    CHECK(test::place(web.kill_delay->span) == "26:17");
    CHECK(layer.checks.at("up").http->headers.at("H").value == "v");
    CHECK(layer.checks.at("up").threshold->value == 2);
    CHECK(layer.checks.at("port").tcp->port->value == 80);
    CHECK(layer.checks.at("run").exec->service_context->value == "web");
    CHECK(test::values(layer.log_targets.at("t").services) == test::Lines{"all", "-web"});
    CHECK(layer.workloads.at("w").account.group_id->value == 2);
    CHECK(layer.pairing->mode->value == "single");
}

TEST_CASE("layers that say nothing") {
    for (const auto* text : {"", "~", "# x\n", "---\n", "{}", "services: ~", "services: {}", "summary: ~",
                             "pairing:", "pairing: {mode: }", "~: 1"}) {
        INFO(text);
        const auto lines = of_text(text);
        CHECK(std::all_of(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("W"); }));
    }
    CHECK(of_text("pairing: x") == LayerLines{"WRB0639 pairing 1:1"});
    CHECK(of_text("~: 1") == LayerLines{"WRB0642 layers.abc 1:1"});
    // Pebble writes each section anew, and can't read what is then an empty text.
    for (const auto* text : {"services:", "checks: # x", "summary:", "workloads:", "log-targets:\n"})
        CHECK(of_text(text) == LayerLines{"RB0313 layers.abc 1:1"});
}

TEST_CASE("what is no layer") {
    for (const auto* text : {"x", "[]", "1", "''", "services: []", "services: x", "services: ''", "checks: 1",
                             "summary: [a]", "workloads: x"}) {
        INFO(text);
        REQUIRE(of_text(text).size() == 1);
        CHECK(of_text(text)[0].starts_with("RB0313 layers.abc 1:"));
    }
    CHECK(of_text("service: {}") == LayerLines{"RB0310 layers.abc 1:1"});
    CHECK(of_text("services: {}\nservices: {}") == LayerLines{"RB0301 layers.abc 2:1"});
    CHECK(of_text("services: {") == LayerLines{"RB0300 layers.abc 2:1"});
    CHECK(of_text("%YAML 1.2\n---\n{}").size() == 1);
}

TEST_CASE("the first document alone counts") {
    CHECK(of_text("summary: x\n---\nservices: {b: {").empty());
    CHECK(of_text("summary: x\n...\nfoo: [").empty());
    CHECK(of_text("{services: {}} x").empty());
}

TEST_CASE("objects that are none") {
    for (const auto* body : {"~", "", "''", "[]", "x", "1"}) {
        INFO(body);
        const auto lines = of_text("services:\n  a: " + std::string(body));
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].starts_with("RB0313 services.a 2:"));
    }
}

TEST_CASE("types are Pebble's") {
    CHECK(of_fields("user-id: '5'") == LayerLines{"RB0313 services.a 5:14"});
    CHECK(of_fields("user-id: 1.5") == LayerLines{"WRB0641 services.a 5:14"});
    CHECK(of_fields("user-id: ").empty());
    CHECK(of_text("services: {a: {override: replace, command: c, user-id: }}") == LayerLines{"RB0313 services.a 1:56"});
    CHECK(of_fields("after: b") == LayerLines{"RB0313 services.a 5:12"});
    CHECK(of_fields("after: [~, a]").size() == 2);  // dropped; and it names itself
    CHECK(of_fields("summary: [a]") == LayerLines{"RB0313 services.a 5:14"});
    CHECK(of_fields("environment: {A: [b]}") == LayerLines{"RB0313 services.a 5:22"});
    CHECK(of_fields("environment: {~: b, A: ~}") == LayerLines{"WRB0642 services.a 5:19"});
    CHECK(of_fields("backoff-delay: 5") == LayerLines{"RB0610 services.a 5:20"});
    CHECK(of_fields("backoff-delay: [5s]") == LayerLines{"RB0610 services.a 5:20"});
    CHECK(of_fields("backoff-delay: !x 5s").empty());
    CHECK(of_fields("backoff-factor: .inf") == LayerLines{"RB0313 services.a 5:21"});
    CHECK(of_fields("backoff-factor: inf") == LayerLines{"WRB0640 services.a 5:21"});
    CHECK(of_fields("backoff-factor: '3'").empty());
    CHECK(of_fields("comand: x") == LayerLines{"RB0310 services.a 5:5"});
    CHECK(of_fields("command: x") == LayerLines{"RB0301 layers.abc 5:5"});
    CHECK(of_text("checks: {c: {override: replace, http: 5}}") == LayerLines{"RB0313 checks.c 1:39"});
}

TEST_CASE("anchors, aliases, merges") {
    CHECK(of_text("services:\n  a: &a {override: replace, command: c}\n  b: {<<: *a, command: d}\n").empty());
    CHECK(of_fields("<<: [{summary: x}, {summary: y}]").empty());
    CHECK(of_fields("<<: ~") == LayerLines{"RB0302 layers.abc 5:9"});
    CHECK(of_fields("'<<': {summary: x}") == LayerLines{"RB0310 services.a 5:5"});
    // A section doesn't see the anchors of another one.
    CHECK(of_text("services: {a: {override: replace, command: &c x}}\nchecks: {k: {override: replace, exec: {command: "
                  "*c}}}") == LayerLines{"RB0300 layers.abc 2:49"});
    CHECK(
        of_text(
            "services: {a: {override: replace, command: &c x}}\nchecks: {k: {override: replace, exec: {command: &c y, "
            "working-dir: *c}}}")
            .empty());
    CHECK(of_text("services: &s {}\n<<: *s\n").empty());
}

TEST_CASE("signs that Pebble's YAML takes otherwise in brackets") {
    CHECK(of_text("checks: {c: {override: replace, http: {url: http://x:80/?q=1}}}") ==
          LayerLines{"RB0300 layers.abc 1:45"});
    CHECK(of_text("checks: {c: {override: replace, http: {url: 'http://x:80/?q=1'}}}").empty());
    CHECK(of_text("checks:\n c:\n  override: replace\n  http:\n   url: http://x:80/?q=1\n").empty());
    CHECK(of_text("services: {a: {override: replace, command: !!str, summary: x}}").size() == 1);
}

TEST_CASE("a project's services and checks are a layer, with the places of its file") {
    const auto project =
        test::project(test::with("services:\n"
                                 "  web:\n"
                                 "    override: replace\n"
                                 "    command: \"1.50\"\n"
                                 "    environment: {A: 1.50}\n"
                                 "checks:\n"
                                 "  up: {override: replace, tcp: {port: 80}}\n"));
    LayerReading reading{Complaints("rockcraft.yaml")};
    const auto layer = layer_of(project, reading);
    CHECK(reading.complaints.all().empty());
    CHECK(layer.label == "rockcraft-my-rock");
    CHECK(test::place(layer.services.at("web").span) == "9:3");
    CHECK(test::place(layer.services.at("web").command->span) == "11:14");
    CHECK(test::place(layer.services.at("web").environment.at("A").key) == "12:19");
    CHECK(layer.checks.at("up").tcp->port->value == 80);
}
