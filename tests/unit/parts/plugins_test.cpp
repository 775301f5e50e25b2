// What each plugin does, against spec/parts-lifecycle.md §9: keys in, packages, variables and commands out; and what
// the shell makes of the scripts.
#include "parts/plugins.hpp"

#include "system/file.hpp"
#include "system/process.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

PlacedValue word(const std::string& text) { return {PlacedValue::Kind::scalar, text}; }
PlacedValue words(const std::vector<std::string>& texts) {
    PlacedValue list{PlacedValue::Kind::list};
    for (const auto& text : texts) list.items.push_back(word(text));
    return list;
}

Part part(const std::string& plugin, std::vector<PlacedPair> properties = {}) {
    Part part;
    part.name = "app";
    part.plugin.value = plugin;
    part.properties = std::move(properties);
    return part;
}

PluginBuild of(const Part& part, bool bare = false) {
    auto build = plugin_build({part, bare});
    REQUIRE(build);
    REQUIRE(*build);
    return **build;
}

bool has(const PluginBuild& build, const std::string& text) {
    UNSCOPED_INFO(build.commands);
    return build.commands.find(text) != std::string::npos;
}

std::string variable(const PluginBuild& build, const std::string& name) {
    for (const auto& [key, value] : build.environment)
        if (key == name) return value;
    return "(unset)";
}

bool bash_understands(const PluginBuild& build) {
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "plugins-");
    REQUIRE(write_file(folder.path() / "script", plugin_script(build)));
    const auto done = HostProcesses().run(
        {{"/bin/bash", "-n", (folder.path() / "script").native()}, {{"PATH", "/usr/bin:/bin"}}}, {});
    REQUIRE(done);
    UNSCOPED_INFO(done->error);
    return done->code == 0;
}

}  // namespace

TEST_CASE("nil and dump run nothing, the others do") {
    for (const auto* name : {"nil", "dump"}) {
        CHECK(builds_plugin(name));
        CHECK_FALSE(plugin_build({part(name)})->has_value());
    }
    for (const auto* name : {"go", "python", "npm", "maven", "gradle", "jlink"}) {
        INFO(name);
        CHECK(builds_plugin(name));
        CHECK(bash_understands(of(part(name))));
        CHECK(bash_understands(of(part(name), true)));
    }
    CHECK_FALSE(builds_plugin("cmake"));
}

TEST_CASE("go downloads, generates and installs with tags") {
    const auto plain = of(part("go"));
    CHECK(plain.commands == "go mod download all\ngo install -p \"${CRAFT_PARALLEL_BUILD_COUNT}\" ./...\n");
    CHECK(variable(plain, "GOBIN") == "${CRAFT_PART_INSTALL}/bin");
    CHECK(plain.build_packages.empty());
    const auto full = of(part("go", {{"go-buildtags", words({"a", "b"})}, {"go-generate", words({"./x", "-v ./y"})}}));
    CHECK(full.commands ==
          "go mod download all\ngo generate ./x\ngo generate -v ./y\n"
          "go install -p \"${CRAFT_PARALLEL_BUILD_COUNT}\" -tags=a,b ./...\n");
}

TEST_CASE("python makes an environment, installs, and leaves the interpreter to the part") {
    const auto plain = of(part("python"));
    CHECK(plain.build_packages == std::vector<std::string>{"findutils", "python3-dev", "python3-venv"});
    CHECK(variable(plain, "PATH") == "${CRAFT_PART_INSTALL}/bin:${PATH}");
    CHECK(variable(plain, "PARTS_PYTHON_INTERPRETER") == "python3");
    CHECK(variable(plain, "PARTS_PYTHON_VENV_ARGS").empty());
    CHECK(has(plain, "-m venv ${PARTS_PYTHON_VENV_ARGS} \"${CRAFT_PART_INSTALL}\"\n"));
    CHECK(has(plain, "/bin/pip\" install -U pip setuptools wheel\n"));
    CHECK(has(plain,
              "if [ -f setup.py ] || [ -f pyproject.toml ]; then \"${CRAFT_PART_INSTALL}/bin/pip\" install -U .; fi"));
    CHECK(has(plain, "#!/bin/${PARTS_PYTHON_INTERPRETER}"));
    CHECK(has(plain, "sitecustomize.py"));
    CHECK(has(plain, "pyvenv.cfg"));
    CHECK(has(plain, "unchecked-hash"));
    const auto full = of(part("python", {{"python-constraints", words({"c.txt"})},
                                         {"python-requirements", words({"r.txt", "s.txt"})},
                                         {"python-packages", words({"gunicorn~=23.0", "it's here.whl"})}}));
    CHECK(has(full, "install -c c.txt -U 'gunicorn~=23.0' 'it'\\''s here.whl'\n"));
    CHECK(has(full, "install -c c.txt -U -r r.txt -r s.txt\n"));
    const auto none = of(part("python", {{"python-packages", words({})}}));
    CHECK_FALSE(has(none, "-U pip"));
}

TEST_CASE("python keeps links to the interpreter on bare, where no base has one in /bin") {
    CHECK_FALSE(has(of(part("python")), "ln -s"));
    CHECK(has(of(part("python"), true), "ln -s \"../usr/bin/${version}\""));
}

