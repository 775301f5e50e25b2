// flask-framework and django-framework: values from spec/rockcraft-yaml.md §10.2 and from what upstream makes of real
// files.
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using Json = nlohmann::ordered_json;

namespace {

const std::string flask = "extensions: [flask-framework]\n";
const std::string django = "extensions: [django-framework]\n";
const FakeFiles small{{"requirements.txt", "Flask\n"}, {"app.py", "app = 1\n"}};
const FakeFiles site{{"requirements.txt", "Django\n"}, {"my_app/my_app/wsgi.py", "application = 1\n"}};

Json flask_part(const std::string& bases, const std::string& name) {
    return part_of(app(bases, flask), small, "flask-framework/" + name);
}
Json installed(const std::string& prime, const FakeFiles& files) {
    return part_of(app(on_ubuntu, flask + "parts: {flask-framework/install-app: {prime: " + prime + "}}\n"), files,
                   "flask-framework/install-app");
}

}  // namespace

TEST_CASE("a Flask application is served by gunicorn, beside the exporter of its figures") {
    const auto project = expanded(app(on_ubuntu, flask), small);
    CHECK(project["run-user"] == "_daemon_");
    CHECK(project["services"] == Json::parse(R"json({
        "flask": {"override": "replace", "startup": "enabled",
            "command": "/bin/python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:app' -k [ sync ]",
            "after": ["statsd-exporter"], "user": "_daemon_"},
        "statsd-exporter": {"override": "merge", "command": "/bin/statsd_exporter --statsd.mapping-config=/statsd-mapping.conf --statsd.listen-udp=localhost:9125 --statsd.listen-tcp=localhost:9125",
            "summary": "statsd exporter service", "startup": "enabled", "user": "_daemon_"}})json"));
    CHECK(project["parts"].size() == 6);
    CHECK(flask_part(on_ubuntu, "dependencies") == Json::parse(R"({"plugin": "python", "source": ".",
        "python-packages": ["gunicorn~=23.0"], "python-requirements": ["requirements.txt"],
        "stage-packages": ["python3-venv"], "build-environment": [],
        "stage": ["-etc/ssl/certs/ca-certificates.crt"]})"));
    CHECK(flask_part(on_ubuntu, "config-files") == Json::parse(R"({"plugin": "dump",
        "source": "/share/rockbuild/extensions/flask-framework",
        "organize": {"gunicorn.conf.py": "flask/gunicorn.conf.py"},
        "permissions": [{"path": "flask/gunicorn.conf.py", "owner": 584792, "group": 584792}]})"));
    CHECK(flask_part(on_ubuntu, "statsd-exporter") == Json::parse(R"({"build-snaps": ["go"], "plugin": "go",
        "source": "https://github.com/prometheus/statsd_exporter.git", "source-tag": "v0.26.0"})"));
    CHECK(flask_part(on_ubuntu, "logging")["permissions"][2] ==
          Json::parse(R"({"path": "var/log/flask", "owner": 584792, "group": 584792})"));
    CHECK(flask_part(on_ubuntu, "runtime") ==
          Json::parse(R"({"plugin": "nil", "stage-packages": ["ca-certificates_data"]})"));
}

TEST_CASE("a bare rock of a Flask application brings its Python in slices") {
    const auto dependencies = flask_part(on_bare, "dependencies");
    CHECK(dependencies["stage-packages"] == Json::array({"python3.12-venv_ensurepip"}));
    CHECK(dependencies["build-environment"] == Json::parse(R"([{"PARTS_PYTHON_INTERPRETER": "python3.12"}])"));
    CHECK_FALSE(dependencies.contains("stage"));
    CHECK(flask_part("base: bare\nbuild-base: ubuntu@22.04\n", "dependencies")["stage-packages"] ==
          Json::array({"python3.10-venv_ensurepip"}));
    CHECK(flask_part("base: bare\nbuild-base: ubuntu:22.04\n", "dependencies")["stage-packages"] ==
          Json::array({"python3.10-venv_ensurepip"}));
    CHECK(flask_part(on_bare, "runtime") == Json::parse(R"({"plugin": "nil",
        "stage-packages": ["bash_bins", "coreutils_bins", "ca-certificates_data"],
        "override-build": "mkdir -m 777 ${CRAFT_PART_INSTALL}/tmp\nln -sf /usr/bin/bash ${CRAFT_PART_INSTALL}/usr/bin/sh"})"));
    CHECK(flask_part(on_bare, "runtime-libs") == Json::parse(R"({"plugin": "nil", "stage-packages": ["libstdc++6"]})"));
}

