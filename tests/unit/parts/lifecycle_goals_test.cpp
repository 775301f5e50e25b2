// Runs that stop short of the image, and shells in the environment of a step.
#include "fakes/lifecycle_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

std::vector<std::string> ids(const Result<WalkResult>& result) {
    REQUIRE(result);
    std::vector<std::string> found;
    for (const auto& step : result->steps) found.push_back(step.id());
    return found;
}

bool is_shell(const SandboxRun& run) { return run.terminal; }

/// Two parts, the second after the first.
void two_parts(Scene& scene) {
    scene.write("lib/l", "1");
    scene.write("app/a", "2");
    scene.dump("lib", "lib");
    scene.dump("app", "app").after = {{"lib", {}}};
}

}  // namespace

TEST_CASE("a goal runs what its parts need and nothing else") {
    Scene scene;
    two_parts(scene);
    scene.goal = {Step::build, {"app"}};
    CHECK(ids(scene.run()) == std::vector<std::string>{"app:pull", "lib:pull", "lib:build", "lib:stage", "app:build"});
    scene.goal = {Step::pull, {}};
    CHECK(ids(scene.run()) == std::vector<std::string>{"lib:pull", "app:pull", "pebble:pull"});
}

TEST_CASE("a goal gives the trees of its step") {
    Scene scene;
    two_parts(scene);
    scene.goal = {Step::build, {"app"}};
    auto result = scene.run();
    REQUIRE(result);
    CHECK_FALSE(result->primed);
    REQUIRE(result->trees.size() == 1);
    CHECK(result->trees[0].part == "app");
    CHECK((*scene.store->tree(result->trees[0].tree))->find("a") != nullptr);

    scene.goal = {Step::stage, {"app"}};
    result = scene.run();
    REQUIRE(result);
    REQUIRE(result->trees.size() == 1);
    CHECK(result->trees[0].part.empty());
    const auto staged = *scene.store->tree(result->trees[0].tree);
    CHECK(staged->find("a") != nullptr);
    CHECK(staged->find("l") != nullptr);
}

TEST_CASE("a part's overlay stands on those of all parts before it") {
    Scene scene;
    for (const auto* name : {"a", "b", "c"}) scene.part(name).overlay_script = script("true\n");
    scene.goal = {Step::overlay, {"b"}};
    CHECK(ids(scene.run()) == std::vector<std::string>{"b:pull", "a:pull", "a:overlay", "b:overlay"});
}

TEST_CASE("a shell instead of a step: what comes before is done, the step isn't, and nothing is kept of it") {
    Scene scene;
    two_parts(scene);
    scene.goal = {Step::build, {"app"}};
    scene.shell = {ShellTime::instead, "app", Step::build};
    std::vector<bool> shells;
    scene.sandbox.act = [&](const SandboxRun& run) {
        shells.push_back(is_shell(run));
        CHECK(upper_of(run, "/root/parts/app/install").native() != "");
        return 7;  // of the shell's last command: nobody's business
    };
    const auto result = scene.run();
    REQUIRE(result);
    CHECK(shells == std::vector<bool>{true});
    CHECK(scene.events.ended["lib:stage"] == Outcome::ran);
    shells.clear();
    REQUIRE(scene.run());  // the shell again, though nothing changed
    CHECK(shells == std::vector<bool>{true});
    scene.shell = {};
    scene.events.ended.clear();
    REQUIRE(scene.run());
    CHECK(scene.events.ended["app:build"] == Outcome::ran);
}

TEST_CASE("what is written in a shell after a step is not the step's") {
    Scene scene;
    scene.part("app").override_build = script("true\n");
    scene.goal = {Step::build, {"app"}};
    scene.shell = {ShellTime::after, "app", Step::build};
    scene.sandbox.act = [&](const SandboxRun& run) {
        std::ofstream(upper_of(run, "/root/parts/app/install") / (is_shell(run) ? "shell" : "script")) << "x";
        return 0;
    };
    for (int repeat = 0; repeat < 2; ++repeat) {
        const auto result = scene.run();
        REQUIRE(result);
        const auto tree = *scene.store->tree(result->trees[0].tree);
        CHECK(tree->find("script") != nullptr);
        CHECK(tree->find("shell") == nullptr);
        CHECK(scene.sandbox.runs == 2 * (repeat + 1));  // with a wish for a shell the step runs each time
    }
}

TEST_CASE("with --debug a shell opens in the state in which a script failed, and the error is told after it") {
    Scene scene;
    scene.part("app").override_build = script("false\n");
    scene.shell = {ShellTime::on_failure, "", Step::prime};
    std::vector<bool> shells;
    scene.sandbox.act = [&](const SandboxRun& run) {
        shells.push_back(is_shell(run));
        return is_shell(run) ? 0 : 1;
    };
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1050");
    CHECK(shells == std::vector<bool>{false, true});
}

