// fastapi-framework: values from spec/rockcraft-yaml.md §10.2 and from what upstream makes of real files.
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using Json = nlohmann::ordered_json;

namespace {

const std::string fastapi = "extensions: [fastapi-framework]\n";
const FakeFiles small{{"requirements.txt", "my-fastapi-things\n"}, {"app.py", "app = 1\n"}};

Json fastapi_part(const std::string& bases, const std::string& name) {
    return part_of(app(bases, fastapi), small, "fastapi-framework/" + name);
}

}  // namespace

TEST_CASE("a FastAPI application is served by uvicorn") {
    const auto project = expanded(app(on_ubuntu, fastapi), small);
    CHECK(project["services"]["fastapi"] == Json::parse(R"({"override": "replace", "startup": "enabled",
        "user": "_daemon_", "working-dir": "/app", "environment": {"UVICORN_HOST": "0.0.0.0"},
        "command": "/bin/python3 -m uvicorn app:app"})"));
    CHECK(project["parts"].size() == 4);
    CHECK(fastapi_part(on_ubuntu, "dependencies")["python-packages"] == Json::array({"uvicorn"}));
    CHECK(fastapi_part(on_bare, "dependencies")["stage-packages"] == Json::array({"python3.12-venv_ensurepip"}));
    CHECK(fastapi_part(on_bare, "runtime")["stage-packages"] ==
          Json::array({"bash_bins", "coreutils_bins", "ca-certificates_data"}));
    CHECK(fastapi_part(on_debian, "runtime")["stage-packages"] == Json::array({"ca-certificates"}));
    CHECK(said_beside(app("base: ubuntu@22.04\n", fastapi), small) ==
          Lines{"RB0330 7:7 'fastapi-framework' doesn't stand on 'ubuntu@22.04'"});
}

TEST_CASE("the files of a FastAPI application go to /app, and no prime is set") {
    const FakeFiles files{{"requirements.txt", "starlette"},
                          {"src/main.py", "app = 1"},
                          {"migrate.sh", ""},
                          {"templates/x", ""},
                          {"other", ""}};
    CHECK(part_of(app(on_ubuntu, fastapi), files, "fastapi-framework/install-app") == Json::parse(R"({"plugin": "dump",
        "source": ".", "organize": {"migrate.sh": "app/migrate.sh", "templates": "app/templates", "src": "app/src"},
        "stage": ["app/migrate.sh", "app/templates", "app/src"],
        "permissions": [{"owner": 584792, "group": 584792}]})"));
    CHECK(expanded(app(on_ubuntu, fastapi), files)["services"]["fastapi"]["command"] ==
          "/bin/python3 -m uvicorn src.main:app");
    const auto chosen =
        part_of(app(on_ubuntu, fastapi + "parts: {fastapi-framework/install-app: {prime: [app/other]}}\n"), files,
                "fastapi-framework/install-app");
    CHECK(chosen["organize"] == Json::parse(R"({"other": "app/other"})"));
    CHECK(chosen["prime"] == Json::array({"app/other"}));
    // With a command of the user's, where the application lies isn't known.
    CHECK(part_of(app(on_ubuntu, fastapi + "services: {fastapi: {command: x}}\n"), small,
                  "fastapi-framework/install-app")["organize"] ==
          Json::parse(R"({"app.py": "app/app.py", "requirements.txt": "app/requirements.txt"})"));
}

TEST_CASE("what a FastAPI application lacks is said at once") {
    CHECK(said_beside(app(on_ubuntu, fastapi), FakeFiles{}).size() == 2);
    CHECK(said_beside(app(on_ubuntu, fastapi), FakeFiles{{"requirements.txt", "x"}, {"app.py", "app = 1"}}) ==
          Lines{"RB0333 8:14 neither 'fastapi' nor 'starlette' is a dependency of the application"});
    CHECK(said_beside(app(on_ubuntu, fastapi),
                      FakeFiles{{"requirements.txt", "fastapi"}, {"app.py", "def create_app(): pass"}}) ==
          Lines{"RB0334 8:14 there is no ASGI application: no file defines one at its top level"});
}
