// The npm plugin. Node, where the rock is to bring its own, comes from npm's registry: there each version of it is a
// package of its architecture, with a digest that npm checks, reached as all other packages are. Debian's npm fetches
// it, and the npm that belongs to it, which then does the rest.
#include "parts/plugins/plugin.hpp"

#include <fmt/format.h>

#include <map>

namespace rockbuild {

namespace {

/// The versions of Node that have names (lts/iron and so on).
const std::map<std::string, std::string, std::less<>> lts_names{
    {"argon", "4"},    {"boron", "6"},     {"carbon", "8"}, {"dubnium", "10"}, {"erbium", "12"}, {"fermium", "14"},
    {"gallium", "16"}, {"hydrogen", "18"}, {"iron", "20"},  {"jod", "22"},     {"krypton", "24"}};

/// What the registry knows `version` as; none if that is nothing.
std::optional<std::string> node_range(const std::string& version) {
    if (version == "node") return "latest";
    if (version.starts_with("lts/")) {
        const auto found = lts_names.find(version.substr(4));
        return found == lts_names.end() ? std::nullopt : std::optional(found->second);
    }
    const auto good = !version.empty() && version.find_first_not_of("0123456789.") == std::string::npos &&
                      version.front() != '.' && version.back() != '.';
    return good ? std::optional(version) : std::nullopt;
}

constexpr std::string_view include_node = R"sh({{ set +x; }} 2>/dev/null
case "${{CRAFT_ARCH_BUILD_FOR}}" in
amd64) machine=x64 ;; armhf) machine=armv7l ;; ppc64el) machine=ppc64le ;; i386) machine=x86 ;;
*) machine="${{CRAFT_ARCH_BUILD_FOR}}" ;;
esac
fetched="$(mktemp -d)"
/usr/bin/npm pack --silent --pack-destination "${{fetched}}" "node-linux-${{machine}}"@{range}
tar -xzf "${{fetched}}"/node-linux-*.tgz --no-same-owner --strip-components=1 -C "${{CRAFT_PART_INSTALL}}" \
    package/bin package/include package/share package/LICENSE
major="$("${{CRAFT_PART_INSTALL}}/bin/node" -p 'process.versions.node.split(".")[0]')"
if [ "${{major}}" -ge 24 ]; then client=11; elif [ "${{major}}" -ge 18 ]; then client=10
elif [ "${{major}}" -ge 16 ]; then client=8; else client=6; fi
/usr/bin/npm pack --silent --pack-destination "${{fetched}}" "npm@${{client}}"
mkdir -p "${{CRAFT_PART_INSTALL}}/lib/node_modules/npm"
tar -xzf "${{fetched}}"/npm-*.tgz --no-same-owner --strip-components=1 -C "${{CRAFT_PART_INSTALL}}/lib/node_modules/npm"
for program in npm npx; do
    ln -sf "../lib/node_modules/npm/bin/${{program}}-cli.js" "${{CRAFT_PART_INSTALL}}/bin/${{program}}"
done
rm -r "${{fetched}}"
hash -r
set -x
)sh";

}  // namespace

Result<PluginBuild> npm_build(const PluginSetting& setting) {
    const auto& part = setting.part;
    PluginBuild build;
    build.build_packages = {"gcc"};
    build.environment = {{"NODE_ENV", "production"},
                         {"npm_config_audit", "false"},
                         {"npm_config_fund", "false"},
                         {"npm_config_update_notifier", "false"}};
    if (property_truth(part, "npm-include-node")) {
        if (is_self_contained(part)) {
            auto error = fail("RB1061",
                              fmt::format("the part '{}' is self-contained, and takes Node from a registry", part.name),
                              "leave npm-include-node out, and let another part bring Node");
            error.error().span = property_span(part, "npm-include-node");
            return error;
        }
        const auto version = property_text(part, "npm-node-version").value_or("");  // there: RB0316
        const auto range = node_range(version);
        if (!range) {
            auto error = fail("RB1061", fmt::format("'{}' is no version of Node", version),
                              "write 20, 20.12, 20.12.2, lts/iron, or node for the newest");
            error.error().span = property_span(part, "npm-node-version");
            return error;
        }
        build.build_packages.insert(build.build_packages.end(), {"nodejs", "npm"});
        build.environment.emplace_back("PATH", "${CRAFT_PART_INSTALL}/bin:${PATH}");
        build.commands = fmt::format(include_node, fmt::arg("range", *range));
    } else {
        build.needs = {{"npm",
                        "add `build-snaps: [node/22]` or `build-packages: [nodejs, npm]` to the part, or "
                        "`npm-include-node: true`"}};
    }
    if (is_self_contained(part)) {
        build.environment.emplace_back("npm_config_registry", "https://localhost:1");
        build.commands +=
            R"sh(npm install --offline -g --prefix "${CRAFT_PART_INSTALL}" "${PWD}/$(npm pack . | tail -n 1)"
)sh";
        return build;
    }
    build.commands += R"sh(if [ "$(npm --version | cut -d. -f1)" -ge 10 ]; then
    npm install -g --prefix "${CRAFT_PART_INSTALL}" --install-links "${PWD}"
else
    npm install -g --prefix "${CRAFT_PART_INSTALL}" "${PWD}/$(npm pack . | tail -n 1)"
fi
)sh";
    return build;
}

}  // namespace rockbuild
