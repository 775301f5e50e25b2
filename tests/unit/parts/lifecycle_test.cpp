// The lifecycle on fakes (fakes/lifecycle_scene.hpp). What is asserted: which steps run, what a second walk does, what
// plan says beforehand.
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

TEST_CASE("a rock of dumps needs no sandbox, no archive and holds Pebble") {
    Scene scene;
    scene.write("site/index.html", "hello");
    scene.dump("site", "site").organize = {{{"*", {}}, {"srv/www/", {}}}};
    const auto tree = scene.primed();
    REQUIRE(tree.find("srv/www/index.html") != nullptr);
    CHECK(tree.find("srv/www/index.html")->mtime == default_time);
    CHECK(tree.find("usr/bin/pebble")->mode == 0755u);
    CHECK(tree.find("var/lib/pebble/default")->mode == 01777u);
    CHECK(scene.sandbox.runs == 0);
    CHECK(scene.archive.resolved == 0);
}

TEST_CASE("plan says what will run, the run does it, and then nothing is left") {
    Scene scene;
    scene.write("site/a", "1");
    scene.dump("site", "site");
    const auto before = predictions(scene.plan());
    CHECK(before.at("site:pull") == Prediction::miss);
    CHECK(before.at("site:build") == Prediction::miss);
    CHECK(before.at("site:stage") == Prediction::maybe);
    CHECK(before.at("pebble:build") == Prediction::miss);
    REQUIRE(scene.run());
    for (const auto& [id, prediction] : predictions(scene.plan())) {
        INFO(id);
        CHECK(prediction == Prediction::hit);
    }
    const auto again = scene.run();
    for (const auto& [id, prediction] : predictions(again)) {
        INFO(id);
        CHECK(prediction == Prediction::hit);
    }
}

TEST_CASE("a changed file reruns its part only, and the plan names the input") {
    Scene scene;
    scene.write("one/a", "1");
    scene.write("two/b", "1");
    scene.dump("one", "one");
    scene.dump("two", "two");
    REQUIRE(scene.run());
    scene.write("two/b", "2");
    const auto plan = scene.plan();
    const auto found = predictions(plan);
    CHECK(found.at("one:build") == Prediction::hit);
    CHECK(found.at("two:pull") == Prediction::miss);
    for (const auto& step : plan->steps)
        if (step.id() == "two:pull") {
            REQUIRE(step.reasons.size() == 1);
            CHECK(step.reasons[0].input == "source");
            CHECK(step.reasons[0].before != step.reasons[0].after);
        }
    CHECK(scene.primed().find("b")->digest == sha256("2"));
}

TEST_CASE("a build script's writes to install are the part's, elsewhere the environment's") {
    Scene scene;
    scene.part("tool").override_build = script("make-things\n");
    scene.sandbox.act = [](const SandboxRun& run) {
        REQUIRE(write_file(upper_of(run, "/root/parts/tool/install") / "made", "thing"));
        REQUIRE(make_folders(upper_of(run, "/") / "opt"));
        REQUIRE(write_file(upper_of(run, "/") / "opt/side", "effect"));
        return 0;
    };
    const auto tree = scene.primed();
    CHECK(tree.find("made")->mtime == default_time);
    CHECK(tree.find("opt/side") == nullptr);
    CHECK(scene.sandbox.runs == 1);
    REQUIRE(scene.run());
    CHECK(scene.sandbox.runs == 1);
}

