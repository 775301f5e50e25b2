// The maven plugin. What Maven fetches goes to a folder that is thrown away; the host's settings reach it as transport
// (pack/client_settings.hpp); the members of archives get one time, which is what Maven calls a reproducible build.
#include "parts/plugins/plugin.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> maven_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    const bool wrapped = property_truth(part, "maven-use-wrapper");
    PluginBuild build;
    build.environment = {java::home(), {"MAVEN_USER_HOME", inside::caches + "/maven-wrapper"}};
    if (!wrapped) build.needs.push_back({"mvn", "add `build-packages: [maven]` to the part"});
    build.needs.push_back({"javac", "add `build-packages: [default-jdk]` to the part"});
    build.commands = fmt::format(
        R"sh({{ set +x; }} 2>/dev/null
options=(--batch-mode --no-transfer-progress -Dmaven.repo.local={caches}/maven
    -Dproject.build.outputTimestamp="$(date -u -d "@{time}" +%Y-%m-%dT%H:%M:%SZ)")
[ ! -e {global} ] || options+=(--global-settings {global})
set -x
{program} package "${{options[@]}}"{parameters}
[ ! -d "${{CRAFT_PART_INSTALL}}/usr/bin" ] || [ -f "${{CRAFT_PART_INSTALL}}/usr/bin/java" ] ||
    find "${{CRAFT_PART_INSTALL}}" -name java -type f -executable |
        LC_ALL=C sort | head -n 1 | xargs -r -I '{{}}' ln -s --relative '{{}}' "${{CRAFT_PART_INSTALL}}/usr/bin/java"
)sh",
        fmt::arg("caches", inside::caches), fmt::arg("time", java::archive_time()),
        fmt::arg("global", inside::maven_settings), fmt::arg("program", wrapped ? "./mvnw" : "mvn"),
        fmt::arg("parameters", spaced(property_texts(part, "maven-parameters"))));
    build.commands += java::collect_jars();
    return build;
}

}  // namespace rockbuild