TEST_CASE("a build that names the shared trees works in them as the sequence has them by then") {
    Scene scene;
    scene.write("early/e", "1");
    scene.dump("early", "early");
    scene.dump("middle", "early").after = {{"early", {}}};  // so that early is staged before other builds
    scene.project.parts.back().organize = {{{"e", {}}, {"m", {}}}};
    scene.part("zlast").override_build = script("ls $CRAFT_STAGE; touch $CRAFT_PRIME/p\n");
    bool saw = false;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& tree : run.trees)
            if (tree.inside == "/root/stage") saw = std::filesystem::exists(tree.lowers[0] / "e");
        std::ofstream(upper_of(run, "/root/prime") / "p") << "x";
        std::ofstream(upper_of(run, "/root/stage") / "s") << "y";
        return 0;
    };
    const auto tree = scene.primed();
    CHECK(saw);
    CHECK(tree.find("p") != nullptr);
    CHECK(tree.find("s") == nullptr);  // staged by nobody's fileset, primed by nobody's
}

TEST_CASE(
    "scripts that name their part's folders have what was pulled and what the build left, and run again when it is "
    "other") {
    Scene scene;
    scene.write("from/f", "one");
    auto& part = scene.part("p");
    part.source = PlacedText{"from", {}};
    part.overlay_script = script("cp $CRAFT_PART_SRC/f $CRAFT_OVERLAY\n");
    part.override_build = script("compile\n");
    part.override_stage = script("craftctl default\n");
    part.override_prime = script("cp ../parts/p/build/made .\n");
    std::map<std::string, std::string> seen;
    const auto text_in = [](const SandboxRun& run, const std::string& inside, const std::string& name) {
        for (const auto& tree : run.trees)
            if (tree.inside == inside) return read_file(tree.lowers[0] / name).value_or("-");
        return std::string();
    };
    scene.sandbox.act = [&](const SandboxRun& run) {
        const auto work = run.working_dir;
        if (work == "/root/parts/p/build") {
            const auto built = text_in(run, work, "f") + " built";
            REQUIRE(write_file(upper_of(run, work) / "made", built));
        }
        seen[work] = text_in(run, "/root/parts/p/src", "f") + "|" + text_in(run, "/root/parts/p/build", "made");
        return 0;
    };
    REQUIRE(scene.run());
    CHECK(seen == std::map<std::string, std::string>{{"/root/overlay", "one|"},
                                                     {"/root/parts/p/build", "one|-"},
                                                     {"/root/stage", "|"},
                                                     {"/root/prime", "|one built"}});
    scene.write("from/f", "another");
    seen.clear();
    REQUIRE(scene.run());
    CHECK(seen == std::map<std::string, std::string>{{"/root/overlay", "another|"},
                                                     {"/root/parts/p/build", "another|-"},
                                                     {"/root/prime", "|another built"}});
}

TEST_CASE("steps that need not wait for each other run side by side") {
    Scene scene;
    scene.part("a").override_build = script("true\n");
    scene.part("b").override_build = script("true\n");
    scene.parallel = 2;
    struct Meeting final : Sandbox {
        std::filesystem::path place;
        std::mutex mutex;
        std::condition_variable changed;
        int here = 0;
        Result<int> run(const SandboxRun&, const std::stop_token&) override {
            std::unique_lock lock(mutex);
            ++here;
            changed.notify_all();
            const bool met = changed.wait_for(lock, std::chrono::seconds(20), [&] { return here == 2; });
            return met ? 0 : 1;
        }
        const std::filesystem::path& scratch() const override { return place; }
    } meeting;
    meeting.place = scene.sandbox.place;
    auto workshop = scene.workshop();
    workshop.sandbox = [&]() -> Result<Sandbox*> { return &meeting; };
    CHECK(run_lifecycle(workshop, scene.job(), {}, {}, {}));
}

TEST_CASE("a failing step also ends what is made for the project by others") {
    Scene scene;
    scene.part("app").override_build = script("false\n");
    std::atomic<bool> began = false;
    scene.sandbox.act = [&](const SandboxRun&) {
        for (int i = 0; i < 2000 && !began; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return 1;
    };
    bool stopped = false;
    scene.make_pebble = [&](const std::stop_token& stop) -> Result<void> {
        began = true;
        for (int i = 0; i < 2000 && !stop.stop_requested(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        stopped = stop.stop_requested();
        return fail("RB0111", "interrupted", "", ExitCode::interrupted);
    };
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1050");
    CHECK(stopped);
    CHECK(scene.events.ended["pebble:build"] == Outcome::stopped);
    CHECK(scene.events.ended["app:build"] == Outcome::failed);
}

TEST_CASE("what collides with the hidden part is told with a place") {
    Scene scene;
    scene.project.name.span = {"rockcraft.yaml", {1, 7}, {1, 11}};
    scene.write("site/usr/bin/pebble", "another");
    scene.dump("site", "site");
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1030");
    std::vector<Span> places;
    if (result.error().span) places.push_back(*result.error().span);
    for (const auto& note : result.error().notes)
        if (note.span) places.push_back(*note.span);
    CHECK(std::ranges::find(places, scene.project.name.span) != places.end());
    CHECK(std::ranges::none_of(places, [](const Span& place) { return place.file.empty(); }));
}
