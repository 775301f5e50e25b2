// The make plugin (spec/parts-lifecycle.md §9). Parameters are pasted as they stand: quoting is the user's, as
// upstream.
#include "parts/plugins/plugin.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> make_build(const PluginSetting& setting) {
    PluginBuild build;
    build.build_packages = compilers_and({});
    build.commands = fmt::format(R"sh(make -j"${{CRAFT_PARALLEL_BUILD_COUNT}}"{0}
make -j"${{CRAFT_PARALLEL_BUILD_COUNT}}" install{0} DESTDIR="${{CRAFT_PART_INSTALL}}"
)sh",
                                 spaced(property_texts(setting.part, "make-parameters")));
    return build;
}

}  // namespace rockbuild
