// The overlay in the lifecycle on fakes: scripts within it, packages with their recommendations, and what `organize`
// brings there or takes out of the build folder.
#include "parts/lifecycle.hpp"

#include "fakes/lifecycle_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

using Names = std::vector<std::string>;

/// The base of these tests has a shell, as the scene's hasn't.
struct Overlaid : Scene {
    Workshop workshop_with_shell() {
        auto shop = workshop();
        const auto base = [this]() -> Base {
            for (const auto* text : {"sh", "base"}) REQUIRE(store->put(text));
            Base made;
            made.tree = *store->put_tree(
                Tree::of({link_to("bin", "usr/bin"), fakes::folder("etc"), file("etc/base", "base"),
                          fakes::folder("usr"), fakes::folder("usr/bin"), file("usr/bin/bash", "sh", 0755)}));
            return made;
        };
        shop.base = {[base]() -> Result<std::optional<Base>> { return base(); },
                     [base](const std::stop_token&) -> Result<Base> { return base(); }};
        return shop;
    }
    Result<WalkResult> walk() {
        const auto shop = workshop_with_shell();
        const auto task = job();
        return run_lifecycle(shop, task, goal, shell, stop.get_token());
    }
    Tree made() {
        const auto result = walk();
        if (!result) FAIL(result.error().code << ": " << result.error().message);
        return **store->tree(result->primed->tree);
    }
    /// The steps that a walk runs.
    Names ran() {
        const auto result = walk();
        REQUIRE(result);
        Names names;
        for (const auto& step : result->steps)
            if (step.prediction != Prediction::hit) names.push_back(step.id());
        return names;
    }
};

}  // namespace

TEST_CASE("an override-overlay runs in the overlay as its root, and what it writes is the part's layer") {
    Overlaid scene;
    scene.part("user").override_overlay = script("useradd\n");
    SandboxRun seen;
    scene.sandbox.act = [&](const SandboxRun& run) {
        seen = run;
        REQUIRE(make_folders(upper_of(run, "/") / "etc"));
        REQUIRE(write_file(upper_of(run, "/") / "etc/passwd", "nginx"));
        return 0;
    };
    const auto tree = scene.made();
    CHECK(tree.find("etc/passwd")->digest == sha256("nginx"));
    CHECK(tree.find("etc/base") == nullptr);
    REQUIRE(seen.trees.size() == 1);
    CHECK(seen.working_dir == "/");
    CHECK(seen.arguments[0] == "/bin/bash");
    CHECK(seen.network == Network::host);
    CHECK(std::filesystem::exists(seen.trees[0].lowers[0] / "etc/base"));
    for (const auto& [name, value] : seen.environment) {
        INFO(name << "=" << value);
        CHECK_FALSE(name.starts_with("CRAFT_"));
        CHECK(value.find("/run/rockbuild") == std::string::npos);
    }
    CHECK(seen.environment.at("DEBIAN_FRONTEND") == "noninteractive");
    CHECK(seen.environment.at("DEBCONF_NONINTERACTIVE_SEEN") == "true");
    CHECK(seen.environment.at("DEBIAN_PRIORITY") == "critical");
    CHECK(scene.sandbox.runs == 1);
    CHECK(scene.ran().empty());
}

TEST_CASE("the key of an override-overlay holds what it sees and nothing else") {
    Overlaid scene;
    scene.part("lower").overlay_script = script("one\n");
    scene.part("upper").override_overlay = script("two\n");
    std::string text = "1";
    scene.sandbox.act = [&](const SandboxRun& run) {
        if (run.working_dir != "/") REQUIRE(write_file(upper_of(run, "/root/overlay") / "low", text));
        return 0;
    };
    scene.made();
    scene.project.version.value = "2";  // nothing of it is told to the script
    scene.project.parts[1].build_environment = {{"A", "b"}};
    const auto after_version = scene.ran();
    CHECK(std::ranges::find(after_version, "upper:overlay") == after_version.end());
    scene.project.parts[0].overlay_script = script("other\n");
    text = "2";
    const auto after_layer = scene.ran();
    CHECK(std::ranges::find(after_layer, "upper:overlay") != after_layer.end());
    scene.project.parts[1].override_overlay = script("three\n");
    CHECK(scene.ran().front() == "upper:overlay");
}

TEST_CASE("a layer without a shell runs no override-overlay") {
    Scene scene;
    scene.part("user").override_overlay = script("useradd\n", 7);
    const auto result = scene.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1024");
    CHECK(result.error().span->begin.line == 6);
    CHECK(scene.sandbox.runs == 0);
}

TEST_CASE("a failing override-overlay is told with its line") {
    Overlaid scene;
    scene.part("user").override_overlay = script("one\ntwo\n", 41);
    scene.sandbox.act = [](const SandboxRun& run) {
        run.on_output("\x1erockbuild-failed 2");
        return 3;
    };
    const auto result = scene.walk();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1050");
    CHECK(result.error().span->begin.line == 42u);
}

TEST_CASE("a shell for an override-overlay opens within the overlay") {
    for (const auto time : {ShellTime::instead, ShellTime::after, ShellTime::on_failure}) {
        Overlaid scene;
        scene.part("user").override_overlay = script("useradd\n");
        scene.goal = {Step::overlay, {"user"}};
        scene.shell = {time, "user", Step::overlay};
        std::vector<bool> shells;
        scene.sandbox.act = [&](const SandboxRun& run) {
            CHECK(run.trees.size() == 1);
            CHECK(run.working_dir == "/");
            shells.push_back(run.terminal);
            return !run.terminal && time == ShellTime::on_failure ? 1 : 0;
        };
        const bool fine = scene.walk().has_value();
        CHECK(fine == (time != ShellTime::on_failure));
        CHECK(shells == (time == ShellTime::instead ? std::vector<bool>{true} : std::vector<bool>{false, true}));
    }
}

