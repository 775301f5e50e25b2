// Our layers and our verdicts against the real Pebble: `pebble enter plan` over a folder that holds nothing but the
// layer.
//
// The program is named by ROCKBUILD_TEST_PEBBLE; without it the tests say so and pass.
#include "pebble/check.hpp"
#include "pebble/layer.hpp"
#include "project/yaml.hpp"
#include "system/file.hpp"
#include "system/process.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <string>

using namespace rockbuild;
namespace fs = std::filesystem;

namespace {

std::string pebble_program() {
    const auto* given = std::getenv("ROCKBUILD_TEST_PEBBLE");
    if (given == nullptr) WARN("ROCKBUILD_TEST_PEBBLE names no Pebble: nothing is compared");
    return given == nullptr ? "" : given;
}

struct Loaded {
    int code = 0;
    std::string answer;
    std::string error;
};

/// What Pebble answers over a folder with this layer alone.
Loaded load(const std::string& layer, const std::vector<std::string>& question = {"plan"}) {
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "pebble-layer-");
    fs::create_directories(folder.path() / "layers");
    std::ofstream(folder.path() / "layers/001-rockcraft-my-rock.yaml", std::ios::binary) << layer;
    HostProcesses processes;
    Command command;
    command.arguments = {pebble_program(), "enter"};
    command.arguments.insert(command.arguments.end(), question.begin(), question.end());
    command.environment = {
        {"PEBBLE", folder.path().native()}, {"PATH", "/usr/bin:/bin"}, {"HOME", folder.path().native()}};
    command.timeout_seconds = 30;
    const auto finished = processes.run(command, {});
    if (!finished) throw std::runtime_error(finished.error().message);
    return {finished->code, finished->output, finished->error};
}

/// In double quotes, with everything that isn't plain ASCII as an escape.
std::string escaped(const std::u32string& text) {
    std::string result = "\"";
    for (const auto c : text) {
        if (c == U'"' || c == U'\\') result += fmt::format("\\{}", static_cast<char>(c));
        else if (c >= U' ' && c < 0x7f) result += static_cast<char>(c);
        else result += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(c));
    }
    return result + "\"";
}

/// What a value may be made of: what means something to YAML or to nobody, and what looks like another type.
std::u32string random_text(std::mt19937& random) {
    static const std::vector<std::u32string> pieces{
        U"a",      U"Z",      U"0",      U"1.10",       U"0777",   U"0x10",   U"1:30",   U"yes",    U"null",
        U"~",      U"true",   U".inf",   U"2026-01-01", U" ",      U"  ",     U"\t",     U"\n",     U"\r",
        U"\n\n",   U": ",     U":",      U" #",         U"#",      U"- ",     U"-",      U"? ",     U"|",
        U">",      U"%",      U"@",      U"`",          U"!",      U"!!str ", U"&a",     U"*a",     U"<<",
        U"=",      U"[",      U"]",      U"{",          U"}",      U",",      U"'",      U"\"",     U"\\",
        U"\\n",    U"$HOME",  U"\u00e9", U"\u0085",     U"\u00a0", U"\u2028", U"\u2029", U"\ufeff", U"\U0001f600",
        U"\u0007", U"\u001b", U"\u007f", U"---",        U"...",    U"\ufffd"};
    std::u32string text;
    const auto count = std::uniform_int_distribution<int>(0, 5)(random);
    for (int i = 0; i < count; ++i)
        text += pieces[std::uniform_int_distribution<std::size_t>(0, pieces.size() - 1)(random)];
    return text;
}

std::string utf8(const std::u32string& text) { return read_yaml(escaped(text), "text").root->text; }

Yaml parse(const std::string& text) {
    auto reading = read_yaml(text, "plan");
    for (const auto& item : reading.diagnostics) throw std::runtime_error(item.message);
    return reading.root;
}

const YamlNode& at(const YamlNode& map, const std::string& key) {
    for (const auto& pair : map.pairs)
        if (pair.key->text == key) return *pair.value;
    throw std::runtime_error("the plan has no " + key);
}