TEST_CASE("on Debian the exporter is built from its module") {
    const auto exporter = flask_part(on_debian, "statsd-exporter");
    CHECK(exporter["plugin"] == "nil");
    CHECK(exporter["build-snaps"] == Json::array({"go"}));
    const std::string script = exporter["override-build"];
    CHECK(script.find("github.com/prometheus/statsd_exporter@v0.26.0") != std::string::npos);
    CHECK(script.find("GOBIN=${CRAFT_PART_INSTALL}/bin") != std::string::npos);
    CHECK(flask_part(on_debian, "dependencies")["stage-packages"] == Json::array({"python3-venv"}));
    CHECK(flask_part(on_debian, "runtime")["stage-packages"] == Json::array({"ca-certificates"}));
}

TEST_CASE("workers are gevent's where that is a dependency") {
    for (const auto& files :
         {FakeFiles{{"requirements.txt", "flask\nGevent\n"}, {"app.py", "app = 1"}},
          FakeFiles{{"pyproject.toml", "[project]\ndependencies = ['flask', 'gevent>=1']\n"}, {"app.py", "app = 1"}}})
        CHECK(expanded(app(on_ubuntu, flask), files)["services"]["flask"]["command"] ==
              "/bin/python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:app' -k [ gevent ]");
    CHECK(part_of(app(on_ubuntu, flask),
                  FakeFiles{{"pyproject.toml", "[project]\ndependencies = ['flask']\n"}, {"app.py", "app = 1"}},
                  "flask-framework/dependencies")["python-requirements"]
              .empty());
}

TEST_CASE("the files of a Flask application go to /flask/app") {
    const FakeFiles files{{"requirements.txt", "flask"}, {"app.py", "app = 1"}, {"static/x", ""}, {".env", ""},
                          {"node_modules/x", ""},        {".git/x", ""},        {"old.rock", ""}};
    CHECK(part_of(app(on_ubuntu, flask), files, "flask-framework/install-app") == Json::parse(R"({"plugin": "dump",
        "source": ".", "organize": {"app.py": "flask/app/app.py", "static": "flask/app/static"},
        "stage": ["flask/app/app.py", "flask/app/static"], "prime": ["flask/app/app.py", "flask/app/static"],
        "permissions": [{"owner": 584792, "group": 584792}]})"));
    const auto chosen = installed("[flask/app/.env, flask/app/sub/x/]", files);
    CHECK(chosen["organize"] == Json::parse(R"({".env": "flask/app/.env", "sub/x": "flask/app/sub/x/"})"));
    CHECK(chosen["prime"] == Json::array({"flask/app/.env", "flask/app/sub/x/"}));
    const auto without = installed("['- flask/app/.env']", files);
    CHECK(without["organize"] == Json::parse(R"({".env": "flask/app/.env", "app.py": "flask/app/app.py",
        "requirements.txt": "flask/app/requirements.txt", "static": "flask/app/static"})"));
    CHECK(without["prime"] == Json::array({"- flask/app/.env"}));
    CHECK(said_beside(app(on_ubuntu, flask + "parts: {flask-framework/install-app: {prime: [app.py]}}\n"), files) ==
          Lines{"RB0338 9:47 'app.py' is not in 'flask/app', where this part puts its files"});
}

TEST_CASE("all that a Flask application lacks is said at once") {
    CHECK(said_beside(app(on_ubuntu, flask), FakeFiles{}) ==
          Lines{"RB0332 8:14 'flask-framework' installs what is listed in 'requirements.txt' or 'pyproject.toml', and "
                "neither is there",
                "RB0334 8:14 there is no Flask application: none of its usual files is there"});
    CHECK(said_beside(app(on_ubuntu, flask), FakeFiles{{"requirements.txt", "jinja2\n"}, {"app.py", "app = 1"}}) ==
          Lines{"RB0333 8:14 'flask' is no dependency of the application"});
}

