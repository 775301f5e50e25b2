// What steps work with, on fakes (fakes/lifecycle_scene.hpp): values that scripts set, plugins, toolchains, caches.
#include "parts/lifecycle.hpp"

#include "fakes/lifecycle_scene.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

std::map<std::string, Prediction> predictions(const Result<WalkResult>& result) {
    std::map<std::string, Prediction> found;
    REQUIRE(result);
    for (const auto& step : result->steps) found[step.id()] = step.prediction;
    return found;
}

}  // namespace

TEST_CASE("what a script sets is part of its step's result, and later scripts see it") {
    Scene scene;
    scene.project.version = {};
    scene.project.adopt_info = PlacedText{"tool", {}};
    scene.part("aaa").override_build = script("craftctl default\n");
    scene.part("tool").override_build = script("./configure\n");  // what it calls may set
    scene.part("user").override_build = script("V=$(craftctl get version)\n");
    std::string version = "1.5";
    std::map<std::string, std::size_t> lowers;  // trees of values that each script stood on
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& tree : run.trees)
            if (tree.inside == "/run/rockbuild/values") {
                lowers[run.working_dir] = fs::exists(tree.lowers.at(0) / "version") ? 1 : 0;
                if (run.working_dir.find("/tool/") != std::string::npos)
                    REQUIRE(write_file(tree.upper / "version", version));
                else CHECK(tree.upper.empty());
            }
        return 0;
    };
    const auto before = predictions(scene.plan());
    CHECK(before.at("user:build") == Prediction::maybe);
    auto result = scene.run();
    REQUIRE(result);
    CHECK(result->primed->values == std::map<std::string, std::string>{{"version", "1.5"}});
    CHECK(lowers == std::map<std::string, std::size_t>{{"/root/parts/tool/build", 0}, {"/root/parts/user/build", 1}});
    CHECK(scene.sandbox.runs == 3);

    result = scene.run();
    REQUIRE(result);
    CHECK(result->primed->values.at("version") == "1.5");  // a step that doesn't run gives its values back
    CHECK(scene.sandbox.runs == 3);

    version = "1.6";
    scene.project.parts[1].override_build = script("./configure --new\n");
    REQUIRE(scene.run());
    CHECK(scene.sandbox.runs == 5);  // the one that asks runs again, the one that only takes the default doesn't
}

TEST_CASE("what the file says is input of the scripts that ask for it, and of no others") {
    Scene scene;
    scene.project.summary.value = "one";
    scene.part("asks").override_build = script("craftctl get summary\n");
    scene.part("not").override_build = script("craftctl default\n");
    REQUIRE(scene.run());
    scene.project.summary.value = "two";
    const auto found = predictions(scene.plan());
    CHECK(found.at("asks:build") == Prediction::miss);
    CHECK(found.at("not:build") == Prediction::hit);
}

TEST_CASE("source-subdir is where a plugin works; other scripts find it in their variables") {
    Scene scene;
    scene.write("app/server/go.mod", "module app");
    auto& app = scene.part("app", "go");
    app.source = PlacedText{"app", {}};
    app.source_subdir = PlacedText{"server", {"rockcraft.yaml", {4, 3}, {4, 9}}};
    std::map<std::string, std::string> files;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& file : run.files) files[file.inside] = file.content;
        return 0;
    };
    scene.primed();
    CHECK(files.at("/run/rockbuild/plugin").find("cd \"$CRAFT_PART_BUILD_WORK\"") != std::string::npos);
    std::string all;
    for (const auto& [path, content] : files) all += content;
    CHECK(all.find("CRAFT_PART_BUILD_WORK=\"/root/parts/app/build/server\"") != std::string::npos);
    CHECK(all.find("CRAFT_PART_SRC_WORK=\"/root/parts/app/src/server\"") != std::string::npos);
    CHECK(all.find("CRAFT_PART_SRC=\"/root/parts/app/src\"") != std::string::npos);
    scene.project.parts.back().source_subdir->value = "client";
    const auto none = scene.run();
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "RB1082");
    CHECK(none.error().span->begin.line == 4);
}

