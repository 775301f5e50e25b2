// What each plugin does, against spec/parts-lifecycle.md §9: keys in, packages, variables and commands out; and what
// the shell makes of the scripts.
#include "parts/plugins.hpp"

#include "system/file.hpp"
#include "system/process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

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

bool contains(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    return std::ranges::all_of(some, [&](const auto& name) { return std::ranges::find(all, name) != all.end(); });
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
    for (const auto* name :
         {"autotools", "cmake", "go", "python", "npm", "make", "maven", "meson", "gradle", "jlink"}) {
        INFO(name);
        CHECK(builds_plugin(name));
        CHECK(bash_understands(of(part(name))));
        CHECK(bash_understands(of(part(name), true)));
    }
    CHECK_FALSE(builds_plugin("qmake"));
}

TEST_CASE("make builds and installs with the parameters as they stand") {
    const auto plain = of(part("make"));
    CHECK(plain.commands ==
          "make -j\"${CRAFT_PARALLEL_BUILD_COUNT}\"\n"
          "make -j\"${CRAFT_PARALLEL_BUILD_COUNT}\" install DESTDIR=\"${CRAFT_PART_INSTALL}\"\n");
    CHECK(contains(plain.build_packages, {"gcc", "make"}));
    CHECK_FALSE(plain.out_of_source);
    const auto full = of(part("make", {{"make-parameters", words({"-C sub", "CC='ccache gcc'"})}}));
    CHECK(full.commands ==
          "make -j\"${CRAFT_PARALLEL_BUILD_COUNT}\" -C sub CC='ccache gcc'\n"
          "make -j\"${CRAFT_PARALLEL_BUILD_COUNT}\" install -C sub CC='ccache gcc' "
          "DESTDIR=\"${CRAFT_PART_INSTALL}\"\n");
}

TEST_CASE("autotools makes a configure where there is none, by autogen.sh, bootstrap, autoreconf") {
    auto app = part("autotools", {{"autotools-configure-parameters", words({"--prefix=/usr", "CFLAGS='-O1 -g'"})},
                                  {"autotools-bootstrap-parameters", words({"--skip-po"})}});
    const auto build = of(app);
    CHECK(contains(build.build_packages, {"autoconf", "automake", "autopoint", "gcc", "libtool"}));
    CHECK(has(build,
              "\n./configure --prefix=/usr CFLAGS='-O1 -g'\nmake -j\"${CRAFT_PARALLEL_BUILD_COUNT}\"\n"
              "make install DESTDIR=\"${CRAFT_PART_INSTALL}\"\n"));
    app.disable_parallel = PlacedText{"true", {}};
    CHECK(has(of(app), "CFLAGS='-O1 -g'\nmake\nmake install DESTDIR="));

    // What a source has decides; each stand-in says its name and, if it is to, makes a configure.
    const auto steps = [&](const std::vector<std::pair<std::string, std::string>>& files) {
        const auto folder = *TempFolder::make(fs::temp_directory_path(), "plugins-");
        const auto program = [&](const std::string& path, const std::string& text) {
            REQUIRE(make_folders((folder.path() / path).parent_path()));
            REQUIRE(
                write_file(folder.path() / path, "#!/bin/sh\necho \"${0##*/}${NOCONFIGURE:+ quiet}\" \"$@\"\n" + text));
            fs::permissions(folder.path() / path, fs::perms(0755));
        };
        const std::string makes = "printf '#!/bin/sh\\necho configure\\n' >configure; chmod +x configure\n";
        program("tools/autoreconf", makes);
        program("tools/make", "");
        for (const auto& [name, text] : files) program("build/" + name, text == "makes" ? makes : text);
        REQUIRE(make_folders(folder.path() / "build"));
        REQUIRE(write_file(folder.path() / "script", plugin_script(of(app))));
        const auto done = HostProcesses().run({{"/bin/bash", (folder.path() / "script").native()},
                                               {{"PATH", (folder.path() / "tools").native() + ":/usr/bin:/bin"},
                                                {"CRAFT_PART_INSTALL", "/i"},
                                                {"CRAFT_PART_BUILD_WORK", (folder.path() / "build").native()}}},
                                              {});
        REQUIRE(done);
        CHECK(done->code == 0);
        return done->output;
    };
    const std::string end = "make\nmake install DESTDIR=/i\n";
    CHECK(steps({{"configure", ""}, {"autogen.sh", "makes"}}).starts_with("configure --prefix=/usr"));
    CHECK(steps({{"autogen.sh", "makes"}, {"bootstrap", "makes"}}) == "autogen.sh quiet\nconfigure\n" + end);
    CHECK(steps({{"autogen.sh", ""}, {"bootstrap", "makes"}}) ==
          "autogen.sh quiet\nbootstrap quiet --skip-po\nconfigure\n" + end);
    CHECK(steps({}) == "autoreconf --install\nconfigure\n" + end);
}

