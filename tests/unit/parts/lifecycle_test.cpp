// The walk on fakes: a sandbox that runs a C++ function instead of a program, an archive with made-up packages, a base
// of three files. What is asserted: which steps run, what a second walk does, what plan says beforehand.
#include "parts/lifecycle.hpp"

#include "fakes/trees.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <map>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

struct Quiet final : EventSink {
    void on(const Event&) override {}
};

/// The host's own ids, as root has them.
struct PlainIds final : IdSpace {
    IdMap map_;
    Result<std::string> call(std::string_view request) override { return checkout_worker(request); }
    const IdMap& map() const override { return map_; }
};

/// "Runs" the script by calling a function with the folder of each tree's upper side.
struct FakeSandbox final : Sandbox {
    fs::path place;
    std::function<int(const SandboxRun&)> act = [](const SandboxRun&) { return 0; };
    int runs = 0;
    Result<int> run(const SandboxRun& request, const std::stop_token&) override {
        ++runs;
        return act(request);
    }
    const fs::path& scratch() const override { return place; }
};

struct FakeArchive final : PackageArchive {
    int resolved = 0;
    std::optional<Resolution> answer;
    Result<Resolution> resolve(const Wish& wish, const std::stop_token&) override {
        ++resolved;
        if (answer) return *answer;
        return fail("RB0810", "there is no package '" + wish.names.front() + "'");
    }
    Result<void> fetch(const Resolution&, const std::stop_token&) override { return {}; }
};

fs::path upper_of(const SandboxRun& run, const std::string& inside) {
    for (const auto& tree : run.trees)
        if (tree.inside == inside) return tree.upper;
    return {};
}

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "lifecycle-");
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");
    PlainIds ids;
    Checkouts checkouts{*store, ids};
    Quiet events;
    FakeSandbox sandbox;
    FakeArchive archive;
    std::unique_ptr<Http> http = make_http({});
    HostProcesses processes;
    Project project;
    std::stop_source stop;
    bool offline = false;

    Scene() {
        REQUIRE(make_folders(folder.path() / "project"));
        REQUIRE(make_folders(folder.path() / "scratch"));
        sandbox.place = folder.path() / "scratch";
        project.file = "rockcraft.yaml";
        project.name.value = "demo";
        project.version.value = "1";
        project.base.value = project.build_base.value = "debian@12";
    }

    void write(const std::string& path, const std::string& text) {
        REQUIRE(make_folders((folder.path() / "project" / path).parent_path()));
        REQUIRE(write_file(folder.path() / "project" / path, text));
    }

    Part& part(const std::string& name, const std::string& plugin = "nil") {
        auto& part = project.parts.emplace_back();
        part.name = name;
        part.span = {"rockcraft.yaml",
                     {std::uint32_t(10 * project.parts.size()), 3},
                     {std::uint32_t(10 * project.parts.size()), 9}};
        part.plugin.value = plugin;
        part.overlay = part.stage = part.prime = {{"*", {}}};
        return part;
    }

    Part& dump(const std::string& name, const std::string& source) {
        auto& result = part(name, "dump");
        result.source = PlacedText{source, {}};
        return result;
    }

    Base base() {
        Base base;
        auto etc = file("etc/base", "base");
        REQUIRE(store->put("base"));
        base.tree = *store->put_tree(Tree::of({folder_entry(), etc}));
        return base;
    }
    static Entry folder_entry() { return fakes::folder("etc"); }

    Workshop workshop() {
        const auto known = [this]() -> Result<std::optional<Base>> { return base(); };
        const auto make = [this]() -> Result<Base> { return base(); };
        return Workshop{*store,
                        checkouts,
                        events,
                        [this]() -> Result<Sandbox*> { return &sandbox; },
                        [this]() -> Result<fs::path> { return sandbox.place; },
                        {known, make},
                        {known, make},
                        archive,
                        {[]() -> Result<Key> { return KeyWriter("pebble", 1).finish(); },
                         [this]() -> Result<Digest> {
                             TRY(store->put("pebble"));
                             return store->put_tree(Tree::of({file("usr/bin/pebble", "pebble", 0755)}));
                         }},
                        {[](const std::string& snap) -> Result<GoPin> {
                             if (snap == "go/9") return fail("RB0907", "there is no such track");
                             return GoPin{snap, sha256(snap)};
                         },
                         [this](const GoPin& pin) -> Result<Digest> {
                             TRY(store->put(pin.requirement));
                             return store->put_tree(Tree::of({file("bin/go", pin.requirement, 0755)}));
                         }},
                        []() -> Result<std::vector<SandboxFile>> { return std::vector<SandboxFile>{}; },
                        {},
                        folder.path() / "logs",
                        {*http, processes, {}}};
    }

    Job job() {
        Job job{project,
                {"amd64", {architectures[0]}, architectures[0], {}},
                architectures[0],
                folder.path() / "project",
                "",
                0,
                {},
                false,
                false};
        job.project_note = "project/test";
        job.time = default_time;
        job.offline = offline;
        return job;
    }

    Result<WalkResult> run() {
        const auto shop = workshop();
        const auto task = job();
        return run_lifecycle(shop, task, stop.get_token());
    }
    Result<WalkResult> plan() {
        const auto shop = workshop();
        const auto task = job();
        return plan_lifecycle(shop, task, stop.get_token());
    }
    Tree primed() {
        auto result = run();
        if (!result) FAIL(result.error().code << ": " << result.error().message);
        return **store->tree(result->primed->tree);
    }
};

std::map<std::string, Prediction> predictions(const Result<WalkResult>& result) {
    std::map<std::string, Prediction> found;
    REQUIRE(result);
    for (const auto& step : result->steps) found[step.id()] = step.prediction;
    return found;
}

Script script(const std::string& text, std::uint32_t first_line = 1) {
    return {text, {"rockcraft.yaml", {first_line - 1, 5}, {first_line + 1, 1}}, first_line, true};
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
    app.properties = {{"go-buildtags", {PlacedValue::Kind::list, "", true, {{PlacedValue::Kind::scalar, "tag"}}}}};
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