TEST_CASE("dump takes the folder that source-subdir names, and runs again when it names another") {
    Scene scene;
    scene.write("site/a/x", "x");
    scene.write("site/b/y", "y");
    scene.dump("site", "site").source_subdir = PlacedText{"a", {}};
    CHECK(scene.primed().find("x") != nullptr);
    scene.project.parts.back().source_subdir->value = "b";
    CHECK(predictions(scene.plan()).at("site:build") == Prediction::miss);
    CHECK(predictions(scene.plan()).at("site:pull") == Prediction::hit);
    const auto tree = scene.primed();
    CHECK(tree.find("y") != nullptr);
    CHECK(tree.find("x") == nullptr);
}

TEST_CASE("a plugin's commands are run by craftctl, with its variables before the part's own") {
    Scene scene;
    scene.write("app/go.mod", "module app");
    auto& app = scene.part("app", "go");
    app.source = PlacedText{"app", {}};
    app.build_environment = {{"GOFLAGS", "-mod=mod"}};
    std::map<std::string, std::string> files;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& file : run.files) files[file.inside] = file.content;
        REQUIRE(make_folders(upper_of(run, "/root/parts/app/install") / "bin"));
        REQUIRE(write_file(upper_of(run, "/root/parts/app/install") / "bin/app", "program"));
        REQUIRE(write_file(upper_of(run, "/run/rockbuild/caches") / "module", "fetched"));
        return 0;
    };
    const auto tree = scene.primed();
    CHECK(tree.find("bin/app") != nullptr);
    CHECK(tree.find("module") == nullptr);
    CHECK(files.at("/run/rockbuild/script") == "craftctl default\n");
    CHECK(files.at("/run/rockbuild/plugin").find("go install ") != std::string::npos);
    CHECK(files.at("/run/rockbuild/bin/craftctl").find("/bin/bash '/run/rockbuild/plugin'") != std::string::npos);
    const auto& driver = files.at("/run/rockbuild/driver");
    CHECK(driver.find("GOFLAGS=\"-trimpath") < driver.find("GOFLAGS=\"-mod=mod\""));
    CHECK(scene.sandbox.runs == 1);
    REQUIRE(scene.run());
    CHECK(scene.sandbox.runs == 1);
}

TEST_CASE("a plugin's keys, its source and the toolchain are in the key of the build") {
    Scene scene;
    scene.write("app/go.mod", "module app");
    auto& app = scene.part("app", "go");
    app.source = PlacedText{"app", {}};
    app.build_snaps = {{"go/1", {}}};
    REQUIRE(scene.run());
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::hit);
    app.properties = {{"go-buildtags", {PlacedValue::Kind::list, "", {{PlacedValue::Kind::scalar, "tag"}}}}};
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::miss);
    app.properties.clear();
    app.build_snaps = {{"go/2", {}}};
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::miss);
    app.build_snaps = {{"go/1", {}}};
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::hit);
    scene.write("app/main.go", "package main");
    CHECK(predictions(scene.plan()).at("app:pull") == Prediction::miss);
}

TEST_CASE("the toolchain is mounted for every script of the project, at its own place") {
    Scene scene;
    scene.part("aaa").override_build = script("go version\n");
    scene.part("bbb").build_snaps = {{"go", {}}};
    bool mounted = false;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& tree : run.trees) mounted = mounted || (tree.inside == "/opt/go" && tree.upper.empty());
        CHECK(run.environment.at("GOTOOLCHAIN") == "local");
        CHECK(run.environment.at("PATH").find("/opt/go/bin:") != std::string::npos);
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(mounted);
}