TEST_CASE("packages that come with their recommendations are wished for apart") {
    Overlaid scene;
    auto& part = scene.part("web");
    part.overlay_packages = {{"nginx", {}}};
    part.overlay_recommended_packages = {{"certs", {"rockcraft.yaml", {7, 24}, {7, 29}}}};
    scene.archive.answer = Resolution{};
    REQUIRE(scene.walk());
    CHECK(scene.archive.wished.names == Names{"nginx"});
    CHECK(scene.archive.wished.recommending == Names{"certs"});
    CHECK(scene.archive.resolved == 1);
    CHECK(scene.ran().empty());
    CHECK(scene.archive.resolved == 1);
    // One kind for the other is another wish.
    part.overlay_packages.swap(part.overlay_recommended_packages);
    REQUIRE(scene.walk());
    CHECK(scene.archive.resolved == 2);
    part.overlay_packages.clear();
    scene.archive.answer.reset();
    scene.offline = true;
    const auto result = scene.walk();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1040");
}

TEST_CASE("organize copies out of what a script left in the build folder") {
    Overlaid scene;
    scene.write("app/source.txt", "s");
    auto& part = scene.part("app");
    part.source = PlacedText{"app", {}};
    part.override_build = script("make\n");
    part.organize = {{{"(build)/out/tool", {}}, {"opt/", {}}}, {{"(build)/*.txt", {}}, {"doc/", {}}}};
    scene.sandbox.act = [](const SandboxRun& run) {
        const auto build = upper_of(run, "/root/parts/app/build");
        REQUIRE(make_folders(build / "out"));
        REQUIRE(write_file(build / "out/tool", "tool", 0755));
        return 0;
    };
    const auto tree = scene.made();
    REQUIRE(tree.find("opt/tool") != nullptr);
    CHECK(tree.find("opt/tool")->digest == sha256("tool"));
    CHECK(tree.find("opt/tool")->mode == 0755u);
    CHECK(tree.find("doc/source.txt")->digest == sha256("s"));
    CHECK(tree.find("out") == nullptr);
    CHECK(scene.ran().empty());
}

TEST_CASE("organize copies out of a build folder in which no script ran") {
    Overlaid scene;
    scene.write("app/a", "1");
    scene.write("app/b", "2");
    auto& nil = scene.part("nil");
    nil.source = PlacedText{"app", {}};
    nil.organize = {{{"(build)/a", {}}, {"n/", {}}}};
    scene.dump("dump", "app").organize = {{{"(build)/a", {}}, {"d/", {}}}, {{"*", {}}, {"e/", {}}}};
    const auto found = paths(scene.made());
    for (const auto* path : {"n/a", "d/a", "e/a", "e/b", "e/d/a"}) {
        INFO(path);
        CHECK((std::ranges::find(found, path) != found.end()) == (std::string(path) != "d/a"));
    }
    CHECK(std::ranges::find(found, "n/b") == found.end());
    CHECK(scene.sandbox.runs == 0);
}

TEST_CASE("what is organized into the overlay is a layer that later layers and builds see") {
    Overlaid scene;
    scene.write("files/bin/tool", "tool");
    scene.write("files/mine", "m");
    auto& part = scene.dump("zfiles", "files");
    part.organize = {{{"bin", {}}, {"(overlay)/bin", {}}}};
    scene.part("user").override_overlay = script("tool\n");
    auto& late = scene.part("late");
    late.after = {{"zfiles", {}}};
    late.override_build = script("ls\n");
    std::map<std::string, bool> saw;
    scene.sandbox.act = [&](const SandboxRun& run) {
        for (const auto& tree : run.trees)
            if (tree.inside == "/" || tree.inside == "/root/overlay")
                for (const auto& lower : tree.lowers)
                    if (std::filesystem::exists(lower / "usr/bin/tool")) saw[run.working_dir] = true;
        return 0;
    };
    const auto tree = scene.made();
    CHECK(saw["/"]);
    CHECK(saw["/root/parts/late/build"]);
    CHECK(tree.find("usr/bin/tool")->digest == sha256("tool"));
    CHECK(tree.find("bin") == nullptr);
    CHECK(tree.find("mine")->digest == sha256("m"));
    CHECK(scene.ran().empty());
    scene.goal = {Step::overlay, {"zfiles"}};
    const auto layers = scene.walk();
    REQUIRE(layers);
    CHECK((*scene.store->tree(layers->trees[0].tree))->find("usr/bin/tool") != nullptr);
}

TEST_CASE("what can't be organized into the overlay is told with both owners") {
    Overlaid scene;
    scene.write("one/conf", "1");
    scene.write("two/conf", "2");
    scene.dump("one", "one").organize = {{{"conf", {}}, {"(overlay)/etc/conf", {}}}};
    scene.dump("two", "two").organize = {{{"conf", {"rockcraft.yaml", {23, 7}, {23, 11}}}, {"(overlay)/etc/conf", {}}}};
    auto result = scene.walk();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1025");
    CHECK(result.error().span->begin.line == 23);
    REQUIRE(result.error().notes.size() == 1);
    CHECK(result.error().notes[0].message == "'etc/conf' of the overlay of part 'one' has other contents");
    CHECK(result.error().notes[0].span->begin.line == 10);
    scene.project.parts[1].organize[0].second.value = "(overlay)/etc/base";
    result = scene.walk();
    REQUIRE_FALSE(result);
    CHECK(result.error().notes[0].message == "'etc/base' of the base has other contents");
    scene.write("two/conf", "1");
    scene.project.parts[1].organize[0].second.value = "(overlay)/etc/conf";
    CHECK(scene.made().find("etc/conf")->digest == sha256("1"));
}
