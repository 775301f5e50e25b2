// What a script finds in its environment (spec/parts-lifecycle.md §7.2), and where its trees lie: as in upstream's
// managed instance (DESIGN.md §7 "Paths inside").
#pragma once

#include "parts/order.hpp"
#include "project/project.hpp"
#include "project/variables.hpp"
#include "store/tree.hpp"
#include "support/arch.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

namespace inside {
inline const std::string tools = "/run/rockbuild";
inline const std::string values = "/run/rockbuild/values";
inline const std::string caches = "/run/rockbuild/caches";  // of tools (caches.hpp); else thrown away
inline const std::string maven_repository = caches + "/maven";
inline const std::string go = "/opt/go";  // the toolchains of build-snaps
inline const std::string node = "/opt/node";
inline const std::string maven_settings = "/run/rockbuild/maven-settings.xml";  // the machine's, if it has any
inline const std::string gradle_scripts = "/run/rockbuild/gradle";              // the host's init scripts
inline std::string part(const std::string& name) { return "/root/parts/" + name; }
}  // namespace inside

struct ScriptSetting {
    const Project& project;
    const Part& part;
    Step step;
    Arch build_on;
    Arch build_for;
    const Tree& install;  // what is there when the step begins
    const Tree& stage;
    std::vector<std::pair<std::string, std::string>> plugin;  // the plugin's own, in the build step
    bool out_of_source = false;  // the plugin works in the build folder whatever `source-subdir` says
};

/// Variables that are input: they are the same on every machine for the same project. In order: the step's, the
/// plugin's, `build-environment` of the part. Later ones may use earlier ones ("$PATH"), so the list is for a shell to
/// export line by line.
std::vector<std::pair<std::string, std::string>> script_variables(const ScriptSetting& setting);

/// `export K="V"` lines for a shell; the values stay open to expansion, as upstream leaves them.
std::string export_lines(const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace rockbuild
