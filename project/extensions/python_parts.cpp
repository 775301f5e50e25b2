#include "project/extensions/python_parts.hpp"

#include "project/extensions/requirements.hpp"
#include "support/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rockbuild {

namespace {

/// What a bare `.` would bring that nobody wants in an image.
bool is_left_out(const std::string& name) {
    return name == "node_modules" || name == ".git" || name == ".yarn" || name.ends_with(".rock");
}

}  // namespace

Snippet python_dependencies(const ExtensionWork& work, std::string_view server, bool requirements) {
    Snippet part;
    part["plugin"] = "python";
    part["source"] = ".";
    part["python-packages"] = Snippet::array({server});
    part["python-requirements"] = Snippet::array();
    if (requirements) part["python-requirements"].push_back(requirements_file);
    if (work.ground() == Ground::bare) {
        const auto* python = work.build_base().value == "ubuntu@22.04" ? "python3.10" : "python3.12";
        part["stage-packages"] = Snippet::array({fmt::format("{}-venv_ensurepip", python)});
        part["build-environment"] = Snippet::array({Snippet::object({{"PARTS_PYTHON_INTERPRETER", python}})});
    } else {
        part["stage-packages"] = Snippet::array({"python3-venv"});
        part["build-environment"] = Snippet::array();
        part["stage"] = Snippet::array({"-etc/ssl/certs/ca-certificates.crt"});
    }
    return part;
}

Snippet python_runtime(const ExtensionWork& work) {
    auto part = certificates_part(work.ground());
    if (work.ground() != Ground::bare) return part;
    part["stage-packages"] = Snippet::array({"bash_bins", "coreutils_bins", "ca-certificates_data"});
    part["override-build"] = fmt::format("mkdir -m 777 ${{CRAFT_PART_INSTALL}}/tmp\n{}", link_shell);
    return part;
}

std::vector<std::string> everything(ExtensionWork& work) {
    auto names = work.files().names(".");
    std::erase_if(names, is_left_out);
    for (const auto& name : names)
        if (not_utf8(name) != std::string_view::npos)
            work.error("RB0340",
                       fmt::format("the name of '{}' is no UTF-8: no project can name it", work.files().shown(name)),
                       "rename it, or say by `prime` which files come along");
    return names;
}

Snippet moved_files(const std::vector<std::string>& files, std::string_view folder) {
    Snippet part;
    part["plugin"] = "dump";
    part["source"] = ".";
    part["organize"] = moved_from(files, folder);
    part["stage"] = Snippet::array();
    for (const auto& [from, to] : part["organize"].items()) part["stage"].push_back(to);
    return part;
}

}  // namespace rockbuild
