// What a lock makes of a build, on fakes (fakes/lifecycle_scene.hpp): what is locked is taken, and what isn't is told.
#include "parts/lock_keeper.hpp"

#include "fakes/lifecycle_scene.hpp"
#include "fakes/web_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

Span line(std::uint32_t number) { return {"rockcraft.yaml", {number, 5}, {number, 9}}; }

Resolution nginx(const std::string& version) {
    return {{{"nginx", version, "amd64", sha256(version), 5, "pool/nginx.deb", false}}};
}

/// The keys of all steps that have one without running.
std::map<std::string, Digest> keys(Scene& scene) {
    std::map<std::string, Digest> found;
    const auto planned = scene.plan();
    REQUIRE(planned);
    for (const auto& step : planned->steps)
        if (!step.key.empty()) found[step.id()] = step.key;
    return found;
}

void ask_for_nginx(Scene& scene, const std::string& name = "nginx") {
    scene.project.parts.clear();
    scene.part("web").stage_packages = {{name, line(7)}};
}

Lock locked(Scene& scene, const Lock& before = {}, const LockUpdate& update = {}) {
    auto lock = scene.lock(before, update);
    if (!lock) FAIL(lock.error().code << ": " << lock.error().message);
    return *lock;
}

std::string version_in(const Lock& lock, std::size_t entry = 0) {
    REQUIRE(lock.entries().size() > entry);
    REQUIRE_FALSE(lock.entries()[entry].value.packages.empty());
    return lock.entries()[entry].value.packages.front().version;
}

}  // namespace

TEST_CASE("locked packages are what a store without a memory takes, with the same keys") {
    Scene first;
    ask_for_nginx(first);
    first.archive.answer = nginx("1.22");
    const auto lock = locked(first);
    CHECK(first.archive.resolved == 1);
    CHECK(version_in(lock) == "1.22");
    CHECK(first.sandbox.runs == 0);
    CHECK(locked(first).write() == lock.write());
    CHECK(first.archive.resolved == 1);  // the store remembers

    Scene second;
    ask_for_nginx(second);
    second.archive.answer = nginx("1.23");
    second.hold(lock, true);
    CHECK(keys(second).at("web:pull") == keys(first).at("web:pull"));
    CHECK(second.archive.resolved == 0);
    CHECK(second.events.findings.empty());
}

TEST_CASE("what the lock holds for another request is told with both places, and refused when it must hold all") {
    Scene scene;
    ask_for_nginx(scene);
    scene.archive.answer = nginx("1.22");
    const auto lock = locked(scene);
    ask_for_nginx(scene, "nginx-light");
    scene.hold(lock, true);
    const auto refused = scene.plan();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1092");
    CHECK(refused.error().span == line(7));
    CHECK(refused.error().message.find("the stage-packages of part 'web'") != std::string::npos);
    CHECK(refused.error().hint == "run `rockbuild lock`");
    REQUIRE(refused.error().notes.size() == 2);
    CHECK(refused.error().notes[0].span->file == "rockcraft.lock");
    CHECK(refused.error().notes[1].message == "names: 'nginx' is locked, 'nginx-light' is asked for");

    scene.hold(lock, false);
    const auto planned = scene.plan();
    REQUIRE(planned);
    REQUIRE(scene.events.findings.size() == 1);
    CHECK(scene.events.findings[0].code == "RB1092");
    CHECK(scene.events.findings[0].severity == Severity::warning);
    CHECK(std::ranges::any_of(planned->steps, [](const PlannedStep& step) {
        return step.id() == "web:pull" && step.prediction == Prediction::unresolved;
    }));

    scene.hold({}, true);
    CHECK(scene.plan().error().message == "rockcraft.lock doesn't hold the stage-packages of part 'web'");
}

