// The meson plugin (spec/parts-lifecycle.md §9): out of source; each parameter is one word, whatever is in it. Ninja is
// told the number of jobs, which it would otherwise take from the machine.
#include "parts/plugins/plugin.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> meson_build(const PluginSetting& setting) {
    PluginBuild build;
    build.out_of_source = true;
    build.build_packages = compilers_and({});
    build.needs = {{"meson", "add `build-packages: [meson, ninja-build]` to the part"},
                   {"ninja", "add `build-packages: [ninja-build]` to the part"}};
    std::string parameters;
    for (const auto& word : property_texts(setting.part, "meson-parameters")) parameters += " " + shell_word(word);
    build.commands = fmt::format(R"sh(meson setup "${{CRAFT_PART_SRC_WORK}}"{}
ninja -j"${{CRAFT_PARALLEL_BUILD_COUNT}}"
DESTDIR="${{CRAFT_PART_INSTALL}}" ninja install
)sh",
                                 parameters);
    return build;
}

}  // namespace rockbuild