TEST_CASE("toolchains that can't be had, or not together, are told at their place") {
    Scene scene;
    scene.part("aaa").build_snaps = {{"go/9", {"rockcraft.yaml", {7, 24}, {7, 29}}}};
    auto result = scene.plan();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB0907");
    CHECK(result.error().span->begin.line == 7u);
    scene.project.parts[0].build_snaps = {{"go/1", {"rockcraft.yaml", {7, 24}, {7, 29}}}};
    scene.part("bbb").build_snaps = {{"go/2", {"rockcraft.yaml", {17, 24}, {17, 29}}}};
    result = scene.plan();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB0908");
    CHECK(result.error().span->begin.line == 17u);
    REQUIRE(result.error().notes.size() == 1);
    CHECK(result.error().notes[0].span->begin.line == 7u);
    scene.project.parts[0].build_snaps = {{"node/20", {"rockcraft.yaml", {7, 24}, {7, 29}}}, {"go/2", {}}};
    scene.project.parts[1].build_snaps = {{"node/22/stable", {"rockcraft.yaml", {17, 24}, {17, 29}}}};
    result = scene.plan();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB0910");
    CHECK(result.error().span->begin.line == 17u);
}

TEST_CASE("Node is mounted and in the key as Go is, beside it") {
    Scene scene;
    auto& app = scene.part("app");
    app.override_build = script("node --version\n");
    app.build_snaps = {{"node/20/stable", {}}, {"go/1", {}}};
    scene.sandbox.act = [&](const SandboxRun& run) {
        int mounted = 0;
        for (const auto& tree : run.trees) mounted += tree.inside == "/opt/go" || tree.inside == "/opt/node";
        CHECK(mounted == 2);
        CHECK(run.environment.at("PATH").find("/opt/node/bin:") != std::string::npos);
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::hit);
    app.build_snaps = {{"node/22/stable", {}}, {"go/1", {}}};
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::miss);
}

TEST_CASE("a plugin that builds outside of the source begins in an empty folder") {
    Scene scene;
    scene.archive.answer = Resolution();
    scene.write("app/CMakeLists.txt", "project(app)");
    for (const auto* plugin : {"cmake", "make"}) {
        scene.project.parts.clear();
        auto& app = scene.part("app", plugin);
        app.source = PlacedText{"app", {}};
        bool seen = false;
        scene.sandbox.act = [&](const SandboxRun& run) {
            for (const auto& tree : run.trees)
                if (tree.inside == "/root/parts/app/build" || tree.inside == "/root/parts/app/src")
                    seen = fs::exists(tree.lowers.front() / "CMakeLists.txt") ==
                               (tree.inside.ends_with("src") || plugin == std::string("make")) &&
                           (seen || tree.inside.ends_with("src"));
            return 0;
        };
        REQUIRE(scene.run());
        CHECK(seen);
    }
}

TEST_CASE("caches stay between steps, of what may be shared, and are in no key and no output") {
    Scene scene;
    scene.part("app").override_build = script("cargo build; go build\n");
    std::map<std::string, fs::path> first;
    int left = 0;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& cache : run.caches) {
            if (fs::exists(cache.folder / "left")) ++left;
            first[cache.inside] = cache.folder;
            REQUIRE(write_file(cache.folder / "left", "x"));
        }
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(left == 0);
    for (const auto* place : {"/run/rockbuild/caches/go-mod", "/run/rockbuild/caches/go-build",
                              "/run/rockbuild/caches/pip/http", "/run/rockbuild/caches/npm/_cacache",
                              "/run/rockbuild/caches/ccache", "/root/.cargo/registry", "/root/.cargo/git"})
        CHECK(first.contains(place));
    CHECK_FALSE(first.contains("/run/rockbuild/caches/maven"));
    CHECK(predictions(scene.plan()).at("app:build") == Prediction::hit);

    scene.project.parts[0].override_build = script("cargo build; go build; true\n");
    REQUIRE(scene.run());
    CHECK(left == int(first.size()));

    // Go doesn't know what a C library of the environment holds: another one has compiled packages of its own.
    left = 0;
    scene.project.parts[0].build_snaps = {{"go/2", {}}};
    REQUIRE(scene.run());
    CHECK(left == int(first.size()) - 1);

    // Who empties a cache, or may, has none.
    left = 0;
    scene.project.parts[0].override_build = script("go clean -modcache; rm -r ~/.cargo\n");
    REQUIRE(scene.run());
    CHECK(left == int(first.size()) - 4);
    REQUIRE(scene.checkouts.remove_caches([] { FAIL("nobody works there"); }));
    CHECK_FALSE(fs::exists(scene.folder.path() / "store/caches"));
}