TEST_CASE("scripts that come later see what earlier ones wrote to the environment") {
    Scene scene;
    scene.part("lib").override_build = script("install-tool\n");
    auto& app = scene.part("app");
    app.after = {{"lib", {}}};
    app.override_build = script("use-tool\n");
    std::map<std::string, std::size_t> lowers;
    scene.sandbox.act = [&](const SandboxRun& run) {
        lowers[run.working_dir] = run.trees.front().lowers.size();
        if (run.working_dir.find("/lib/") != std::string::npos) REQUIRE(write_file(upper_of(run, "/") / "tool", "x"));
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(lowers.at("/root/parts/lib/build") == 1);
    CHECK(lowers.at("/root/parts/app/build") == 2);
}

TEST_CASE("an overlay script's layer reaches the image as a delta of the base") {
    Scene scene;
    scene.part("user").overlay_script = script("useradd\n");
    scene.sandbox.act = [](const SandboxRun& run) {
        const auto upper = upper_of(run, "/root/overlay");
        REQUIRE(make_folders(upper / "etc"));
        REQUIRE(write_file(upper / "etc/passwd", "nginx"));
        return 0;
    };
    const auto tree = scene.primed();
    CHECK(tree.find("etc/passwd")->digest == sha256("nginx"));
    CHECK(tree.find("etc/base") == nullptr);  // the base's own files stay in the base's layer
}

TEST_CASE("override-prime works in the tree as it stands and may touch other parts' files") {
    Scene scene;
    scene.write("site/a", "1");
    scene.dump("aaa", "site");
    scene.part("zzz").override_prime = script("chmod\n");
    scene.sandbox.act = [](const SandboxRun& run) {
        REQUIRE(write_file(upper_of(run, "/root/prime") / "a", "patched"));
        return 0;
    };
    CHECK(scene.primed().find("a")->digest == sha256("patched"));
}

TEST_CASE("a failing script names part, step, line and log, and what was done stays done") {
    Scene scene;
    scene.write("site/a", "1");
    scene.dump("site", "site");
    scene.part("tool").override_build = script("one\ntwo\nthree\n", 41);
    scene.project.parts.back().after = {{"site", {}}};
    scene.sandbox.act = [](const SandboxRun& run) {
        run.on_output("some words");
        run.on_output("\x1erockbuild-failed 2");
        return 3;
    };
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    const auto& error = result.error();
    CHECK(error.code == "RB1050");
    CHECK(error.message.find("'tool'") != std::string::npos);
    CHECK(error.span->begin.line == 42u);
    CHECK(error.excerpt == std::vector<std::string>{"some words"});
    CHECK(error.hint.find((scene.folder.path() / "logs").native()) != std::string::npos);
    CHECK(predictions(scene.plan()).at("site:build") == Prediction::hit);
    CHECK(predictions(scene.plan()).at("tool:build") == Prediction::miss);
}

TEST_CASE("an unknown package is told at its place in the file") {
    Scene scene;
    scene.part("web").stage_packages = {{"ngnix", {"rockcraft.yaml", {7, 24}, {7, 29}}}};
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB0810");
    CHECK(result.error().span->begin.line == 7u);
    CHECK(predictions(scene.plan()).at("web:pull") == Prediction::unresolved);
}

TEST_CASE("offline, versions and packages must be known already") {
    Scene scene;
    scene.part("web").stage_packages = {{"nginx", {"rockcraft.yaml", {7, 24}, {7, 29}}}};
    scene.offline = true;
    auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1040");
    CHECK(result.error().span->begin.line == 7u);
    CHECK(scene.archive.resolved == 0);
    // The versions are known after one run with a network; what it would have fetched is not here.
    scene.archive.answer = Resolution{{{"nginx", "1.22", "amd64", sha256("nginx"), 5, "pool/nginx.deb", false}}};
    scene.offline = false;
    REQUIRE_FALSE(scene.run());  // the fake fetches nothing
    CHECK(scene.archive.resolved == 1);
    scene.offline = true;
    result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1042");
    CHECK(result.error().message.find("nginx 1.22") != std::string::npos);
}

TEST_CASE("packages that apt can't install show the log's end") {
    Scene scene;
    auto& app = scene.part("app");
    app.build_packages = {{"make", {}}};
    app.override_build = script("make\n");
    REQUIRE(scene.store->put("a package"));
    scene.archive.answer = Resolution{{{"make", "4.3", "amd64", sha256("a package"), 9, "pool/make.deb", false}}};
    scene.sandbox.act = [](const SandboxRun& run) {
        run.on_output("dpkg: error processing make");
        return 100;
    };
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1041");
    CHECK(result.error().message.find("code 100") != std::string::npos);
    CHECK(result.error().excerpt == std::vector<std::string>{"dpkg: error processing make"});
}

TEST_CASE("what a script took out of stage can't be primed") {
    Scene scene;
    scene.write("site/secret", "1");
    scene.dump("site", "site");
    auto& cleaner = scene.part("cleaner");
    cleaner.after = {{"site", {}}};
    cleaner.override_stage = script("rm\n");
    scene.sandbox.act = [](const SandboxRun& run) {
        return ::mknod((upper_of(run, "/root/stage") / "secret").c_str(), S_IFCHR, makedev(0, 0)) == 0 ? 0 : 1;
    };
    if (::geteuid() != 0) {
        WARN("skipped: whiteouts need root");
        return;
    }
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1011");
    CHECK(result.error().message.find("'secret'") != std::string::npos);
}

TEST_CASE("parts that bring different bytes for one path collide, by name") {
    Scene scene;
    scene.write("one/a", "1");
    scene.write("two/a", "2");
    scene.dump("one", "one");
    scene.dump("two", "two");
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1030");
    CHECK(result.error().span->begin.line == 20u);
}

TEST_CASE("what the base has alike is not in the rock's layer") {
    Scene scene;
    scene.write("site/etc/base", "base");
    scene.write("site/etc/own", "own");
    scene.dump("site", "site");
    const auto tree = scene.primed();
    CHECK(tree.find("etc/base") == nullptr);
    CHECK(tree.find("etc/own") != nullptr);
}

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

TEST_CASE("a stop ends the walk") {
    Scene scene;
    scene.stop.request_stop();
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().exit == ExitCode::interrupted);
}
