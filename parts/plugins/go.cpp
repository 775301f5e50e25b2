// The go plugin. `-trimpath` and `-buildvcs=false`: neither the folders of the build nor the state of the repository
// that the source lies in are in the program.
#include "parts/plugins/plugin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rockbuild {

Result<PluginBuild> go_build(const PluginSetting& setting) {
    PluginBuild build;
    build.environment = {{"GOBIN", "${CRAFT_PART_INSTALL}/bin"}, {"GOFLAGS", "-trimpath -buildvcs=false"}};
    build.needs = {{"go", "add `build-snaps: [go]` to the part, or `build-packages: [golang-go]` for Debian's"}};
    build.commands = "go mod download all\n";
    for (const auto& words : property_texts(setting.part, "go-generate"))
        build.commands += fmt::format("go generate {}\n", words);
    const auto tags = property_texts(setting.part, "go-buildtags");
    build.commands += fmt::format("go install -p \"${{CRAFT_PARALLEL_BUILD_COUNT}}\"{} ./...\n",
                                  tags.empty() ? "" : fmt::format(" -tags={}", fmt::join(tags, ",")));
    return build;
}

}  // namespace rockbuild