TEST_CASE("lock keeps what it holds, takes anew what is named, and drops what nobody asks for") {
    Scene scene;
    ask_for_nginx(scene);
    scene.part("other").stage_packages = {{"curl", line(9)}};
    scene.archive.answer = nginx("1.22");
    const auto lock = locked(scene);
    REQUIRE(lock.entries().size() == 2);  // sorted: curl, nginx
    scene.archive.answer = nginx("1.23");
    CHECK(locked(scene, lock).write() == lock.write());
    CHECK(scene.archive.resolved == 2);
    for (const auto* name : {"web", "other", "curl"}) {
        const bool is_web = name == std::string("web");
        const auto updated = locked(scene, lock, {false, {name}});
        CHECK(version_in(updated, is_web ? 1 : 0) == "1.23");
        // "nginx" is in both answers of the fake, so the other one is named by its part only.
        CHECK(version_in(updated, is_web ? 0 : 1) == "1.22");
        scene.archive.answer = nginx("1.23");
    }
    const auto all = locked(scene, lock, {true, {}});
    CHECK(version_in(all, 0) == "1.23");
    CHECK(version_in(all, 1) == "1.23");
    scene.project.parts.pop_back();
    CHECK(locked(scene, lock).entries().size() == 1);
    // What was resolved anew is what the next pack takes from the store as well.
    CHECK(locked(scene).write() == locked(scene, all).write());
}

TEST_CASE("a locked package that is gone is told with the entry and the cure") {
    Scene scene;
    ask_for_nginx(scene);
    scene.archive.answer = nginx("1.22");
    scene.hold(locked(scene), false);
    for (const auto* code : {"RB0131", "RB0132", "RB0130"}) {
        scene.archive.unfetched = fail(code, "it isn't there", "look").error();
        const auto result = scene.run();
        REQUIRE_FALSE(result);
        if (code == std::string("RB0130")) {  // the network's fault, not the lock's
            CHECK(result.error().code == code);
            continue;
        }
        CHECK(result.error().code == "RB1094");
        CHECK(result.error().message ==
              "what rockcraft.lock names as the stage-packages of part 'web' can't be had any more: it isn't there");
        CHECK(result.error().span == line(7));
        CHECK(result.error().notes.at(0).span->file == "rockcraft.lock");
        CHECK(result.error().hint == "`rockbuild lock --update web` takes what there is now");
    }
    scene.keeper = std::make_shared<LockKeeper>();
    scene.archive.unfetched = fail("RB0131", "it isn't there").error();
    CHECK(scene.run().error().code == "RB0131");
}

TEST_CASE("a file of the web is locked by its digest, and other bytes are refused") {
    std::string content = "one";
    WebServer server([&](const WebRequest&) { return WebReply{200, content}; });
    const auto ask = [&](Scene& scene) {
        auto& app = scene.dump("app", server.url("/app.txt"));
        app.source->span = line(8);
        app.source_type = PlacedText{"file", {}};
    };
    Scene first;
    ask(first);
    const auto lock = locked(first);
    CHECK(lock.find("file", {{"url", server.url("/app.txt")}})->value.fields.at("sha256") == sha256("one").str());
    Scene second;
    ask(second);
    second.hold(lock, true);
    CHECK(keys(second).at("app:pull") == keys(first).at("app:pull"));
    CHECK(second.primed().find("app.txt")->digest == sha256("one"));

    content = "two";
    Scene third;
    ask(third);
    third.hold(lock, false);
    const auto result = third.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1094");
    CHECK(result.error().span == line(8));
    CHECK(result.error().hint.find("lock --update app") != std::string::npos);
    third.project.parts[0].source_checksum = PlacedText{"sha256/" + sha256("two").hex(), line(9)};
    third.hold(lock, true);
    CHECK(third.run().error().code == "RB1092");
    const auto again = locked(third, lock);
    CHECK(again.entries().front().value.fields.at("sha256") == sha256("two").str());
    // A checksum in the project's file counts more than whatever a lock says.
    auto forged = again.write();
    const auto value = forged.find("\"value\"");
    forged.replace(forged.find(sha256("two").hex(), value), 64, sha256("one").hex());
    third.hold(*Lock::read(forged, "rockcraft.lock"), true);
    CHECK(third.primed().find("app.txt")->digest == sha256("two"));
}

