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
        } else if (step.id() == "two:stage") {
            CHECK(step.prediction == Prediction::maybe);
            REQUIRE(step.reasons.size() == 1);
            CHECK(step.reasons[0].input == "install");
            CHECK(step.reasons[0].after == "what two:build gives");
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

TEST_CASE("build-packages are of the machine that builds, other packages of what is built") {
    Scene scene;
    FakeArchive here;
    scene.build_archive = &here;
    auto& part = scene.part("tool");
    part.build_packages = {{"gcc", {}}};
    part.stage_packages = {{"libc6", {}}};
    part.override_build = script("make\n");
    scene.archive.answer = here.answer = Resolution{};
    REQUIRE(scene.run());
    CHECK(here.wished.names == std::vector<std::string>{"gcc"});
    CHECK(scene.archive.wished.names == std::vector<std::string>{"libc6"});
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

TEST_CASE("of a fold that isn't known yet, the step is named that is waited for") {
    Scene scene;
    scene.write("one/a", "1");
    scene.write("two/b", "1");
    scene.dump("one", "one");
    scene.dump("two", "two").override_prime = script("craftctl default\n");
    REQUIRE(scene.run());
    scene.write("one/a", "2");
    const auto plan = scene.plan();
    REQUIRE(plan);
    for (const auto& step : plan->steps)
        if (step.id() == "two:prime") {
            CHECK(step.prediction == Prediction::maybe);
            for (const auto& reason : step.reasons) CHECK(reason.after.starts_with("what one:"));
            CHECK_FALSE(step.reasons.empty());
        }
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

TEST_CASE("where a script works in stage, a part is primed anew for what it has there itself, and for nothing else") {
    Scene scene;
    scene.write("site/a", "1");
    scene.write("other/b", "1");
    scene.dump("site", "site");
    scene.dump("other", "other");
    scene.part("worker").override_stage = script("worker\n");
    REQUIRE(scene.run());
    scene.write("other/b", "2");
    scene.events.ended.clear();
    REQUIRE(scene.run());
    CHECK(scene.events.ended.at("other:prime") == Outcome::ran);
    CHECK(scene.events.ended.at("worker:stage") == Outcome::ran);
    CHECK(scene.events.ended.at("site:prime") == Outcome::cached);
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

TEST_CASE("what is wrong with a part's stage is told there, not at prime, which reads it, too") {
    for (int i = 0; i < 10; ++i) {
        Scene scene;
        scene.write("site/a", "1");
        scene.dump("site", "site").stage = {{"nope", {}}};
        const auto result = scene.run();
        REQUIRE_FALSE(result);
        CHECK(result.error().code == "RB1010");
        CHECK(scene.events.ended.at("site:stage") == Outcome::failed);
        CHECK_FALSE(scene.events.ended.contains("site:prime"));
    }
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

TEST_CASE("a stop ends the walk") {
    Scene scene;
    scene.stop.request_stop();
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().exit == ExitCode::interrupted);
}
