#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::places;
using test::read_project;
using test::said;
using test::with;

namespace {

/// A whole project but for one line, which begins with `key`.
std::string replacing(const std::string& key, const std::string& line) {
    auto text = with("");
    const auto begin = text.find(key);
    text.replace(begin, text.find('\n', begin) - begin, line);
    return text;
}

}  // namespace

TEST_CASE("the project of a web server is read with all its places") {
    const std::string text = R"(name: web
title: The server
version: "1.22"
summary: nginx
description: |
  A server.
license: bsd-2-clause
contact: [a@example.org, b@example.org]
issues: https://example.org/issues
source-code: https://example.org/code
base: debian@12
platforms:
  amd64:
  arm:
    build-on: [amd64, arm64]
    build-for: [arm64]
environment:
  LANG: C.UTF-8
  WORKERS: 4
  END: "x$"
run_user: _daemon_
services:
  web:
    override: replace
    startup: enabled
    command: nginx -g 'daemon off;'
    user_id: 2000
    working-dir: /srv
    environment: {A: "1", B: 2}
checks:
  up:
    override: replace
    level: ready
    http: {url: http://localhost:8080/health}
parts:
  user:
    plugin: nil
    overlay-script: |
      useradd -R $CRAFT_OVERLAY nginx
  web:
    plugin: nil
    after: [user]
    stage-packages: [nginx-light, libc6:amd64, curl=7.88.1-10+deb12u5]
    stage: [-usr/share/doc]
  files:
    plugin: dump
    source: files
    organize: {nginx.conf: etc/nginx/nginx.conf, "*.html": /srv/}
    permissions:
      - {path: etc/*, owner: 0, group: 33, mode: "640"}
)";
    const auto project = test::project(text);
    CHECK(project.name.value == "web");
    CHECK(test::place(project.name.span) == "1:7");
    CHECK(project.title == "The server");
    CHECK(project.version.value == "1.22");
    CHECK(project.description.value == "A server.\n");
    CHECK(project.license == "BSD-2-Clause");
    CHECK(project.base.value == "debian@12");
    CHECK(project.build_base.value == "debian@12");
    REQUIRE(project.platforms.size() == 2);
    CHECK(project.platforms[0].label == "amd64");
    CHECK(project.platforms[1].build_on.size() == 2);
    CHECK(project.platforms[1].build_for.debian == "arm64");
    CHECK(project.environment ==
          std::vector<std::pair<std::string, std::string>>{{"LANG", "C.UTF-8"}, {"WORKERS", "4"}, {"END", "x$"}});
    CHECK(project.run_user);
    REQUIRE(project.services.size() == 1);
    CHECK(project.services[0].first == "web");
    std::vector<std::string> keys;
    for (const auto& [key, value] : project.services[0].second.pairs) keys.push_back(key);
    CHECK(keys == Lines{"startup", "override", "command", "environment", "user-id", "working-dir"});
    REQUIRE(project.checks.size() == 1);
    REQUIRE(project.parts.size() == 3);
    CHECK(project.parts[0].overlay_script->text == "useradd -R /root/overlay nginx\n");
    CHECK(project.parts[0].overlay_script->first_line == 39);
    CHECK(test::values(project.parts[1].after) == Lines{"user"});
    CHECK(test::values(project.parts[1].stage_packages) ==
          Lines{"nginx-light", "libc6:amd64", "curl=7.88.1-10+deb12u5"});
    CHECK(test::values(project.parts[1].stage) == Lines{"-usr/share/doc"});
    CHECK(test::values(project.parts[1].prime) == Lines{"*"});
    CHECK(project.parts[2].source->value == "files");
    CHECK(project.parts[2].organize[1].second.value == "/srv/");
    CHECK(project.parts[2].permissions[0].mode == 0640U);
    CHECK(project.parts[2].permissions[0].group == 33U);
}

TEST_CASE("all mistakes of a file come at once in its order") {
    CHECK(places("name: AB\nversion: '-'\nbase: debain@12\nfoo: 1\nplatforms: {amd65: }\n") ==
          Lines{"RB0312 1:1", "RB0312 1:1", "RB0314 1:7", "RB0314 2:10", "RB0314 3:7", "RB0310 4:1", "RB0314 5:13"});
    CHECK(places(with("foo: 1\nfoo: 2\n")) == Lines{"RB0310 8:1", "RB0301 9:1"});
}

TEST_CASE("keys that are missing are named") {
    CHECK(said("a: 1\n") == Lines{"RB0310 1:1 the project has no key 'a'", "RB0312 1:1 the project needs 'name'",
                                  "RB0312 1:1 the project needs 'version'", "RB0312 1:1 the project needs 'summary'",
                                  "RB0312 1:1 the project needs 'description'", "RB0312 1:1 the project needs 'base'",
                                  "RB0312 1:1 the project needs 'platforms'"});
    CHECK(said(replacing("summary", "summary:")) == Lines{"RB0312 3:1 the project needs 'summary'"});
    CHECK(said("") == Lines{"RB0312 1:1 the file is empty"});
    CHECK(said("# only\n") == Lines{"RB0312 1:1 the file is empty"});
    CHECK(said("- a\n") == Lines{"RB0313 1:1 a project file must be a map of keys and values, not a list"});
}

TEST_CASE("a rock's name") {
    for (const auto* good : {"a", "0ad", "my-rock", "a1-b2", "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"}) {
        INFO(good);
        CHECK(said(replacing("name", "name: " + std::string(good) + "\ntitle: T1")).empty());
    }
    for (const auto* bad :
         {"A", "a_b", "-a", "a-", "a--b", "'12'", "a.b", "''", "a b", "abcdefghijklmnopqrstuvwxyzabcdefghijklmno"}) {
        INFO(bad);
        CHECK(places(replacing("name", "name: " + std::string(bad) + "\ntitle: T1")) == Lines{"RB0314 1:7"});
    }
}

TEST_CASE("a title has two characters or more, the name's too") {
    CHECK(test::project(with("")).title == "my-rock");
    CHECK(test::project(with("title: ''\n")).title == "my-rock");
    CHECK(said(with("title: ééééééééééééééééééééééééééééééééééééééé\n")).empty());  // 39 characters, 78 bytes
    CHECK(places(with("title: x\n")) == Lines{"RB0314 8:8"});
    CHECK(places(with("title: " + std::string(41, 'x') + "\n")) == Lines{"RB0314 8:8"});
    CHECK(places(replacing("name", "name: a")) == Lines{"RB0312 1:7"});
}

TEST_CASE("a version that YAML reads as a number") {
    CHECK(test::project(replacing("version", "version: 1.0")).version.value == "1.0");
    CHECK(said(replacing("version", "version: 1.0")).empty());
    const auto reading = read_project(replacing("version", "version: 1.10"), "f");
    CHECK(said(reading.diagnostics) == Lines{"WRB0317 2:10 'version' is '1.1', not '1.10': YAML reads it as a number"});
    CHECK(reading.diagnostics[0].hint == "write \"1.10\"");
    REQUIRE(reading.project);
    CHECK(reading.project->version.value == "1.1");
    CHECK(said(replacing("version", "version: 1:30")) ==
          Lines{"WRB0317 2:10 'version' is '90', not '1:30': YAML reads it as a number"});
    CHECK(said(replacing("version", "version: 2026-01-02")) ==
          Lines{"RB0313 2:10 'version' must be a text, not the date 2026-01-02"});
    CHECK(said(replacing("version", "version: yes")) ==
          Lines{"RB0313 2:10 'version' must be a text, not the boolean yes"});
}

TEST_CASE("what a version may look like") {
    for (const auto* good : {"1", "v1.2", "1:2.0", "1.0+git~", "abcdefghijklmnopqrstuvwxyz012345"})
        CHECK(said(replacing("version", fmt::format("version: '{}'", good))).empty());
    for (const auto* bad : {"", ".1", "1.", "1-", "a b", "1_0", "abcdefghijklmnopqrstuvwxyz0123456"})
        CHECK(places(replacing("version", fmt::format("version: '{}'", bad))) == Lines{"RB0314 2:10"});
}

TEST_CASE("bases that exist and bases that don't") {
    CHECK(test::project(replacing("base", "base: bare\nbuild-base: debian@12")).build_base.value == "debian@12");
    CHECK(said(replacing("base", "base: bare")) ==
          Lines{"RB0312 5:7 a bare rock needs 'build-base': its parts are built somewhere"});
    for (const auto* good :
         {"debian@13", "ubuntu@20.04", "ubuntu@22.04", "ubuntu@24.04", "ubuntu@25.10", "ubuntu@26.04"})
        CHECK(places(replacing("base", "base: " + std::string(good))).empty());
    for (const auto* bad : {"ubuntu:24.04", "ubuntu@18.04", "ubuntu", "devel", "''"})
        CHECK(places(replacing("base", "base: " + std::string(bad))) == Lines{"RB0314 5:7"});
    CHECK(places(replacing("base", "base: bare\nbuild-base: bare")) == Lines{"RB0314 6:13"});
    CHECK(places(replacing("base", "base: bare\nbuild-base: ubuntu@26.10")) == Lines{"RB0314 6:13"});
    const auto reading = read_project(replacing("base", "base: debian@21"), "f");
    REQUIRE(reading.diagnostics.size() == 1);
    CHECK(reading.diagnostics[0].code == "RB0314");
    CHECK(reading.diagnostics[0].suggestions == Lines{"debian@12", "debian@13"});
}

TEST_CASE("old spellings of bases are read as the new ones and warned of") {
    CHECK(said(replacing("base", "base: ubuntu:22.04")) == Lines{"WRB0323 5:7 'ubuntu:22.04' is an old spelling"});
    const auto project = test::project(replacing("base", "base: bare\nbuild-base: ubuntu:20.04"));
    CHECK(project.build_base.value == "ubuntu@20.04");
    CHECK(test::project(replacing("base", "base: ubuntu:22.04")).build_base.value == "ubuntu@22.04");
}

TEST_CASE("a base in development needs a build-base in development") {
    CHECK(places(replacing("base", "base: bare\nbuild-base: devel")) == Lines{"WRB0324 6:13"});
    CHECK(places(replacing("base", "base: ubuntu@26.10\nbuild-base: devel")) == Lines{"WRB0324 6:13"});
    CHECK(places(replacing("base", "base: ubuntu@26.10")) == Lines{"RB0312 5:7"});
    CHECK(places(replacing("base", "base: ubuntu@26.10\nbuild-base: ubuntu@26.04")) == Lines{"RB0316 6:13"});
}

TEST_CASE("licences") {
    CHECK(test::project(with("license: mit\n")).license == "MIT");
    CHECK_FALSE(test::project(with("license: ''\n")).license);
    CHECK(places(with("license: MIT AND ISC\n")) == Lines{"RB0314 8:10"});
    CHECK(places(with("license: [MIT]\n")) == Lines{"RB0313 8:10"});
}

TEST_CASE("contacts are different texts") {
    CHECK(said(with("contact: x\nissues: [a, b]\nsource-code: https://example.org\n")).empty());
    CHECK(said(with("contact: [a, a]\n")) == Lines{"RB0314 8:14 'contact' names 'a' twice"});
    CHECK(places(with("issues: {a: b}\n")) == Lines{"RB0313 8:9"});
}

TEST_CASE("variables of the image's environment hold no dollar but at their end") {
    CHECK(said(with("environment: {A: 'x$', B: '', C: 1.50, D: a b}\n")) ==
          Lines{"WRB0317 8:34 'C' is '1.5', not '1.50': YAML reads it as a number"});
    CHECK(test::project(with("environment: {C: 1.50}\n")).environment[0].second == "1.5");
    CHECK(places(with("environment: {A: $HOME, B: 'a$b', C: '$$'}\n")) ==
          Lines{"RB0314 8:18", "RB0314 8:28", "RB0314 8:38"});
    CHECK(places(with("environment: {A: , B: true, C: [x]}\n")) == Lines{"RB0313 8:18", "RB0313 8:23", "RB0313 8:32"});
    CHECK(places(with("environment: {'A=B': x, '': x, NO: x}\n")) ==
          Lines{"RB0314 8:15", "RB0314 8:25", "RB0300 8:32"});
    CHECK(said(with("environment:\n")).empty());
}

TEST_CASE("the only user to run as") {
    CHECK_FALSE(test::project(with("")).run_user);
    CHECK(test::project(with("run-user: _daemon_\n")).run_user);
    CHECK(places(with("run-user: root\n")) == Lines{"RB0314 8:11"});
    CHECK(places(with("run-user: _daemon_\nrun_user: _daemon_\n")) == Lines{"RB0301 9:1"});
}

TEST_CASE("an entrypoint is a service with arguments or a command and is warned of") {
    const std::string service =
        "services:\n  s: {override: replace, command: 'a [ b ]'}\n  t: {override: replace, command: c}\n";
    CHECK(said(with("entrypoint-service: s\n" + service)) ==
          Lines{"WRB0319 8:1 with 'entrypoint-service' the rock's entrypoint isn't the usual one"});
    CHECK(places(with("entrypoint-service: t\n" + service)) == Lines{"WRB0319 8:1", "RB0316 11:35"});
    CHECK(places(with("entrypoint-service: u\n" + service)) == Lines{"RB0315 8:21"});
    CHECK(places(with("entrypoint-service: s\n")) == Lines{"RB0315 8:21"});
    CHECK(places(with("entrypoint-service: s\nservices: {s: 1}\n")) == Lines{"RB0313 9:15"});  // and no word more
    CHECK(places(with("entrypoint-command: echo [ hi ]\n")) == Lines{"WRB0319 8:1"});
    CHECK(places(with("entrypoint-command: echo ]\n")) == Lines{"WRB0319 8:1", "RB0318 8:21"});
    CHECK(places(with("entrypoint-command: echo\nentrypoint-service: s\n" + service)) ==
          Lines{"WRB0319 8:1", "RB0316 9:1", "WRB0319 9:1"});
}

TEST_CASE("words of other tools lead to the right key") {
    const auto hint = [](const std::string& line) {
        const auto reading = read_project(with(line), "f");
        REQUIRE(reading.diagnostics.size() == 1);
        CHECK(reading.diagnostics[0].code == "RB0310");
        return reading.diagnostics[0].hint +
               (reading.diagnostics[0].suggestions.empty() ? "" : "?" + reading.diagnostics[0].suggestions[0]);
    };
    CHECK(hint("entrypoint: [x]\n").find("services") != std::string::npos);
    CHECK(hint("cmd: x\n").find("services") != std::string::npos);
    CHECK(hint("env: {A: b}\n") == "write environment?environment");
    CHECK(hint("from: debian\n") == "write base?base");
    CHECK(hint("ports: [80]\n").find("check") != std::string::npos);
    CHECK(hint("desciption: x\n") == "?description");
    CHECK(hint("part: {}\n") == "?parts");
    CHECK(hint("zzz: x\n").empty());
}

TEST_CASE("a part may give the version") {
    const std::string rest = "adopt-info: p\nparts: {p: {plugin: nil}}\n";
    CHECK(said(with(rest)).empty());
    CHECK(test::project(replacing("version", "adopt-info: p") + "parts: {p: {plugin: nil}}\n").version.value.empty());
    CHECK(test::project(with(rest)).adopt_info->value == "p");
    CHECK(said(with("adopt-info: x\nparts: {p: {plugin: nil}}\n")) == Lines{"RB0315 8:13 there is no part 'x'"});
    CHECK(places(with("adopt-info: x\n")) == Lines{"RB0315 8:13"});
}

TEST_CASE("extensions are named") {
    CHECK(said(with("extensions: [flask-framework]\n")).empty());
    CHECK(places(with("extensions: [flask-framwork]\n")) == Lines{"RB0314 8:14"});
    CHECK(places(with("extensions: flask-framework\n")) == Lines{"RB0313 8:13"});
    CHECK(places(with("extensions: []\n")) == Lines{"RB0314 8:13"});
}

TEST_CASE("package repositories") {
    const auto of = [](const std::string& fields) {
        return places(with("package-repositories:\n  - {type: apt, " + fields + "}\n"));
    };
    const std::string key = "key-id: " + std::string(40, 'A');
    CHECK(places(with("package-repositories: []\n")).empty());
    CHECK(of("url: https://example.org, suites: [noble], components: [main], " + key).empty());
    CHECK(of("url: https://example.org, path: /, " + key).empty());
    CHECK(of("url: https://example.org, series: noble, pocket: updates, components: [main], " + key).empty());
    CHECK(of("ppa: a/b").empty());
    CHECK(of("ppa: a/b, priority: always").empty());
    CHECK(of("cloud: antelope, pocket: proposed, priority: -5").empty());
    CHECK(of("ppa: a") == Lines{"RB0314 9:22"});
    CHECK(of("ppa: a/b, priority: 0") == Lines{"RB0314 9:37"});
    CHECK(of("ppa: a/b, priority: never") == Lines{"RB0314 9:37"});
    CHECK(of("cloud: antelope, pocket: security") == Lines{"RB0314 9:42"});
    CHECK(of("url: x, path: /, key-id: abc") == Lines{"RB0314 9:42"});
    CHECK(of("url: x, path: /") == Lines{"RB0312 9:6"});
    CHECK(of("url: x, path: /, components: [main], " + key) == Lines{"RB0316 9:34"});
    CHECK(of("url: x, suites: [a], series: b, pocket: updates, components: [main], " + key).size() == 2);
    CHECK(of("url: x, series: b, components: [main], " + key) == Lines{"RB0316 9:25"});
    CHECK(of("url: x, suites: [a/], components: [main], " + key) == Lines{"RB0314 9:34"});
    CHECK(of("url: x, path: '', " + key) == Lines{"RB0314 9:31"});
    CHECK(places(with("package-repositories: [{ppa: a/b}]\n")) == Lines{"RB0312 8:25"});
    CHECK(places(with("package-repositories: [x]\n")) == Lines{"RB0313 8:24"});
}

TEST_CASE("what an extension or a part would bring is not missed") {
    CHECK(places("name: my-rock\nbase: debian@12\nplatforms: {amd64: }\nextensions: [flask-framework]\n") ==
          Lines{"RB0312 1:1", "RB0312 1:1", "RB0312 1:1"});  // an extension brings no version, summary, description
    CHECK(places(with("extensions: [go-framework]\nservices: {x: {command: a}}\nparts: {x/install: {after: "
                      "[x/dependencies]}}\n"))
              .empty());
}

TEST_CASE("a mistake in an anchor is said once and a wrong alias names its anchor") {
    CHECK(places(with("services:\n  a: &a {override: x, command: c}\n  b: *a\n")) == Lines{"RB0314 9:20"});
    const auto reading = read_project(with("contact: &c {a: b}\nlicense: *c\n"), "f");
    REQUIRE(reading.diagnostics.size() == 2);
    CHECK(test::place(*reading.diagnostics[1].span) == "9:10");
    REQUIRE(reading.diagnostics[1].notes.size() == 1);
    CHECK(test::place(*reading.diagnostics[1].notes[0].span) == "8:10");
    const auto value = read_project(replacing("description", "description: &v a b") + "title: T1\nlicense: *v\n", "f");
    REQUIRE(value.diagnostics.size() == 1);
    CHECK(test::place(*value.diagnostics[0].span) == "9:10");
    CHECK(test::place(*value.diagnostics[0].notes.at(0).span) == "4:14");
}

TEST_CASE("a template that was never filled in is said once a place") {
    CHECK(
        places("name: {{ name }}\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\nplatforms: {amd64: }\n") ==
        Lines{"RB0300 1:8"});
}

TEST_CASE("any bytes are fine as input") {
    for (int byte = 0; byte < 256; ++byte) (void)read_project(std::string(3, static_cast<char>(byte)), "f");
    (void)read_project(std::string(1 << 20, '\0'), "f");
    (void)read_project("{" + std::string(1 << 16, ','), "f");
    (void)read_project(
        with("services: {s: {override: replace, command: c, backoff-factor: 1" + std::string(390, '0') + "}}\n"), "f");
}
