// The cmake plugin (spec/parts-lifecycle.md §9): out of source, and found first is what other parts have staged.
#include "parts/plugins/plugin.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> cmake_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    const auto generator = property_text(part, "cmake-generator").value_or("Unix Makefiles");
    PluginBuild build;
    build.out_of_source = true;
    build.build_packages = compilers_and({"cmake"});
    if (generator == "Ninja") build.build_packages.push_back("ninja-build");
    build.environment = {{"CMAKE_PREFIX_PATH", "${CRAFT_STAGE}"}};
    build.commands = fmt::format(R"sh(cmake "${{CRAFT_PART_SRC_WORK}}" -G "{}"{}
cmake --build . -- -j"${{CRAFT_PARALLEL_BUILD_COUNT}}"
DESTDIR="${{CRAFT_PART_INSTALL}}" cmake --build . --target install
)sh",
                                 generator, spaced(property_texts(part, "cmake-parameters")));
    return build;
}

}  // namespace rockbuild