TEST_CASE("parts that want the same packages anew get the same ones, whoever asks first") {
    for (int round = 0; round < 20; ++round) {
        Scene scene;
        scene.parallel = 4;
        scene.archive.answer = nginx("1.22");
        ask_for_nginx(scene);
        const auto lock = locked(scene);
        for (const auto* name : {"b", "c", "d"}) scene.part(name).stage_packages = {{"nginx", line(7)}};
        scene.archive.answer = nginx("1.23");
        CHECK(version_in(locked(scene, lock, {true, {}})) == "1.23");
        CHECK(scene.archive.resolved == 2);
    }
}

TEST_CASE("a toolchain is the locked one though this rockbuild has another pinned") {
    Scene scene;
    auto& app = scene.part("app");
    app.build_snaps = {{"go/1.24/stable", line(6)}};
    app.override_build = script("go build\n");
    const auto lock = locked(scene);
    auto text = lock.write();
    const auto own = sha256("go1.24");
    CHECK(lock.find("go", {{"architecture", "amd64"}, {"track", "1.24"}})->value.fields ==
          std::map<std::string, std::string>{{"requirement", "go==1.24"}, {"wheel", own.str()}});
    scene.hold(lock, true);
    const auto same = keys(scene).at("app:build");
    text.replace(text.find(own.hex()), 64, sha256("go1.23.9").hex());
    scene.hold(*Lock::read(text, "rockcraft.lock"), true);
    CHECK(keys(scene).at("app:build") != same);
    scene.project.parts[0].build_snaps = {{"go/1.25", line(6)}};
    const auto refused = scene.plan();
    CHECK(refused.error().code == "RB1092");
    CHECK(refused.error().span == line(6));
}

TEST_CASE("layers that packages are installed over are made for the lock, and no other step is") {
    Scene scene;
    scene.archive.answer = Resolution();
    scene.part("above").overlay_packages = {{"curl", line(5)}};
    scene.project.parts.back().after = {{"below", {}}};
    auto& below = scene.part("below");
    below.overlay_script = script("touch\n");
    below.override_build = script("make\n");
    scene.sandbox.act = [](const SandboxRun& run) {
        const auto upper = upper_of(run, "/root/overlay");
        CHECK_FALSE(upper.empty());
        return write_file(upper / "made", "1") ? 0 : 1;
    };
    const auto lock = locked(scene);
    CHECK(scene.sandbox.runs == 1);
    REQUIRE(lock.entries().size() == 1);
    CHECK(lock.entries().front().kind == "overlay-packages");
    CHECK(lock.entries().front().request.contains("over"));
    CHECK(locked(scene, lock).write() == lock.write());
    CHECK(scene.sandbox.runs == 1);
}

TEST_CASE("build-packages are locked for all parts that have some") {
    Scene scene;
    scene.archive.answer = nginx("1");
    for (const auto* name : {"b", "a", "none"}) {
        auto& part = scene.part(name);
        part.override_build = script("make\n");
        if (name != std::string("none")) part.build_packages = {{"make", line(4)}};
    }
    const auto lock = locked(scene);
    REQUIRE(lock.entries().size() == 1);
    CHECK(lock.entries().front().uses == std::vector<LockUse>{{"amd64", "amd64", {"a", "b"}}});
    scene.archive.answer = nginx("2");
    CHECK(version_in(locked(scene, lock, {false, {"none"}})) == "1");
    CHECK(version_in(locked(scene, lock, {false, {"b"}})) == "2");
}

TEST_CASE("without a network lock takes what the store knows, and says what it doesn't") {
    Scene scene;
    ask_for_nginx(scene);
    scene.offline = true;
    CHECK(scene.lock().error().code == "RB1040");
    scene.offline = false;
    scene.archive.answer = nginx("1.22");
    const auto lock = locked(scene);
    scene.offline = true;
    CHECK(locked(scene).write() == lock.write());
}
