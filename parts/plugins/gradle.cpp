// The gradle plugin. An init script of ours makes all archives without times and in one order, which is what Gradle
// calls reproducible. GRADLE_USER_HOME is in the build folder, as upstream has it: nothing of it stays.
#include "parts/plugins/plugin.hpp"
#include "parts/variables.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> gradle_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    std::string options;
    if (const auto script = property_text(part, "gradle-init-script"))
        options += " --init-script " + shell_word(*script);
    if (is_self_contained(part)) options += " --offline";
    if (!property_truth(part, "gradle-use-daemon")) options += " --no-daemon";
    for (const auto& word : property_texts(part, "gradle-parameters")) options += " " + shell_word(word);
    PluginBuild build;
    build.environment = {java::home(), {"GRADLE_USER_HOME", "${CRAFT_PART_BUILD}/.gradle"}};
    build.needs = {{"javac", "add `build-packages: [default-jdk]` to the part"},
                   {"gradle", "put a wrapper (gradlew) into the source, or add `build-packages: [gradle]`", false}};
    build.commands = fmt::format(
        R"sh({{ set +x; }} 2>/dev/null
mkdir -p {caches}/gradle
cat >{caches}/gradle/archives.gradle <<'END'
allprojects {{
    tasks.withType(AbstractArchiveTask) {{
        preserveFileTimestamps = false
        reproducibleFileOrder = true
    }}
}}
END
scripts=(--init-script {caches}/gradle/archives.gradle)
for script in {host}/*.gradle {host}/*.gradle.kts; do [ ! -e "${{script}}" ] || scripts+=(--init-script "${{script}}"); done
if [ -e gradlew ]; then program=./gradlew; else
    program=gradle
    command -v gradle >/dev/null || {{ printf '\036rockbuild-missing gradle\n'; exit 127; }}
fi
set -x
"${{program}}" {task} "${{scripts[@]}}"{options}
find . -name gradle-wrapper.jar -type f -delete
find "${{CRAFT_PART_INSTALL}}" -name java -type f -executable | LC_ALL=C sort | head -n 1 | while read -r java; do
    mkdir -p "${{CRAFT_PART_INSTALL}}/bin"
    ln -sf --relative "${{java}}" "${{CRAFT_PART_INSTALL}}/bin/java"
done
)sh",
        fmt::arg("caches", inside::caches), fmt::arg("host", inside::gradle_scripts),
        fmt::arg("task", shell_word(property_text(part, "gradle-task").value_or("build"))),
        fmt::arg("options", options));
    build.commands += java::collect_jars();
    return build;
}

}  // namespace rockbuild