void compare(const PlacedValue& ours, const YamlNode& theirs, const std::string& where) {
    INFO(where);
    switch (ours.kind) {
        case PlacedValue::Kind::scalar:
            CHECK(theirs.text == ours.text);
            break;
        case PlacedValue::Kind::list:
            REQUIRE(theirs.items.size() == ours.items.size());
            for (std::size_t i = 0; i < ours.items.size(); ++i) compare(ours.items[i], *theirs.items[i], where);
            break;
        case PlacedValue::Kind::map:
            for (const auto& [key, value] : ours.pairs) compare(value, at(theirs, key), where + "." + key);
            break;
    }
}

}  // namespace

TEST_CASE("Pebble's plan is what the services and checks say") {
    if (pebble_program().empty()) return;
    // Durations and commands are written as Pebble writes them itself, so that texts can be compared.
    const auto project = test::project(test::with(R"(services:
  web:
    override: replace
    command: nginx -g "daemon off;" [ -x ]
    startup: enabled
    summary: 1.50
    description: |
      two
      lines: 'x'
    requires: [api]
    after: [api, "0777"]
    before: [last]
    environment: {PORT: 8080, RATIO: "1.10", FLAG: "yes", EMPTY: "", NULL_TEXT: "null", "1": one, "true": t}
    user-id: 2000
    group-id: 0
    working-dir: /srv
    on-success: shutdown
    on-failure: success-shutdown
    on-check-failure: {up: restart, other: ignore}
    backoff-delay: 1m30s
    backoff-factor: 1.5
    backoff-limit: 500ms
    kill-delay: 10s
  api: {override: merge, command: api}
  "0777": {override: replace, command: x}
  last: {override: replace, command: x}
checks:
  up: {override: replace, level: ready, period: 5s, timeout: 2s, threshold: 4, http: {url: "http://localhost:8080/", headers: {A: "b: c"}}}
  other: {override: replace, tcp: {port: 80, host: example.org}}
  run: {override: replace, level: alive, exec: {command: "[ -f /x ]", service-context: web, environment: {A: "1"}, user-id: 0, group-id: 0, working-dir: /}}
)"));
    const auto loaded = load(layer_text(project));
    INFO(loaded.error);
    REQUIRE(loaded.code == 0);
    const auto plan = parse(loaded.answer);
    const auto& services = at(*plan, "services");
    const auto& checks = at(*plan, "checks");
    REQUIRE(services.pairs.size() == project.services.size());
    REQUIRE(checks.pairs.size() == project.checks.size());
    for (const auto& [name, object] : project.services) compare(object, at(services, name), name);
    for (const auto& [name, object] : project.checks) compare(object, at(checks, name), name);
    CHECK(check_pebble(project).size() == 0);
}

TEST_CASE("any text comes through a layer unchanged") {
    if (pebble_program().empty()) return;
    std::mt19937 random(4711);
    std::string text = test::with("services:\n  s:\n    override: replace\n    command: c\n");
    text.replace(text.find("description: For tests"), 22, "description: " + escaped(U"a\u0007b: #\u2028\n'\""));
    text += "    environment:\n";
    std::vector<std::pair<std::string, std::string>> wanted;
    for (int i = 0; i < 3000; ++i) {
        // Keys are random as well, each with a number of its own so that none comes twice.
        auto key = random_text(random) + U"k";
        std::erase(key, U'=');
        for (const char c : std::to_string(i)) key += static_cast<char32_t>(c);
        const auto value = random_text(random);
        text += "      " + escaped(key) + ": " + escaped(value) + "\n";
        wanted.emplace_back(utf8(key), utf8(value));
    }
    const auto project = test::project(text);
    // Pebble's own printing of a plan isn't always YAML that reads back: what a program gets is.
    const auto loaded = load(layer_text(project), {"exec", "--context", "s", "--", "/usr/bin/env", "-0"});
    INFO(loaded.error);
    REQUIRE(loaded.code == 0);
    std::map<std::string, std::string> found;
    for (std::size_t begin = 0; begin < loaded.answer.size();) {
        const auto end = std::min(loaded.answer.find('\0', begin), loaded.answer.size());
        const auto variable = loaded.answer.substr(begin, end - begin);
        const auto equals = std::min(variable.find('='), variable.size());
        found[variable.substr(0, equals)] = variable.substr(std::min(equals + 1, variable.size()));
        begin = end + 1;
    }
    for (const auto& [key, value] : wanted) {
        INFO(key);
        REQUIRE(found.contains(key));
        CHECK(found[key] == value);
    }
}

TEST_CASE("our verdict on services and checks is Pebble's") {
    if (pebble_program().empty()) return;
    const std::string start = "services:\n  s: {override: replace, startup: enabled, ";
    const std::string check = "checks:\n  c: {override: replace, ";
    std::vector<std::string> cases;
    for (const auto* command :
         {"a",     "a b 'c d'", "a \"b\\\"c\"", "a [ b ]",   "a [ ]", "a [ b",   "a [",  "[ a ]",
          "[ ]",   "a ]",       "a [ [ ] ]",    "a [ b ] c", "a 'b",  "a \"b",   "a \\", "a # it's",
          "a#'b'", "a '# b' c", "a \\# b",      "a '[' b",   "a [b]", "a\t[ b ]"})
        cases.push_back(start + "command: '" + std::regex_replace(std::string(command), std::regex("'"), "''") +
                        "'}\n");
    // Not among them: a command that is nothing but a comment. The plan has it, and running it would crash Pebble.
    for (const auto* duration : {"5s",       "5",           "0",        "-5s", "+5s", "1h2m3s", "1.5h", ".5s",  "1.s",
                                 ".s",       "1.2.3s",      "5 s",      "5d",  "2us", "2µs",    "2μs",  "10ns", "1h1h",
                                 "9999999h", "2562047h47m", "2562048h", "inf", "",    "1e3s",   "0x1s", "-0"})
        for (const auto* key : {"kill-delay", "backoff-delay"})
            cases.push_back(start + "command: c, " + key + ": '" + duration + "'}\n");
    for (const auto* period : {"0s", "0", "1s", "-1s", "5", "0h0m"})
        for (const auto* key : {"period", "timeout"})
            cases.push_back(check + "tcp: {port: 1}, " + key + ": '" + period + "'}\n");
    for (const auto* factor : {"1", "1.0", "2.5", ".inf", "1e3", "'3'"})
        cases.push_back(start + "command: c, backoff-factor: " + factor + "}\n");
    for (const auto* names : {"requires: [s]", "requires: [t]", "after: [s]", "after: [t]", "before: [t]",
                              "before: [s]", "on-check-failure: {x: restart}", "group-id: 0"})
        cases.push_back(start + "command: c, " + names + "}\n");
    for (const auto* name : {"pebble", "'-a'", "''", "all", "'a b'", "é"})
        cases.push_back("services: {" + std::string(name) + ": {override: replace, command: c, startup: enabled}}\n");
    for (const auto* exec : {"command: '[ -f x ]'", "command: a ]", "command: ''", "command: \"it's\"",
                             "command: 'a # b'", "command: c, group-id: 0", "command: c, user-id: 0, group-id: 0",
                             "command: c, user-id: 0", "command: c, service-context: s", "command: 'a \\'"})
        cases.push_back(check + "exec: {" + exec + "}}\n");
    cases.push_back("checks: {'': {override: replace, tcp: {port: 1}}}\n");
    const std::string three = "services:\n  a: {override: replace, command: c, ";
    for (const auto* tail : {"after: [b]}\n  b: {override: replace, command: c, after: [a]}\n",
                             "before: [b]}\n  b: {override: replace, command: c, before: [a]}\n",
                             "after: [b]}\n  b: {override: replace, command: c, before: [a]}\n",
                             "requires: [b]}\n  b: {override: replace, command: c, requires: [a]}\n",
                             "requires: [b], after: [b]}\n  b: {override: replace, command: c, requires: [a]}\n",
                             "after: [b]}\n  b: {override: replace, command: c, after: [d]}\n  d: {override: merge, "
                             "command: c, after: [a]}\n"})
        cases.push_back(three + tail);
    for (const auto& text : cases) {
        const auto reading = test::read_project(test::with(text), "rockcraft.yaml");
        INFO(text);
        if (!reading.project) continue;  // what the language refuses already
        const auto found = check_pebble(*reading.project);
        // What Pebble loads and crashes on ends this or that way.
        if (std::any_of(found.begin(), found.end(), [](const auto& item) { return item.code == "RB0605"; })) continue;
        const bool refused =
            std::any_of(found.begin(), found.end(), [](const auto& item) { return item.severity == Severity::error; });
        const auto loaded = load(layer_text(*reading.project));
        INFO("Pebble: " << loaded.code << " " << loaded.error);
        CHECK(refused == (loaded.code != 0));
    }
}