TEST_CASE("a cache that is lent already is not waited for: the step has one of its own, which goes") {
    Scene scene;
    const auto caches = scene.checkouts.caches().value();
    scene.part("app").override_build = script("cargo build\n");
    fs::path registry;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& cache : run.caches)
            if (cache.inside == "/root/.cargo/registry") registry = cache.folder;
        return 0;
    };
    {
        const auto lent = FileLock::try_acquire(caches / "cargo.lock", FileLock::Kind::exclusive).value();
        REQUIRE(lent);
        REQUIRE(scene.run());
        CHECK(registry.native().starts_with((caches / "own-").native()));
        CHECK_FALSE(fs::exists(registry));
    }
    scene.project.parts[0].override_build = script("cargo build --release\n");
    REQUIRE(scene.run());
    CHECK(registry == caches / "cargo/registry");
}

TEST_CASE("a self-contained part is built without a network and without caches") {
    Scene scene;
    scene.archive.answer = Resolution();
    scene.write("app/package.json", "{}");
    auto& app = scene.part("app", "npm");
    app.source = PlacedText{"app", {}};
    app.build_attributes = {{"self-contained", {}}};
    scene.sandbox.act = [](const SandboxRun& run) {
        CHECK(run.network == Network::none);
        CHECK(run.caches.empty());
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(scene.sandbox.runs == 1);
}

TEST_CASE("enable-usrmerge makes /bin and the like links, by default on new build bases alone") {
    Scene scene;
    scene.write("site/bin/tool", "tool");
    auto& site = scene.dump("site", "site");
    CHECK(scene.primed().find("bin/tool") != nullptr);
    site.build_attributes = {{"enable-usrmerge", {}}};
    const auto tree = scene.primed();
    CHECK(tree.find("usr/bin/tool") != nullptr);
    REQUIRE(tree.find("bin") != nullptr);
    CHECK(tree.find("bin")->target == "usr/bin");
    CHECK(tree.find("sbin")->target == "usr/sbin");
    CHECK(tree.find("usr/lib64") != nullptr);
    site.build_attributes.push_back({"disable-usrmerge", {}});
    CHECK(scene.primed().find("bin")->type == EntryType::folder);
}

TEST_CASE("a plugin that fails is told as such, at the part's plugin, with the log's end") {
    Scene scene;
    scene.write("app/go.mod", "module app");
    auto& app = scene.part("app", "go");
    app.source = PlacedText{"app", {}};
    app.plugin.span = {"rockcraft.yaml", {12, 13}, {12, 15}};
    scene.sandbox.act = [](const SandboxRun& run) {
        run.on_output("main.go:3: no");
        run.on_output("\x1erockbuild-failed 1");
        return 1;
    };
    auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1050");
    CHECK(result.error().message == "the plugin 'go' of part 'app' ended with code 1");
    CHECK(result.error().span->begin.line == 12u);
    CHECK(result.error().label.empty());
    CHECK(result.error().excerpt == std::vector<std::string>{"main.go:3: no"});

    scene.sandbox.act = [](const SandboxRun& run) {
        run.on_output("\x1erockbuild-missing go");
        return 127;
    };
    result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1060");
    CHECK(result.error().message.find("'go'") != std::string::npos);
    CHECK(result.error().hint.find("build-snaps: [go]") != std::string::npos);
}
