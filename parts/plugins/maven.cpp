// The maven plugin. What Maven fetches goes to a cache (parts/caches.hpp), from which artifacts that a build
// installed are taken out again: they came from no repository. The host's settings reach it as transport
// (pack/client_settings.hpp); the members of archives get one time, which is what Maven calls a reproducible build.
#include "parts/plugins/plugin.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

constexpr std::string_view host_settings = "[ ! -e {global} ] || options+=(--global-settings {global})\n";
/// A self-contained part takes everything from Debian's packages: they lay what Maven needs into a repository.
constexpr std::string_view own_settings = R"sh(cat >{caches}/self-contained.xml <<'END'
<settings><mirrors><mirror>
    <id>debian</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url>
</mirror></mirrors></settings>
END
options+=(--settings {caches}/self-contained.xml)
)sh";

}  // namespace

Result<PluginBuild> maven_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    const bool wrapped = property_truth(part, "maven-use-wrapper");
    PluginBuild build;
    build.environment = {java::home(), {"MAVEN_USER_HOME", inside::caches + "/maven-wrapper"}};
    if (!wrapped) build.needs.push_back({"mvn", "add `build-packages: [maven]` to the part"});
    build.needs.push_back({"javac", "add `build-packages: [default-jdk]` to the part"});
    const auto settings = is_self_contained(part)
                              ? fmt::format(own_settings, fmt::arg("caches", inside::caches))
                              : fmt::format(host_settings, fmt::arg("global", inside::maven_settings));
    build.commands = fmt::format(
        R"sh({{ set +x; }} 2>/dev/null
{{ grep -rlZ --include=_remote.repositories '>=$' {repository} || true; }} 2>/dev/null | xargs -0 -r dirname -z | xargs -0 -r rm -rf
options=(--batch-mode --no-transfer-progress -Dmaven.repo.local={repository}
    -Dproject.build.outputTimestamp="$(date -u -d "@{time}" +%Y-%m-%dT%H:%M:%SZ)")
{settings}set -x
{program} package "${{options[@]}}"{parameters}
[ ! -d "${{CRAFT_PART_INSTALL}}/usr/bin" ] || [ -f "${{CRAFT_PART_INSTALL}}/usr/bin/java" ] ||
    find "${{CRAFT_PART_INSTALL}}" -name java -type f -executable |
        LC_ALL=C sort | head -n 1 | xargs -r -I '{{}}' ln -s --relative '{{}}' "${{CRAFT_PART_INSTALL}}/usr/bin/java"
)sh",
        fmt::arg("repository", inside::maven_repository), fmt::arg("time", java::archive_time()),
        fmt::arg("settings", settings), fmt::arg("program", wrapped ? "./mvnw" : "mvn"),
        fmt::arg("parameters", spaced(property_texts(part, "maven-parameters"))));
    build.commands += java::collect_jars();
    return build;
}

}  // namespace rockbuild
