// The jlink plugin: a Java runtime of the modules that the staged jars need, and no others. jdeps looks into fat jars
// too: what they hold is unpacked beside and is on its class path.
#include "parts/plugins/plugin.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rockbuild {

namespace {

constexpr std::string_view find_modules = R"sh(jars=({jars})
if [ "${{#jars[@]}}" -eq 0 ]; then
    mapfile -d '' -t jars < <(find "${{CRAFT_STAGE}}" -type f -name '*.jar' -print0 | LC_ALL=C sort -z)
fi
if [ "${{#jars[@]}}" -eq 0 ]; then
    echo "There is no jar in stage: name the part that builds it in 'after', or the modules in 'jlink-modules'." >&2
    exit 1
fi
unpacked="$(mktemp -d)"
number=0
roots=("${{jars[@]}}")
for jar in "${{jars[@]}}"; do
    number=$((number + 1))
    mkdir "${{unpacked}}/${{number}}"
    (cd "${{unpacked}}/${{number}}" && "${{JAVA_HOME}}/bin/jar" --extract --file "${{jar}}")
    for classes in BOOT-INF/classes WEB-INF/classes; do
        [ ! -d "${{unpacked}}/${{number}}/${{classes}}" ] || roots+=("${{unpacked}}/${{number}}/${{classes}}")
    done
done
path="$(find "${{unpacked}}" -type f -name '*.jar' | LC_ALL=C sort | paste -sd: -)"
modules="$("${{JAVA_HOME}}/bin/jdeps" --class-path "${{path:-.}}" -q --recursive --ignore-missing-deps \
    --print-module-deps --multi-release {release} "${{roots[@]}}")" ||
    {{ printf 'jdeps: %s\n' "${{modules}}" >&2; exit 1; }}
modules="${{modules##*$'\n'}}"
rm -r "${{unpacked}}"
)sh";

constexpr std::string_view link = R"sh(version="$("${{JAVA_HOME}}/bin/jlink" --version | cut -d. -f1)"
runtime="${{CRAFT_PART_INSTALL}}/usr/lib/jvm/java-${{version}}-openjdk-${{CRAFT_ARCH_BUILD_FOR}}"
rm -rf "${{runtime}}"
mkdir -p "${{CRAFT_PART_INSTALL}}/usr/bin" "${{runtime%/*}}"
set -x
"${{JAVA_HOME}}/bin/jlink" --no-header-files --no-man-pages --strip-debug --add-modules "${{modules}}{extra}" \
    --output "${{runtime}}"
ln -sf --relative "${{runtime}}/bin/java" "${{CRAFT_PART_INSTALL}}/usr/bin/java"
)sh";

}  // namespace

Result<PluginBuild> jlink_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    const auto jars = property_texts(part, "jlink-jars");
    const auto extra = property_texts(part, "jlink-extra-modules");
    const auto modules = property_texts(part, "jlink-modules");
    PluginBuild build;
    build.build_packages = {"binutils"};  // jlink strips with it
    build.environment = {java::home()};
    build.needs = {{"jlink", "add `build-packages: [default-jdk]` to the part"}};
    build.commands = "{ set +x; } 2>/dev/null\n";
    if (modules.empty()) {
        std::string words;
        for (const auto& jar : jars) words += fmt::format(" \"${{CRAFT_STAGE}}\"/{}", shell_word(jar));
        build.commands +=
            fmt::format(find_modules, fmt::arg("jars", words),
                        fmt::arg("release", shell_word(property_text(part, "jlink-multi-release").value_or("base"))));
    } else {
        build.commands += fmt::format("modules={}\n", shell_word(fmt::format("{}", fmt::join(modules, ","))));
    }
    std::string more;
    for (const auto& module : extra) more += "," + module;
    build.commands += fmt::format(link, fmt::arg("extra", more));
    return build;
}

}  // namespace rockbuild