TEST_CASE("cmake builds outside of the source, with a generator and what was staged") {
    const auto plain = of(part("cmake"));
    CHECK(plain.out_of_source);
    CHECK(plain.commands ==
          "cmake \"${CRAFT_PART_SRC_WORK}\" -G \"Unix Makefiles\"\n"
          "cmake --build . -- -j\"${CRAFT_PARALLEL_BUILD_COUNT}\"\n"
          "DESTDIR=\"${CRAFT_PART_INSTALL}\" cmake --build . --target install\n");
    CHECK(variable(plain, "CMAKE_PREFIX_PATH") == "${CRAFT_STAGE}");
    CHECK(contains(plain.build_packages, {"gcc", "cmake"}));
    CHECK_FALSE(contains(plain.build_packages, {"ninja-build"}));
    const auto full = of(part("cmake", {{"cmake-generator", word("Ninja")},
                                        {"cmake-parameters", words({"-DCMAKE_BUILD_TYPE=Release", "-DX='a b'"})}}));
    CHECK(has(full, "-G \"Ninja\" -DCMAKE_BUILD_TYPE=Release -DX='a b'\n"));
    CHECK(contains(full.build_packages, {"gcc", "cmake", "ninja-build"}));
}

TEST_CASE("meson builds outside of the source; each parameter is one word") {
    const auto plain = of(part("meson"));
    CHECK(plain.out_of_source);
    CHECK(plain.commands ==
          "meson setup \"${CRAFT_PART_SRC_WORK}\"\nninja -j\"${CRAFT_PARALLEL_BUILD_COUNT}\"\n"
          "DESTDIR=\"${CRAFT_PART_INSTALL}\" ninja install\n");
    REQUIRE(plain.needs.size() == 2);
    CHECK(plain.needs[0].name == "meson");
    CHECK(plain.needs[1].name == "ninja");
    const auto full = of(part("meson", {{"meson-parameters", words({"--prefix=/usr", "-Dmotto=two words"})}}));
    CHECK(has(full, "meson setup \"${CRAFT_PART_SRC_WORK}\" '--prefix=/usr' '-Dmotto=two words'\n"));
}

TEST_CASE("a self-contained part asks no registry") {
    for (const auto* name : {"npm", "maven", "gradle"}) {
        INFO(name);
        auto app = part(name);
        CHECK_FALSE(of(app).self_contained);
        app.build_attributes = {{"self-contained", {}}};
        const auto build = of(app);
        CHECK(build.self_contained);
        CHECK(bash_understands(build));
    }
    auto app = part("npm");
    app.build_attributes = {{"self-contained", {}}};
    CHECK(variable(of(app), "npm_config_registry") == "https://localhost:1");
    CHECK(has(of(app), "npm install --offline -g --prefix \"${CRAFT_PART_INSTALL}\""));
    app.properties = {{"npm-include-node", word("true")}, {"npm-node-version", word("20")}};
    const auto refused = plugin_build({app});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1061");
    app = part("maven");
    app.build_attributes = {{"self-contained", {}}};
    CHECK(has(of(app), "<mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url>"));
    CHECK_FALSE(has(of(app), "--global-settings"));
    app = part("gradle");
    app.build_attributes = {{"self-contained", {}}};
    CHECK(has(of(app), " --offline --no-daemon\n"));
}

TEST_CASE("artifacts that a build installed are no longer in Maven's cache when the next one begins") {
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "plugins-");
    const auto artifact = [&](const std::string& name, const std::string& from) {
        REQUIRE(make_folders(folder.path() / "com" / name / "1"));
        REQUIRE(write_file(folder.path() / "com" / name / "1/_remote.repositories",
                           "#NOTE\n" + name + "-1.jar>" + from + "=\n" + name + "-1.pom>" + from + "=\n"));
    };
    artifact("fetched", "central");
    artifact("installed here", "");
    auto commands = of(part("maven")).commands;
    const auto begin = commands.find("{ grep -rlZ");
    auto line = commands.substr(begin, commands.find('\n', begin) - begin);
    const std::string place = "/run/rockbuild/caches/maven";
    REQUIRE(line.find(place) != std::string::npos);
    line.replace(line.find(place), place.size(), folder.path().native());
    REQUIRE(HostProcesses().run({{"/bin/bash", "-euc", line}, {{"PATH", "/usr/bin:/bin"}}}, {})->code == 0);
    CHECK(fs::exists(folder.path() / "com/fetched/1/_remote.repositories"));
    CHECK_FALSE(fs::exists(folder.path() / "com/installed here/1"));
    fs::remove_all(folder.path() / "com");
    const auto nothing =
        HostProcesses().run({{"/bin/bash", "-c", "set -euo pipefail; " + line}, {{"PATH", "/usr/bin:/bin"}}}, {});
    CHECK(nothing->code == 0);
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
    const auto done = HostProcesses().run({{"/bin/bash", (folder.path() / "script").native()},
                                           {{"PATH", "/usr/bin:/bin"}, {"CRAFT_PART_BUILD_WORK", "/"}}},
                                          {});
    REQUIRE(done);
    CHECK(done->code == 127);
    CHECK(done->output == "\x1erockbuild-missing no-such-program-here\n");
}
