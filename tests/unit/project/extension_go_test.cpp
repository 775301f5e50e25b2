// go-framework: values from spec/rockcraft-yaml.md §10.2 and from what upstream makes of real files.
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using Json = nlohmann::ordered_json;

namespace {

const std::string go = "extensions: [go-framework]\n";
const FakeFiles module{{"go.mod", "module example.com/my-app\n"}};

Json install_app(const std::string& bases, const std::string& rest) {
    return part_of(app(bases, go + rest), module, "go-framework/install-app");
}

}  // namespace

TEST_CASE("a Go program is a service with its parts") {
    const auto project = expanded(app(on_ubuntu, go), module);
    CHECK(project["run-user"] == "_daemon_");
    CHECK(project["services"]["go"] == Json::parse(R"({"override": "replace", "startup": "enabled", "command": "my-app",
        "user": "_daemon_", "working-dir": "/app"})"));
    CHECK(project["parts"] == Json::parse(R"json({
        "go-framework/base-layout": {"plugin": "nil", "override-build": "mkdir -p ${CRAFT_PART_INSTALL}/app",
            "permissions": [{"owner": 584792, "group": 584792}]},
        "go-framework/install-app": {"plugin": "go", "source": ".",
            "organize": {"bin/my-app": "usr/local/bin/my-app"}, "build-snaps": ["go"],
            "stage": ["usr/local/bin/my-app"]},
        "go-framework/runtime": {"plugin": "nil", "stage-packages": ["ca-certificates_data"]},
        "go-framework/logging": {"plugin": "nil", "override-build":
            "craftctl default\nmkdir -p $CRAFT_PART_INSTALL/opt/promtail\nmkdir -p $CRAFT_PART_INSTALL/etc/promtail",
            "permissions": [{"path": "opt/promtail", "owner": 584792, "group": 584792},
                            {"path": "etc/promtail", "owner": 584792, "group": 584792}]}})json"));
}

TEST_CASE("a bare rock of a Go program brings a shell and links statically") {
    CHECK(install_app(on_bare, "")["build-environment"] == Json::parse(R"([{"CGO_ENABLED": "0"}])"));
    CHECK(part_of(app(on_bare, go), module, "go-framework/runtime") == Json::parse(R"({"plugin": "nil",
        "stage-packages": ["ca-certificates_data", "bash_bins", "coreutils_bins"],
        "override-build": "ln -sf /usr/bin/bash ${CRAFT_PART_INSTALL}/usr/bin/sh"})"));
    CHECK(install_app(
              on_bare,
              "parts: {go-framework/install-app: {build-environment: [CGO_ENABLED: '1']}}\n")["build-environment"] ==
          Json::parse(R"([{"CGO_ENABLED": "1"}])"));
    CHECK(
        install_app(on_bare, "parts: {go-framework/install-app: {build-environment: [A: b]}}\n")["build-environment"] ==
        Json::parse(R"([{"CGO_ENABLED": "0"}, {"A": "b"}])"));
}

TEST_CASE("a user may bring another Go, and put the program elsewhere") {
    const auto with = [](const std::string& fields) {
        return install_app(on_ubuntu, "parts: {go-framework/install-app: {" + fields + "}}\n");
    };
    CHECK(with("build-snaps: [go/1.22/stable]")["build-snaps"] == Json::array({"go/1.22/stable"}));
    CHECK(with("build-snaps: [node]")["build-snaps"] == Json::array({"node", "go"}));
    CHECK_FALSE(with("build-packages: [golang-go]").contains("build-snaps"));
    CHECK(with("organize: {bin/x: usr/local/bin/my-app}")["stage"] == Json::array({"usr/local/bin/my-app"}));
    CHECK(with("organize: {bin/x: opt/x}")["stage"] == Json::array({"opt/x", "usr/local/bin/my-app"}));
    CHECK(install_app(on_ubuntu, "services: {go: {command: other}}\n")["organize"].empty());
    CHECK(expanded(app(on_ubuntu, go + "services: {go: {command: other}}\n"), module)["services"]["go"]["command"] ==
          "other");
}

