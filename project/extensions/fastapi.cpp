// fastapi-framework (spec/rockcraft-yaml.md §10.2): an ASGI application that uvicorn serves.
#include "project/extensions/entry_point.hpp"
#include "project/extensions/python_parts.hpp"
#include "project/extensions/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

/// One of the two is mentioned, wherever: what brings FastAPI along may be named after it.
void check_fastapi(ExtensionWork& work) {
    if (!work.exists(requirements_file)) {
        work.error("RB0332",
                   fmt::format("'fastapi-framework' installs what is listed in '{}', and it isn't there",
                               work.files().shown(requirements_file)),
                   "write a requirements.txt with a line `fastapi`");
        return;
    }
    auto text = work.text_of_file(requirements_file);
    if (!text) return;
    std::ranges::transform(*text, text->begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (text->find("fastapi") == std::string::npos && text->find("starlette") == std::string::npos)
        work.error("RB0333", "neither 'fastapi' nor 'starlette' is a dependency of the application",
                   "add a line `fastapi` to requirements.txt");
}

Snippet fastapi_app(ExtensionWork& work, const std::string& entry_file) {
    auto files = work.user_files("install-app", "prime", "app/");
    if (files.empty()) {
        files = within("app", work.existing({"migrate", "migrate.sh", "migrate.py", "static", "templates"}));
        if (!entry_file.empty()) files.push_back("app/" + entry_file.substr(0, entry_file.find('/')));
    }
    if (files.empty() || files.front().starts_with('-')) files = within("app", everything(work));
    auto part = moved_files(files, "app");
    part["permissions"] = Snippet::array({daemon_permission()});
    return part;
}

}  // namespace

Snippet make_fastapi(ExtensionWork& work) {
    check_fastapi(work);
    Snippet service;
    service["override"] = "replace";
    service["startup"] = "enabled";
    service["user"] = "_daemon_";
    service["working-dir"] = "/app";
    service["environment"]["UVICORN_HOST"] = "0.0.0.0";
    std::string entry_file;
    if (!work.has_command("fastapi"))
        if (const auto found =
                find_entry_point(work, usual_python_files(work), {"app"}, {}, "ASGI application",
                                 "write `app = FastAPI()` in app.py, or give the service 'fastapi' a command")) {
            service["command"] = fmt::format("/bin/python3 -m uvicorn {}:{}", found->module, found->object);
            entry_file = found->file;
        }
    Snippet snippet;
    snippet["run-user"] = "_daemon_";
    snippet["services"]["fastapi"] = service;
    auto& parts = snippet["parts"];
    parts[work.part_name("dependencies")] = python_dependencies(work, "uvicorn", true);
    parts[work.part_name("install-app")] = fastapi_app(work, entry_file);
    parts[work.part_name("runtime")] = python_runtime(work);
    parts[work.part_name("logging")] = logging_part();
    return snippet;
}

}  // namespace rockbuild