TEST_CASE("python takes no path for the interpreter, which must come from a part") {
    auto app = part("python");
    app.span = {"rockcraft.yaml", {9, 3}, {9, 6}};
    app.build_environment = {{"PARTS_PYTHON_INTERPRETER", "/usr/bin/python3"}};
    const auto refused = plugin_build({app});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1061");
    CHECK(refused.error().span->begin.line == 9u);
    app.build_environment = {{"PARTS_PYTHON_INTERPRETER", "python3.11"}};
    CHECK(plugin_build({app}));
}

TEST_CASE("npm installs what it packs, or links to it where it can") {
    const auto plain = of(part("npm"));
    CHECK(plain.build_packages == std::vector<std::string>{"gcc"});
    CHECK(variable(plain, "NODE_ENV") == "production");
    CHECK(variable(plain, "PATH") == "(unset)");
    CHECK(has(plain, "npm install -g --prefix \"${CRAFT_PART_INSTALL}\" --install-links \"${PWD}\""));
    CHECK(has(plain, "$(npm pack . | tail -n 1)"));
    REQUIRE(plain.needs.size() == 1);
    CHECK(plain.needs[0].name == "npm");
}

TEST_CASE("npm brings the Node that is asked for") {
    const auto with = [](const std::string& version) {
        return part("npm", {{"npm-include-node", word("true")}, {"npm-node-version", word(version)}});
    };
    const auto build = of(with("20.12"));
    CHECK(has(build, "\"node-linux-${machine}\"@20.12\n"));
    CHECK(variable(build, "PATH") == "${CRAFT_PART_INSTALL}/bin:${PATH}");
    CHECK(bash_understands(build));
    CHECK(has(of(with("lts/iron")), "@20\n"));
    CHECK(has(of(with("lts/jod")), "@22\n"));
    CHECK(has(of(with("node")), "@latest\n"));
    for (const auto* wrong : {"lts/tin", "20.", "x", "20; id"}) {
        const auto refused = plugin_build({with(wrong)});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "RB1061");
    }
}

TEST_CASE("maven packages with the user's parameters, by its own program or the wrapper") {
    const auto plain = of(part("maven", {{"maven-parameters", words({"-DskipTests", "-P x"})}}));
    CHECK(has(plain, "\nmvn package \"${options[@]}\" -DskipTests -P x\n"));
    CHECK(has(plain, "project.build.outputTimestamp"));
    CHECK(has(plain, "\"${CRAFT_PART_INSTALL}/jar/\""));
    CHECK(variable(plain, "JAVA_HOME").find("javac") != std::string::npos);
    CHECK(plain.needs[0].name == "mvn");
    const auto wrapped = of(part("maven", {{"maven-use-wrapper", word("yes")}}));
    CHECK(has(wrapped, "\n./mvnw package \"${options[@]}\"\n"));
    CHECK(wrapped.needs[0].name == "javac");
}

TEST_CASE("gradle runs a task with init script, parameters and no daemon unless asked for") {
    const auto plain = of(part("gradle"));
    CHECK(has(plain, "\"${program}\" build \"${scripts[@]}\" --no-daemon\n"));
    CHECK(variable(plain, "GRADLE_USER_HOME") == "${CRAFT_PART_BUILD}/.gradle");
    const auto full = of(part("gradle", {{"gradle-task", word("bootJar")},
                                         {"gradle-init-script", word("my init.gradle")},
                                         {"gradle-parameters", words({"-Pa=b c"})},
                                         {"gradle-use-daemon", word("true")}}));
    CHECK(has(full, "bootJar \"${scripts[@]}\" --init-script 'my init.gradle' '-Pa=b c'\n"));
}

TEST_CASE("jlink finds modules by the jars in stage, or takes those that are named") {
    const auto plain = of(part("jlink"));
    CHECK(has(plain, "find \"${CRAFT_STAGE}\" -type f -name '*.jar'"));
    CHECK(has(plain, "--multi-release base"));
    CHECK(has(plain, "--no-header-files --no-man-pages --strip-debug --add-modules \"${modules}\""));
    CHECK(has(plain, "usr/lib/jvm/java-${version}-openjdk-${CRAFT_ARCH_BUILD_FOR}"));
    const auto some = of(part("jlink", {{"jlink-jars", words({"app/a b.jar"})},
                                        {"jlink-extra-modules", words({"jdk.crypto.ec", "java.sql"})},
                                        {"jlink-multi-release", word("17")}}));
    CHECK(has(some, "jars=( \"${CRAFT_STAGE}\"/'app/a b.jar')"));
    CHECK(has(some, "--add-modules \"${modules},jdk.crypto.ec,java.sql\""));
    CHECK(has(some, "--multi-release 17"));
    const auto named = of(part("jlink", {{"jlink-modules", words({"java.base", "java.logging"})}}));
    CHECK(has(named, "modules=java.base,java.logging\n"));
    CHECK_FALSE(has(named, "jdeps"));
}

TEST_CASE("a program that is missing ends the script before any command") {
    auto build = of(part("go"));
    build.needs = {{"no-such-program-here", "add it"}};
    build.commands = "echo never\n";
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "plugins-");
    REQUIRE(write_file(folder.path() / "script", plugin_script(build)));
    const auto done = HostProcesses().run(
        {{"/bin/bash", (folder.path() / "script").native()}, {{"PATH", "/usr/bin:/bin"}, {"CRAFT_PART_BUILD_WORK", "/"}}},
        {});
    REQUIRE(done);
    CHECK(done->code == 127);
    CHECK(done->output == "\x1erockbuild-missing no-such-program-here\n");
}
