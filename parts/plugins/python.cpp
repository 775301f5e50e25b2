// The python plugin of the build bases up to ubuntu@24.04, which debian@12 goes with (spec/parts-lifecycle.md §9,
// "python v1"; spec/rockcraft-yaml.md §8): a virtual environment in the install folder becomes a plain tree of packages
// for the interpreter that the part stages.
//
// For the same bytes each time pip compiles nothing: it would write the time of each source file into its .pyc. They
// are made at the end, for paths as in the image, and never compared with their source, since times are constants
// there. Extensions are compiled without debug information, which names the random folder that pip builds them in.
#include "parts/plugins/plugin.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

/// Shebangs, the interpreter's links, sitecustomize, bytecode. PAYLOAD is usr/bin/pythonX.Y in install or stage.
constexpr std::string_view finish = R"sh({ set +x; } 2>/dev/null
venv_python="${CRAFT_PART_INSTALL}/bin/${PARTS_PYTHON_INTERPRETER}"
version="$("${venv_python}" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
payload=""
for root in "${CRAFT_PART_INSTALL}" "${CRAFT_STAGE}"; do
    [ -n "${payload}" ] || [ ! -x "${root}/usr/bin/${version}" ] || payload="${root}/usr/bin/${version}"
done
if [ -z "${payload}" ]; then
    echo "No suitable Python interpreter found: neither this part nor what is staged has usr/bin/${version}." >&2
    echo "Add 'stage-packages: [python3-venv]' to the part." >&2
    exit 1
fi
find "${CRAFT_PART_INSTALL}" -type f -executable -print0 |
    xargs -0 -r grep -lIZ -m1 "^#!${CRAFT_PART_INSTALL}/bin/python" |
    xargs -0 -r sed -i "1s|^#!${CRAFT_PART_INSTALL}/bin/python[^ ]*|#!/bin/${PARTS_PYTHON_INTERPRETER}|"
customize="${CRAFT_PART_INSTALL}/usr/lib/${version}/sitecustomize.py"
mkdir -p "${customize%/*}"
rm -f "${customize}"
cat >"${customize}" <<'END'
import site
import sys

_packages = "/lib/python%d.%d/site-packages" % sys.version_info[:2]
_system = "/usr/lib/python3/dist-packages"
site.addsitedir(_packages)
if _packages in sys.path and _system in sys.path:
    sys.path.remove(_packages)
    sys.path.insert(sys.path.index(_system), _packages)
END
"${venv_python}" -m compileall -q -f -j "${CRAFT_PARALLEL_BUILD_COUNT}" --invalidation-mode unchecked-hash \
    -s "${CRAFT_PART_INSTALL}" -p / "${CRAFT_PART_INSTALL}/lib/${version}/site-packages" "${customize%/*}" ||
    echo "Some files are no Python: left uncompiled."
rm -f "${CRAFT_PART_INSTALL}/pyvenv.cfg" "${CRAFT_PART_INSTALL}"/bin/[Aa]ctivate*
[ ! -L "${CRAFT_PART_INSTALL}/lib64" ] || rm "${CRAFT_PART_INSTALL}/lib64"
)sh";

constexpr std::string_view no_links = "rm -f \"${CRAFT_PART_INSTALL}\"/bin/python*\n";
/// On a bare rock the links lead to the staged interpreter: there is no base whose /bin is /usr/bin.
constexpr std::string_view own_links = R"sh(rm -f "${CRAFT_PART_INSTALL}"/bin/python*
for name in python python3 "${version}"; do ln -s "../usr/bin/${version}" "${CRAFT_PART_INSTALL}/bin/${name}"; done
)sh";

std::string flagged(std::string_view flag, const std::vector<std::string>& files) {
    std::string text;
    for (const auto& file : files) text += fmt::format(" {} {}", flag, shell_word(file));
    return text;
}

std::string as_words(const std::vector<std::string>& texts) {
    std::string words;
    for (const auto& text : texts) words += " " + shell_word(text);
    return words;
}

}  // namespace

Result<PluginBuild> python_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    for (const auto& [name, value] : part.build_environment)
        if (name == "PARTS_PYTHON_INTERPRETER" && value.starts_with("/")) {
            auto error = fail(
                "RB1061", fmt::format("PARTS_PYTHON_INTERPRETER of part '{}' is the path '{}'", part.name, value),
                "write the program's name, such as python3.11: it is looked for in the part and in what is staged");
            error.error().span = part.span;
            return error;
        }
    PluginBuild build;
    build.build_packages = {"findutils", "python3-dev", "python3-venv"};
    build.environment = {{"PATH", "${CRAFT_PART_INSTALL}/bin:${PATH}"},
                         {"PARTS_PYTHON_INTERPRETER", "python3"},
                         {"PARTS_PYTHON_VENV_ARGS", ""},
                         {"PIP_NO_COMPILE", "1"},
                         {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
                         {"PIP_ROOT_USER_ACTION", "ignore"},
                         {"PYTHONHASHSEED", "0"},
                         {"PYTHONDONTWRITEBYTECODE", "1"},
                         {"CFLAGS", "${CFLAGS:+$CFLAGS }-g0"},
                         {"CXXFLAGS", "${CXXFLAGS:+$CXXFLAGS }-g0"}};
    const auto constraints = flagged("-c", property_texts(part, "python-constraints"));
    const auto requirements = flagged("-r", property_texts(part, "python-requirements"));
    auto packages = property_texts(part, "python-packages");
    bool said = false;
    for (const auto& item : part.properties) said = said || item.first == "python-packages";
    if (!said) packages = {"pip", "setuptools", "wheel"};
    const auto pip = "\"${CRAFT_PART_INSTALL}/bin/pip\" install" + constraints + " -U";
    build.commands = "\"${PARTS_PYTHON_INTERPRETER}\" -m venv ${PARTS_PYTHON_VENV_ARGS} \"${CRAFT_PART_INSTALL}\"\n";
    if (!packages.empty()) build.commands += pip + as_words(packages) + "\n";
    if (!requirements.empty()) build.commands += pip + requirements + "\n";
    build.commands += fmt::format("if [ -f setup.py ] || [ -f pyproject.toml ]; then {} .; fi\n", pip);
    build.commands += finish;
    build.commands += setting.is_bare ? own_links : no_links;
    return build;
}

}  // namespace rockbuild
