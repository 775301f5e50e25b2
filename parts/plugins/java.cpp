// What the plugins of Java share.
#include "parts/plugins/plugin.hpp"

namespace rockbuild::java {

std::pair<std::string, std::string> home() {
    return {"JAVA_HOME",
            "$(dirname \"$(dirname \"$(ls -d /usr/lib/jvm/*/bin/javac 2>/dev/null | sort -V | tail -n 1)\")\")"};
}

// Maven refuses what a zip can't hold, and Gradle writes this very day.
std::string archive_time() { return "$((SOURCE_DATE_EPOCH > 318211200 ? SOURCE_DATE_EPOCH : 318211200))"; }

std::string collect_jars() {
    return R"sh(mkdir -p "${CRAFT_PART_INSTALL}/jar"
find . -path ./.parts -prune -o -path ./.gradle -prune -o -type f -name '*.jar' -print0 | LC_ALL=C sort -z |
    xargs -0 -r -I '{}' cp --preserve=mode -f '{}' "${CRAFT_PART_INSTALL}/jar/"
)sh";
}

}  // namespace rockbuild::java