TEST_CASE("with a command of the user's no application is looked for") {
    const auto command = flask + "services: {flask: {command: x}}\n";
    const FakeFiles files{{"requirements.txt", "flask"}};
    CHECK(expanded(app(on_ubuntu, command), files)["services"]["flask"]["command"] == "x");
    CHECK(expanded(app(on_ubuntu, command), files)["services"]["flask"]["user"] == "_daemon_");
}

TEST_CASE("a Django project lies in the folder of its name") {
    const auto project = expanded(app(on_ubuntu, django), site);
    CHECK(project["services"]["django"]["command"] ==
          "/bin/python3 -m gunicorn -c /django/gunicorn.conf.py 'my_app.wsgi:application' -k [ sync ]");
    CHECK(project["parts"]["django-framework/install-app"] == Json::parse(R"({"plugin": "dump", "source": "my_app",
        "organize": {"*": "django/app/", ".*": "django/app/"}, "stage": ["-django/app/db.sqlite3"],
        "permissions": [{"owner": 584792, "group": 584792}]})"));
    CHECK(expanded(app(on_ubuntu, django),
                   FakeFiles{{"requirements.txt", ""},
                             {"my_app/mysite/wsgi.py", "application = 1"}})["services"]["django"]["command"] ==
          "/bin/python3 -m gunicorn -c /django/gunicorn.conf.py 'mysite.wsgi:application' -k [ sync ]");
    CHECK(part_of(app(on_ubuntu, django + "parts: {django-framework/install-app: {plugin: dump, source: x}}\n"), site,
                  "django-framework/install-app") ==
          Json::parse(R"({"plugin": "dump", "source": "x", "permissions": [{"owner": 584792, "group": 584792}]})"));
}

TEST_CASE("a user's part for Django that says no plugin changes the extension's") {
    CHECK(part_of(app(on_ubuntu, django + "parts: {django-framework/install-app: {build-packages: [x]}}\n"), site,
                  "django-framework/install-app")["source"] == "my_app");
}

TEST_CASE("what a Django project lacks is said at once") {
    CHECK(said_beside(app(on_ubuntu, django), FakeFiles{}).size() == 2);
    CHECK(said_beside(app(on_ubuntu, django), FakeFiles{{"requirements.txt", ""}, {"my_app/my_app/wsgi.py", ""}}) ==
          Lines{"RB0334 8:14 there is no WSGI application: no file defines one at its top level"});
    CHECK(
        said_beside(app(on_ubuntu, django + "services: {django: {command: x}}\n"), FakeFiles{{"requirements.txt", ""}})
            .size() == 1);
}

TEST_CASE("without our data files nothing can be taken from them") {
    Surroundings around;
    around.files = &small;
    around.data = []() -> Result<std::string> { return fail("RB1109", "no data", "install", ExitCode::unable); };
    const auto document = read_document(app(on_ubuntu, flask), "rockcraft.yaml", around);
    REQUIRE(document.diagnostics.size() == 1);
    CHECK(document.diagnostics[0].code == "RB1109");
    CHECK(document.diagnostics[0].exit == ExitCode::unable);
}

TEST_CASE("a path that only begins like the application's folder lies elsewhere") {
    const auto text = [](const std::string& prime) {
        return app(on_debian,
                   "extensions: [flask-framework]\nparts: {flask-framework/install-app: {prime: [" + prime + "]}}\n");
    };
    const FakeFiles files{{"requirements.txt", "flask"}, {"app.py", "app = 1"}};
    CHECK(said_beside(text("flask/application"), files) ==
          Lines{"RB0338 9:47 'flask/application' is not in 'flask/app', where this part puts its files"});
    CHECK(said_beside(text("flask/app/app.py"), files).empty());
    CHECK(said_beside(text("flask/app"), files).empty());
}

TEST_CASE("a file whose name is no UTF-8 is refused where all files come along") {
    const FakeFiles files{{"requirements.txt", "flask"}, {"app.py", "app = 1"}, {"caf\xe9.txt", ""}};
    const std::string flask_app = "extensions: [flask-framework]\n";
    CHECK(said_beside(app(on_debian, flask_app), files).empty());
    CHECK(said_beside(app(on_debian, flask_app + "parts: {flask-framework/install-app: {prime: [-flask/app/x]}}\n"),
                      files) == Lines{"RB0340 8:14 the name of 'caf\xe9.txt' is no UTF-8: no project can name it"});
}
