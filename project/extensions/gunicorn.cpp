// flask-framework and django-framework (spec/rockcraft-yaml.md §10.2): a WSGI application that gunicorn serves, with an
// exporter of its figures.
#include "project/extensions/entry_point.hpp"
#include "project/extensions/python_parts.hpp"
#include "project/extensions/requirements.hpp"
#include "project/shape.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

namespace rockbuild {

namespace {

class Gunicorn {
public:
    Gunicorn(ExtensionWork& work, std::string framework) : work_(work), framework_(std::move(framework)) {}

    /// The project with all but the application's own part. `object` is empty where the user gives the command.
    Snippet snippet(const std::string& object, const std::set<std::string, std::less<>>& packages) {
        Snippet snippet;
        snippet["run-user"] = "_daemon_";
        snippet["services"][framework_] = service(object, packages.contains("gevent") ? "gevent" : "sync");
        snippet["services"]["statsd-exporter"] = exporter_service();
        auto& parts = snippet["parts"];
        parts[work_.part_name("dependencies")] =
            python_dependencies(work_, "gunicorn~=23.0", work_.exists(requirements_file));
        parts[work_.part_name("install-app")] = Snippet();  // at this place
        parts[work_.part_name("config-files")] = config_files();
        parts[work_.part_name("statsd-exporter")] = exporter_part();
        parts[work_.part_name("logging")] = logging_part({"var/log/" + framework_});
        parts[work_.part_name("runtime")] = python_runtime(work_);
        if (work_.ground() == Ground::bare) parts[work_.part_name("runtime-libs")] = runtime_libraries();
        return snippet;
    }

private:
    Snippet service(const std::string& object, std::string_view workers) const {
        Snippet service;
        service["override"] = "replace";
        service["startup"] = "enabled";
        if (!object.empty())
            service["command"] = fmt::format("/bin/python3 -m gunicorn -c /{}/gunicorn.conf.py '{}' -k [ {} ]",
                                             framework_, object, workers);
        service["after"] = Snippet::array({"statsd-exporter"});
        service["user"] = "_daemon_";
        return service;
    }

    static Snippet exporter_service() {
        Snippet service;
        service["override"] = "merge";
        service["command"] =
            "/bin/statsd_exporter --statsd.mapping-config=/statsd-mapping.conf "
            "--statsd.listen-udp=localhost:9125 --statsd.listen-tcp=localhost:9125";
        service["summary"] = "statsd exporter service";
        service["startup"] = "enabled";
        service["user"] = "_daemon_";
        return service;
    }

    Snippet config_files() const {
        const auto placed = framework_ + "/gunicorn.conf.py";
        Snippet part;
        part["plugin"] = "dump";
        part["source"] = work_.data_folder();
        part["organize"]["gunicorn.conf.py"] = placed;
        part["permissions"] = Snippet::array({daemon_permission(placed)});
        return part;
    }

    Snippet exporter_part() const {
        Snippet part;
        part["build-snaps"] = Snippet::array({"go"});
        if (work_.ground() == Ground::debian) {
            // The module by its version: Go's own checksums vouch for it, and no repository is cloned.
            part["plugin"] = "nil";
            part["override-build"] =
                "CGO_ENABLED=0 GOBIN=${CRAFT_PART_INSTALL}/bin go install -trimpath -ldflags='-s -w' "
                "github.com/prometheus/statsd_exporter@v0.26.0";
            return part;
        }
        part["plugin"] = "go";
        part["source"] = "https://github.com/prometheus/statsd_exporter.git";
        part["source-tag"] = "v0.26.0";
        return part;
    }

    static Snippet runtime_libraries() {
        Snippet part;
        part["plugin"] = "nil";
        part["stage-packages"] = Snippet::array({"libstdc++6"});
        return part;
    }

