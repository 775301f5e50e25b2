// The plans are those of Pebble 1.32.1 (`pebble enter plan`).
#include "pebble/plan_json.hpp"
#include "unit/pebble/layers.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

nlohmann::json plan(const std::vector<std::string>& texts) { return plan_json(read_layers(test::layers(texts)).plan); }

}  // namespace

TEST_CASE("merging lays what is set over what is there, and lists grow") {
    CHECK(plan({"services: {a: {override: merge, command: c, after: [x], environment: {A: 1, B: 2}, user-id: 5}}",
                "services: {a: {override: merge, command: '', after: [x, z], environment: {B: 3}, user-id: 0}}"}) ==
          nlohmann::json::parse(R"({"services": {"a": {"override": "merge", "command": "c", "after": ["x", "x", "z"],
                                    "environment": {"A": "1", "B": "3"}, "user-id": 0}}})"));
    CHECK(plan({"checks: {a: {override: replace, http: {url: x, headers: {A: b}}, threshold: 5, period: 5s}}",
                "checks: {a: {override: merge, http: {headers: {C: d}}, threshold: 0, period: ~}}"}) ==
          nlohmann::json::parse(R"({"checks": {"a": {"override": "replace", "period": "5s", "threshold": 5,
                                    "http": {"url": "x", "headers": {"A": "b", "C": "d"}}}}})"));
    CHECK(plan({"log-targets: {a: {override: replace, type: loki, location: x, services: [all]}}",
                "log-targets: {a: {override: merge, services: [-all], labels: {A: b}, location: '', type: ''}}"}) ==
          nlohmann::json::parse(R"({"log-targets": {"a": {"type": "loki", "location": "x", "services": ["all", "-all"],
                                    "override": "replace", "labels": {"A": "b"}}}})"));
    CHECK(plan({"pairing: {mode: single}", "pairing: {mode: ''}"})["pairing"]["mode"] == "single");
    CHECK(plan({"pairing: {mode: single}", "pairing: {mode: multiple}"})["pairing"]["mode"] == "multiple");
}

TEST_CASE("replacing forgets the earlier object") {
    CHECK(plan({"services: {a: {override: merge, command: c, summary: s}}",
                "services: {a: {override: replace, command: d}}"}) ==
          nlohmann::json::parse(R"({"services": {"a": {"override": "replace", "command": "d"}}})"));
    CHECK(plan({"workloads: {a: {override: replace, environment: {A: 1}, user-id: 0}}",
                "workloads: {a: {override: replace, environment: {B: 1}}}"}) ==
          nlohmann::json::parse(R"({"workloads": {"a": {"override": "replace", "environment": {"B": "1"}}}})"));
}

TEST_CASE("layers are folded by their numbers, and a field's place is where it was said last") {
    const auto file = [](const char* name, const char* text) {
        return LayersEntry{name, LayersEntry::Kind::file, text, {}};
    };
    const LayersEntry inner{"002-mid.d",
                            LayersEntry::Kind::folder,
                            {},
                            {file("001-xyz.yaml", "services: {a: {override: merge, command: mid}}")}};
    const auto reading =
        read_layers({"layers",
                     {file("001-abc.yaml", "services: {a: {override: replace, command: low, summary: s}}"), inner,
                      file("003-def.yaml", "services: {a: {override: merge, startup: enabled}}")}});
    CHECK(reading.diagnostics.empty());
    const auto& service = reading.plan.services.at("a");
    CHECK(service.command->value == "mid");
    CHECK(service.command->span.file == "layers/002-mid.d/001-xyz.yaml");
    CHECK(service.summary->span.file == "layers/001-abc.yaml");
    CHECK(service.span.file == "layers/003-def.yaml");
}
