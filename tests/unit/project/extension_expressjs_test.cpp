// expressjs-framework: values from spec/rockcraft-yaml.md §10.2 and from what upstream makes of real files.
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using Json = nlohmann::ordered_json;

namespace {

const std::string express = "extensions: [expressjs-framework]\n";
const FakeFiles package{{"app/package.json", R"({"name": "web", "scripts": {"start": "node ."}})"}};
const std::string with_node =
    "parts: {expressjs-framework/install-app: {npm-include-node: yes, npm-node-version: '20'}}\n";

Json express_part(const std::string& bases, const std::string& name, const std::string& rest = {}) {
    return part_of(app(bases, express + rest), package, "expressjs-framework/" + name);
}
/// "code file:line" for a package.json.
Lines said_of(const std::string& text) {
    Lines lines;
    for (const auto& item : read_beside(app(on_debian, express), FakeFiles{{"app/package.json", text}}).diagnostics)
        lines.push_back(fmt::format("{} {}:{} {}", item.code, item.span->file, place(*item.span), item.message));
    return lines;
}

}  // namespace

TEST_CASE("an Express application is started by npm") {
    const auto project = expanded(app(on_bare, express), package);
    CHECK(project["services"]["expressjs"] == Json::parse(R"({"override": "replace", "startup": "enabled",
        "user": "_daemon_", "working-dir": "/app", "environment": {"NODE_ENV": "production"},
        "command": "npm start"})"));
    CHECK(project["parts"]["expressjs-framework/install-app"] == Json::parse(R"json({"plugin": "npm", "source": "app/",
        "build-environment": [{"UV_USE_IO_URING": "0"}], "build-packages": ["nodejs", "npm"],
        "stage-packages": ["bash_bins", "ca-certificates_data", "coreutils_bins"],
        "override-build": "rm -rf node_modules\ncraftctl default\nnpm config set script-shell=bash --location project\ncp ${CRAFT_PART_BUILD}/.npmrc ${CRAFT_PART_INSTALL}/lib/node_modules/web/.npmrc\nchown -R 584792:584792 ${CRAFT_PART_INSTALL}/lib/node_modules/web\nln -s /lib/node_modules/web ${CRAFT_PART_INSTALL}/app\nchown -R 584792:584792 ${CRAFT_PART_INSTALL}/app\nln -sf /usr/bin/bash ${CRAFT_PART_INSTALL}/usr/bin/sh"})json"));
    CHECK(project["parts"]["expressjs-framework/runtime"] == Json::parse(R"({"plugin": "nil",
        "stage-packages": ["libstdc++6", "zlib1g", "npm"], "stage": ["-etc/ssl/certs/ca-certificates.crt"]})"));
}

TEST_CASE("where Node comes from depends on the base and on the user") {
    CHECK(express_part(on_ubuntu, "install-app")["stage-packages"] ==
          Json::array({"ca-certificates_data", "nodejs_bins"}));
    CHECK(express_part(on_ubuntu, "runtime")["stage-packages"] == Json::array({"npm"}));
    const auto own = express_part(on_ubuntu, "install-app", with_node);
    CHECK_FALSE(own.contains("build-packages"));
    CHECK(own["stage-packages"] == Json::array({"ca-certificates_data"}));
    CHECK(own["npm-include-node"] == true);
    CHECK(express_part(on_ubuntu, "runtime", with_node).is_null());
    CHECK(express_part(on_bare, "runtime", with_node)["stage-packages"] == Json::array({"libstdc++6", "zlib1g"}));
    CHECK(express_part(on_debian, "runtime")["stage-packages"] == Json::array({"nodejs", "npm"}));
    CHECK(express_part(on_debian, "runtime", with_node).is_null());
    CHECK(express_part(on_debian, "certificates")["stage-packages"] == Json::array({"ca-certificates"}));
    CHECK_FALSE(express_part(on_debian, "install-app").contains("stage-packages"));
}

TEST_CASE("what a package lacks is said at its line, all at once") {
    CHECK(said_beside(app(on_debian, express), FakeFiles{}) ==
          Lines{"RB0332 8:14 'expressjs-framework' builds the package in the folder 'app', and there is no "
                "'app/package.json'"});
    CHECK(said_of("{\n  \"name\": \"web\",\n}") == Lines{"RB0335 app/package.json:3:1 this is no JSON"});
    CHECK(said_of("[]") == Lines{"RB0335 app/package.json:1:1 this is no JSON object"});
    CHECK(said_of("") == Lines{"RB0335 app/package.json:1:1 this is no JSON"});
    CHECK(said_of("{}") ==
          Lines{"RB0336 app/package.json:1:1 the package has no script 'start', which the service runs",
                "RB0336 app/package.json:1:1 the package has no name"});
    CHECK(said_of("{\n\"name\": \"a b\",\n\"scripts\": {\"test\": \"x\"}}") ==
          Lines{"RB0336 app/package.json:2:1 'a b' can't be a package's name",
                "RB0336 app/package.json:3:1 the package has no script 'start', which the service runs"});
    CHECK(
        said_of("{\n  \"name\": 3,\n  \"scripts\": {\n    \"start\": \"\"\n  }\n}") ==
        Lines{"RB0336 app/package.json:2:3 the package's name must be a text, and is a number",
              "RB0336 app/package.json:4:5 the package's script 'start', which the service runs must be a text, and is "
              "an empty text"});
    CHECK(said_of("{\"scripts\": []}").size() == 2);
    // The same words at other depths, as values, and with escapes.
    CHECK(said_of("{\n\"author\": {\"name\": \"x\"},\n\"x\": [\"name\"],\n\"a\\\"name\\\"\": 1,\n\"n\\u0061me\": 3,\n"
                  "\"scripts\": {\"start\": \"x\"}}") ==
          Lines{"RB0336 app/package.json:5:1 the package's name must be a text, and is a number"});
    CHECK(said_of(R"j({"name": "$(x)", "scripts": {"start": "x"}})j").size() == 1);
    CHECK(said_of(R"({"name": "@a/b.c", "scripts": {"start": "x"}})").empty());
}