    ExtensionWork& work_;
    std::string framework_;
};

// --- flask
// -------------------------------------------------------------------------------------------------------------

Snippet flask_app(ExtensionWork& work) {
    auto prime = work.user_files("install-app", "prime", "flask/app");
    if (prime.empty())
        prime = within("flask/app", work.existing({"app", "app.py", "main.py", "src", "migrate", "migrate.sh",
                                                   "migrate.py", "static", "templates"}));
    auto files = prime;
    if (files.empty() || files.front().starts_with('-')) files = within("flask/app", everything(work));
    auto part = moved_files(files, "flask/app");
    part["prime"] = prime;
    return part;
}

void check_flask(ExtensionWork& work, const std::set<std::string, std::less<>>& packages) {
    if (!work.exists(requirements_file) && !work.exists(pyproject_file))
        work.error("RB0332",
                   fmt::format("'flask-framework' installs what is listed in '{}' or '{}', and neither is there",
                               work.files().shown(requirements_file), work.files().shown(pyproject_file)),
                   "write a requirements.txt with a line `flask`");
    else if (!packages.contains("flask") && !work.failed())
        work.error("RB0333", "'flask' is no dependency of the application",
                   "add a line `flask` to requirements.txt, or \"flask\" to [project] dependencies in pyproject.toml");
}

// --- django
// ------------------------------------------------------------------------------------------------------------

/// The user's part is another one where it says what builds it; else it changes ours.
bool has_own_app(const ExtensionWork& work) { return find_value(work.user_part("install-app"), "plugin") != nullptr; }

Snippet django_app(const ExtensionWork& work) {
    Snippet part;
    if (!has_own_app(work)) {
        part["plugin"] = "dump";
        part["source"] = work.module_name();
        part["organize"] = {{"*", "django/app/"}, {".*", "django/app/"}};
        part["stage"] = Snippet::array({"-django/app/db.sqlite3"});
    }
    return part;
}

std::string django_object(ExtensionWork& work) {
    const auto name = work.module_name();
    const std::vector<std::string> files{fmt::format("{0}/{0}/wsgi.py", name), fmt::format("{}/mysite/wsgi.py", name)};
    const auto found = find_entry_point(
        work, files, {"application"}, {}, "WSGI application",
        fmt::format("write `application = get_wsgi_application()` in {}, or give the service 'django' a command",
                    files.front()));
    // The folder that the project's name names is the root of what is installed: modules are seen from there.
    return found ? fmt::format("{}:{}", found->module.substr(name.size() + 1), found->object) : std::string();
}

/// The application's own part, with everything in it `_daemon_`'s.
Snippet with_app(Snippet snippet, const ExtensionWork& work, Snippet part) {
    part["permissions"] = Snippet::array({daemon_permission()});
    snippet["parts"][work.part_name("install-app")] = std::move(part);
    return snippet;
}

}  // namespace

Snippet make_flask(ExtensionWork& work) {
    const auto packages = required_packages(work);
    check_flask(work, packages);
    std::string object;
    if (!work.has_command("flask"))
        if (const auto found = find_entry_point(
                work, usual_python_files(work), {"app", "application"}, {"create_app", "make_app"}, "Flask application",
                "write `app = Flask(__name__)` in app.py, or give the service 'flask' a command"))
            object = fmt::format("{}:{}", found->module, found->object);
    return with_app(Gunicorn(work, "flask").snippet(object, packages), work, flask_app(work));
}

Snippet make_django(ExtensionWork& work) {
    if (!work.exists(requirements_file))
        work.error("RB0332",
                   fmt::format("'django-framework' installs what is listed in '{}', and it isn't there",
                               work.files().shown(requirements_file)),
                   "write a requirements.txt with a line `Django`");
    const auto packages = required_packages(work);
    std::string object;
    if (!work.has_command("django")) object = django_object(work);
    else if (!has_own_app(work) && !work.exists(work.module_name()))
        work.error("RB0332",
                   fmt::format("'django-framework' takes the application from the folder '{}', and it isn't there",
                               work.files().shown(work.module_name())),
                   "name the folder so, or write the part django-framework/install-app with a source of its own");
    return with_app(Gunicorn(work, "django").snippet(object, packages), work, django_app(work));
}

}  // namespace rockbuild
