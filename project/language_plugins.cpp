// The plugins, and the keys that each adds to its parts (spec/parts-lifecycle.md §9). A number in such a key is no
// text: upstream takes none.
#include "project/language.hpp"

namespace rockbuild {

namespace {

const TextRule channel_rule{R"(^(none|(stable|beta|nightly)(-[\w-]+)?|\d+\.\d+(\.\d+)?(-[\w-]+)?)$)",
                            "is no channel of Rust", "write stable, beta, nightly, none, or a version such as 1.75"};
const TextRule dotnet_rule{R"(^([6-9]|[1-9]\d+)(\.\d+)*$)", "is no version of .NET that can be had",
                           "write 6 or later, for example \"8.0\""};

Shape texts() { return list_of(exact_text()); }
Shape exact(const TextRule& rule) {
    auto shape = ruled(rule);
    shape.numbers_too = false;
    return shape;
}
Shape exact_choice(std::vector<std::string_view> choices) {
    auto shape = one_of(std::move(choices));
    shape.numbers_too = false;
    return shape;
}

/// A plugin whose keys stand under no condition but their own.
PluginShape plugin(std::string_view name, std::vector<KeyShape> keys = {}) {
    PluginShape shape;
    shape.name = name;
    shape.keys.spelling = Spelling::kebab_only;
    shape.keys.keys = std::move(keys);
    return shape;
}

PluginShape sourceless(PluginShape shape) {
    shape.needs_source = false;
    return shape;
}
PluginShape self_contained(PluginShape shape) {
    shape.self_contained = true;
    return shape;
}
/// Not on every build base.
PluginShape only(Generation from, Generation to, PluginShape shape) {
    shape.from = from;
    shape.to = to;
    return shape;
}

std::vector<PluginShape> of_java() {
    return {
        plugin("ant", {{"ant-build-targets", texts(), "The targets to build."},
                       {"ant-build-file", exact_text(), "The build file, if it isn't build.xml."},
                       {"ant-properties", map_of(exact_text()), "Properties for the build."}}),
        self_contained(plugin("gradle", {{"gradle-init-script", exact_text(), "An init script to run first."},
                                         {"gradle-parameters", texts(), "More arguments."},
                                         {"gradle-task", exact_text(), "The task to run; build otherwise."},
                                         {"gradle-use-daemon", boolean(), "Whether the daemon is used."}})),
        sourceless(plugin("jlink", {{"jlink-jars", texts(), "The jars whose modules are needed."},
                                    {"jlink-extra-modules", texts(), "Modules besides those found."},
                                    {"jlink-modules", texts(), "Exactly these modules."},
                                    {"jlink-multi-release", either(exact_text(), integer()),
                                     "The release that multi-release jars are read for."}})),
        self_contained(plugin("maven", {{"maven-parameters", texts(), "More arguments."},
                                        {"maven-use-wrapper", boolean(), "Whether mvnw of the source is used."}})),
        self_contained(plugin("maven-use", {{"maven-use-parameters", texts(), "More arguments."}})),
    };
}

std::vector<PluginShape> of_python() {
    using enum Generation;
    const KeyShape requirements{"python-requirements", texts(), "Files that list what is installed."};
    const KeyShape packages{"python-packages", texts(), "What is installed besides."};
    return {
        only(jammy, noble,
             plugin("python",
                    {requirements, {"python-constraints", texts(), "Files that constrain versions."}, packages})),
        only(plucky, plucky, plugin("python", {requirements, packages})),
        only(jammy, noble,
             plugin("poetry", {{"poetry-with", texts(), "Groups of dependencies to install."},
                               {"poetry-export-extra-args", texts(), "Arguments for the export."},
                               {"poetry-pip-extra-args", texts(), "Arguments for pip."}})),
        only(jammy, noble,
             plugin("uv", {{"uv-extras", texts(), "Extras to install."},
                           {"uv-groups", texts(), "Groups of dependencies to install."}})),
    };
}

std::vector<PluginShape> of_dotnet() {
    using enum Generation;
    return {
        only(jammy, noble,
             plugin("dotnet", {{"dotnet-build-configuration", exact_text(), "Release otherwise."},
                               {"dotnet-self-contained-runtime-identifier", exact_text(),
                                "Ships the runtime too, of this identifier."}})),
        only(
            plucky, plucky,
            plugin("dotnet",
                   {{"dotnet-configuration", exact_choice({"Debug", "Release"}), "Release otherwise."},
                    {"dotnet-project", exact_text(), "The project or solution to build."},
                    {"dotnet-properties", map_of(exact_text()), "Properties for every step."},
                    {"dotnet-self-contained", boolean(), "Whether the runtime is shipped too."},
                    {"dotnet-verbosity",
                     exact_choice({"quiet", "q", "minimal", "m", "normal", "n", "detailed", "d", "diagnostic", "diag"}),
                     "How much is told; normal otherwise."},
                    {"dotnet-version", exact(dotnet_rule), "The version of the SDK."},
                    {"dotnet-restore-configfile", exact_text(), "The configuration of NuGet."},
                    {"dotnet-restore-properties", map_of(exact_text()), "Properties for restoring."},
                    {"dotnet-restore-sources", texts(), "Where packages come from."},
                    {"dotnet-build-framework", exact_text(), "The framework to build for."},
                    {"dotnet-build-properties", map_of(exact_text()), "Properties for building."},
                    {"dotnet-publish-properties", map_of(exact_text()), "Properties for publishing."}})),
    };
}

PluginShape rust() {
    return plugin("rust", {{"rust-channel", exact(channel_rule), "The toolchain; none for the system's own."},
                           {"rust-features", set_of(exact_text()), "Features to build with; * for all."},
                           {"rust-path", set_of(exact_text()), "The folders of the crates."},
                           {"rust-no-default-features", boolean(), "Whether default features are left out."},
                           {"rust-use-global-lto", boolean(), "Whether all is optimized together."},
                           {"rust-ignore-toolchain-file", boolean(), "Whether rust-toolchain.toml counts for nothing."},
                           {"rust-inherit-ldflags", boolean(), "Whether LDFLAGS are passed on."},
                           {"rust-cargo-parameters", texts(), "More arguments."}});
}

PluginShape npm() {
    auto shape = self_contained(
        plugin("npm", {{"npm-include-node", boolean(), "Whether Node is shipped too."},
                       {"npm-node-version", exact_text(), "Which Node that is: 20, 20.12, lts/iron, node."}}));
    return shape;
}

std::vector<PluginShape> make_plugins() {
    using enum Generation;
    std::vector<PluginShape> shapes{
        plugin("autotools", {{"autotools-configure-parameters", texts(), "Arguments for configure."},
                             {"autotools-bootstrap-parameters", texts(), "Arguments for bootstrap."}}),
        only(plucky, plucky,
             plugin("bazel", {{"bazel-targets", texts(), "What is built; all otherwise."},
                              {"bazel-parameters", texts(), "More arguments."}})),
        plugin("cargo-use"),
        plugin("cmake", {{"cmake-parameters", texts(), "Arguments for cmake."},
                         {"cmake-generator", exact_text(), "Unix Makefiles otherwise."}}),
        plugin("dump"),
        plugin("go", {{"go-buildtags", texts(), "Build tags."}, {"go-generate", texts(), "What is generated before."}}),
        plugin("go-use"),
        plugin("make", {{"make-parameters", texts(), "Arguments for make."}}),
        plugin("meson", {{"meson-parameters", texts(), "Arguments for meson setup."}}),
        sourceless(plugin("nil")),
        npm(),
        plugin("qmake", {{"qmake-parameters", texts(), "Arguments for qmake."},
                         {"qmake-project-file", exact_text(), "The project file."},
                         {"qmake-major-version", integer(), "5 or 6."}}),
        rust(),
        plugin("scons", {{"scons-parameters", texts(), "Arguments for scons."}}),
    };
    for (auto more : {of_java(), of_python(), of_dotnet()})
        for (auto& shape : more) shapes.push_back(std::move(shape));
    return shapes;
}

}  // namespace

const std::vector<PluginShape>& plugin_shapes() {
    static const auto shapes = make_plugins();
    return shapes;
}

const PluginShape* find_plugin(std::string_view name, Generation generation) {
    for (const auto& shape : plugin_shapes())
        if (shape.name == name &&
            (generation == Generation::none || (shape.from <= generation && generation <= shape.to)))
            return &shape;
    return nullptr;
}

std::string_view plugin_of_key(std::string_view key) {
    std::string_view owner;
    for (const auto& shape : plugin_shapes())
        for (const auto& own : shape.keys.keys)
            if (own.name == key) return shape.name;  // maven-use-wrapper is maven's
    for (const auto& shape : plugin_shapes())
        if (key.size() > shape.name.size() && key.starts_with(shape.name) && key[shape.name.size()] == '-' &&
            shape.name.size() > owner.size())
            owner = shape.name;
    return owner;
}

}  // namespace rockbuild
