// The autotools plugin (spec/parts-lifecycle.md §9). A source without `configure` is asked for one: by its autogen.sh,
// else by its bootstrap, else by autoreconf.
#include "parts/plugins/plugin.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<PluginBuild> autotools_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    PluginBuild build;
    build.build_packages = compilers_and({"autoconf", "automake", "autopoint", "libtool"});
    build.commands = fmt::format(
        R"sh(if [ ! -f ./configure ] && [ -f ./autogen.sh ]; then env NOCONFIGURE=1 ./autogen.sh; fi
if [ ! -f ./configure ] && [ -f ./bootstrap ]; then env NOCONFIGURE=1 ./bootstrap{bootstrap}; fi
if [ ! -f ./configure ]; then autoreconf --install; fi
./configure{configure}
make{jobs}
make install DESTDIR="${{CRAFT_PART_INSTALL}}"
)sh",
        fmt::arg("bootstrap", spaced(property_texts(part, "autotools-bootstrap-parameters"))),
        fmt::arg("configure", spaced(property_texts(part, "autotools-configure-parameters"))),
        fmt::arg("jobs", part.disable_parallel ? "" : " -j\"${CRAFT_PARALLEL_BUILD_COUNT}\""));
    return build;
}

}  // namespace rockbuild
