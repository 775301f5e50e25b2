#include "system/mount_plan.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace rockbuild;

namespace {

using Kind = MountAct::Kind;

SandboxRun three_trees() {
    SandboxRun run;
    run.trees = {{"/", {"/host/base"}, "/host/up"},
                 {"/root/parts/x/", {"/host/a", "/host/b"}, "/host/up-x"},
                 {"/root/stage", {"/host/stage"}, {}}};
    return run;
}

std::vector<MountAct> plan(const SandboxRun& run, const SandboxWay& way = {}) {
    return plan_mounts(run, {"/host/w", "/host/w-x"}, way).value();
}

bool makes(const std::vector<MountAct>& acts, Kind kind, const std::string& path) {
    return std::any_of(acts.begin(), acts.end(), [&](const auto& act) { return act.kind == kind && act.path == path; });
}

const MountAct& mounted(const std::vector<MountAct>& acts, const std::string& path) {
    return *std::find_if(acts.begin(), acts.end(),
                         [&](const auto& act) { return act.kind == Kind::mount && act.path == path; });
}

std::vector<std::string> order(const std::vector<MountAct>& acts) {
    std::vector<std::string> places;
    for (const auto& act : acts)
        if (!act.inside.empty()) places.push_back(act.inside);
    return places;
}

}  // namespace

TEST_CASE("a tree's options name short links and switch off what makes an upper side no diff") {
    const auto acts = plan(three_trees());
    CHECK(mounted(acts, "t0").data ==
          "lowerdir=l0:s0,upperdir=u0,workdir=w0,volatile,redirect_dir=nofollow,metacopy=off,index=off");
    CHECK(mounted(acts, "t1").data ==
          "lowerdir=l1:l2:s1,upperdir=u1,workdir=w1,volatile,redirect_dir=nofollow,metacopy=off,index=off");
    CHECK(mounted(acts, "t2").data == "lowerdir=l3:s2,redirect_dir=nofollow,metacopy=off,index=off");
    const auto inside = plan(three_trees(), {.enter_first = true, .user_attributes = true});
    CHECK(mounted(inside, "t2").data.ends_with(",userxattr"));
    for (const auto& act : acts)
        if (act.kind == Kind::link && act.path == "w1") CHECK(act.source == "/host/w-x");
}

TEST_CASE("a mount point lies in the scaffold of the innermost tree that holds it") {
    auto run = three_trees();
    run.files = {{"/etc/resolv.conf", "x"}, {"/root/parts/x/src/note", "y"}, {"/tmp/given", "z"}};
    run.caches = {{"/root/stage/cache", "/host/cache"}};
    const auto acts = plan(run);
    CHECK(makes(acts, Kind::folder, "s0/root/parts/x"));
    CHECK(makes(acts, Kind::folder, "s0/root/stage"));
    CHECK(makes(acts, Kind::folder, "s0/proc"));
    CHECK(makes(acts, Kind::file, "s0/etc/resolv.conf"));
    CHECK(makes(acts, Kind::file, "s1/src/note"));
    CHECK(makes(acts, Kind::folder, "s2/cache"));
    CHECK_FALSE(makes(acts, Kind::folder, "s0/root/stage/cache"));
    CHECK_FALSE(makes(acts, Kind::file, "s0/tmp/given"));
}

TEST_CASE("outer places come before inner ones whatever the order of the request") {
    auto run = three_trees();
    run.trees.push_back({"/root", {"/host/r"}, {}});
    run.files = {{"/root/stage/a", ""}};
    const auto places = order(plan(run));
    const auto at = [&](const char* place) { return std::find(places.begin(), places.end(), place) - places.begin(); };
    CHECK(at("/root") < at("/root/parts/x"));
    CHECK(at("/root/stage") < at("/root/stage/a"));
}

TEST_CASE("what was asked for at a usual place replaces it") {
    auto run = three_trees();
    run.caches = {{"/tmp", "/host/tmp"}};
    const auto acts = plan(run);
    CHECK_FALSE(makes(acts, Kind::mount, "tmp"));
    const auto places = order(acts);
    CHECK(std::count(places.begin(), places.end(), "/tmp") == 1);
}

TEST_CASE("requests that make no sense") {
    const auto refused = [](const SandboxRun& run) {
        const auto result = plan_mounts(run, {"/w", "/w", "/w"}, {});
        return result ? "" : result.error().code;
    };
    CHECK(refused({}) == "RB0122");
    auto run = three_trees();
    run.files = {{"etc/x", ""}};
    CHECK(refused(run) == "RB0122");
    run.files = {{"/root/stage", ""}};
    CHECK(refused(run) == "RB0122");
    run.files.clear();
    run.trees[2].lowers.clear();
    CHECK(refused(run) == "RB0122");
    run = three_trees();
    run.trees[0].lowers.assign(900, "/host/one");
    CHECK(refused(run) == "RB0122");
    run.trees[0].lowers.assign(400, "/host/one");
    CHECK(refused(run).empty());
}