TEST_CASE("assets of a Go program come along") {
    const FakeFiles with_assets{{"go.mod", "module my-app"}, {"migrate.sh", ""}, {"static/x", ""}, {"other", ""}};
    CHECK(part_of(app(on_ubuntu, go), with_assets, "go-framework/assets") == Json::parse(R"({"plugin": "dump",
        "source": ".", "organize": {"migrate.sh": "app/migrate.sh", "static": "app/static"},
        "stage": ["app/migrate.sh", "app/static"]})"));
    const auto stage = [&](const std::string& list) {
        return app(on_ubuntu, go + "parts: {go-framework/assets: {stage: " + list + "}}\n");
    };
    CHECK(part_of(stage("[app/other]"), with_assets, "go-framework/assets")["organize"] ==
          Json::parse(R"({"other": "app/other"})"));
    CHECK(said_beside(stage("[other, '- app/x']"), with_assets) ==
          Lines{"RB0338 9:39 'other' is not in 'app/', where this part puts its files"});
}

TEST_CASE("on Debian the certificates are made of Debian's package") {
    const auto runtime = part_of(app(on_debian, go), module, "go-framework/runtime");
    CHECK(runtime["stage-packages"] == Json::array({"ca-certificates"}));
    CHECK(runtime["stage"] ==
          Json::array({"etc/ssl/certs/ca-certificates.crt", "usr/share/doc/ca-certificates/copyright"}));
    CHECK_FALSE(install_app(on_debian, "").contains("build-environment"));
}

TEST_CASE("a Go program needs its module") {
    CHECK(said_beside(app(on_ubuntu, go), FakeFiles{}) ==
          Lines{"RB0332 8:14 'go-framework' builds a Go module, and there is no 'go.mod'"});
}

TEST_CASE("the program is named by the module, or by a folder") {
    const auto with = [](const std::string& module, const std::string& rest = {},
                         std::initializer_list<std::string> files = {}) {
        FakeFiles beside{{"go.mod", module}};
        for (const auto& file : files) beside.add(file, "package main\n");
        return said_beside(app(on_ubuntu, go + rest), beside);
    };
    for (const auto* good :
         {"module my-app", "// about\n\nmodule example.com/my-app // more\ngo 1.22\n", "module example.com/my-app/v2\n",
          "module \"example.com/my-app\"\n", "module (\n\texample.com/my-app\n)\n", "go 1.22\nmodule `my-app`\r\n"}) {
        INFO(good);
        CHECK(with(good).empty());
    }
    const auto refused = with("// about\nmodule example.com/site/v3\n");
    REQUIRE(refused.size() == 1);
    CHECK(
        refused[0].starts_with("RB0339 2:1 Go makes a program 'site' of this module, and the service starts "
                               "'my-app'"));
    CHECK(with("module my-app/v1").size() == 1);  // v1 is a name as any
    CHECK(with("module x", {}, {"cmd/my-app/main.go"}).empty());
    CHECK(with("module x", {}, {"tools/deep/my-app/main.go"}).empty());
    CHECK(with("module x", {}, {"cmd/other/main.go", "my-app.go"}).size() == 1);
    CHECK(with("module x", {}, {"_old/my-app/main.go", "other/go.mod", "other/my-app/main.go"}).size() == 1);
    CHECK(with("module x", "services: {go: {command: x}}\n").empty());
    const auto part = [](const std::string& keys) { return "parts: {go-framework/install-app: {" + keys + "}}\n"; };
    CHECK(with("module x", part("organize: {bin/x: usr/local/bin/my-app}")).empty());
    CHECK(with("module x", part("organize: {bin/x: opt/x}")).size() == 1);
    CHECK(with("module x", part("override-build: go build -o $CRAFT_PART_INSTALL/bin/my-app")).empty());
    CHECK(with("module x", part("source-subdir: inner")).empty());
    CHECK(with("module x", "parts: {mine: {plugin: dump, source: ., organize: {a: usr/local/bin/my-app}}}\n").empty());
    CHECK(with("module x", "parts: {mine: {plugin: dump, source: .}}\n").size() == 1);
}

TEST_CASE("a go.mod that can't be read, or names no module, is refused at its place") {
    const auto said = [](const FakeFiles& files) { return said_beside(app(on_ubuntu, go), files); };
    CHECK(said({{"go.mod", ""}}) == Lines{"RB0336 1:1 this go.mod names no module"});
    CHECK(said({{"go.mod", "go 1.22\n"}}) == Lines{"RB0336 1:1 this go.mod names no module"});
    CHECK(said({{"go.mod", "go 1.22\nmodule \xff\n"}}) == Lines{"RB0335 2:1 this line has bytes that are no UTF-8"});
    CHECK(said({{"go.mod/x", ""}}) == Lines{"RB0335 8:14 'go.mod' is no file"});
}
