// A project's lifecycle on fakes: a sandbox that runs a C++ function instead of a program, an archive with made-up
// packages, a base of two entries, and a real store in a folder of its own.
#pragma once

#include "fakes/plain_ids.hpp"
#include "fakes/trees.hpp"
#include "parts/lifecycle.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace rockbuild::fakes {

/// Keeps how each subject ended.
struct Endings final : EventSink {
    std::mutex mutex;
    std::map<std::string, Outcome> ended;
    Diagnostics findings;
    void on(const Event& event) override {
        const std::lock_guard guard(mutex);
        if (event.diagnostic) findings.push_back(*event.diagnostic);
        if (event.type == EventType::finished) ended[event.subject] = event.outcome;
    }
};

/// "Runs" the script by calling a function with the folder of each tree's upper side.
struct FakeSandbox final : Sandbox {
    std::filesystem::path place;
    std::function<int(const SandboxRun&)> act = [](const SandboxRun&) { return 0; };
    int runs = 0;
    std::mutex mutex;  // steps run side by side, and the tests' functions keep what they saw
    Result<int> run(const SandboxRun& request, const std::stop_token&) override {
        const std::lock_guard guard(mutex);
        ++runs;
        return act(request);
    }
    const std::filesystem::path& scratch() const override { return place; }
};

struct FakeArchive final : PackageArchive {
    int resolved = 0;
    Wish wished;  // last
    std::optional<Resolution> answer;
    std::optional<Diagnostic> unfetched;  // why nothing can be fetched
    Result<Resolution> resolve(const Wish& wish, const std::stop_token&) override {
        ++resolved;
        wished = wish;
        if (answer) return *answer;
        return fail("RB0810", "there is no package '" + wish.names.front() + "'");
    }
    Result<void> fetch(const Resolution&, const std::stop_token&, const Arrived&) override {
        if (unfetched) return std::unexpected(*unfetched);
        return {};
    }
};

inline std::filesystem::path upper_of(const SandboxRun& run, const std::string& inside) {
    for (const auto& tree : run.trees)
        if (tree.inside == inside) return tree.upper;
    return {};
}

struct Scene {
    TempFolder folder = *TempFolder::make(std::filesystem::temp_directory_path(), "lifecycle-");
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");
    PlainIds ids;
    Checkouts checkouts{*store, ids};
    Endings events;
    FakeSandbox sandbox;
    FakeArchive archive;
    FakeArchive* build_archive = &archive;  // of where it is built
    std::unique_ptr<Http> http = make_http({});
    HostProcesses processes;
    Project project;
    std::stop_source stop;
    bool offline = false;
    Goal goal;
    ShellWish shell;
    unsigned parallel = 2;
    std::shared_ptr<LockKeeper> keeper = std::make_shared<LockKeeper>();
    std::function<Result<void>(const std::stop_token&)> make_pebble;  // before it is there

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

    ToolchainSource toolchains(const std::string& name) {
        return {[name](const std::string& track) -> Result<WheelPin> {
                    if (track == "9") return fail("RB0907", "there is no such track");
                    return WheelPin{name + "==" + track, sha256(name + track)};
                },
                [this, name](const WheelPin& pin, const std::stop_token&) -> Result<Digest> {
                    TRY(store->put(pin.requirement));
                    return store->put_tree(Tree::of({file("bin/" + name, pin.requirement, 0755)}));
                }};
    }

    Workshop workshop() {
        const auto known = [this]() -> Result<std::optional<Base>> { return base(); };
        const auto make = [this](const std::stop_token&) -> Result<Base> { return base(); };
        return Workshop{*store,
                        checkouts,
                        events,
                        [this]() -> Result<Sandbox*> { return &sandbox; },
                        [this]() -> Result<std::filesystem::path> { return sandbox.place; },
                        {known, make},
                        {known, make},
                        archive,
                        *build_archive,
                        {[]() -> Result<Key> { return KeyWriter("pebble", 1).finish(); },
                         [this](const std::stop_token& token) -> Result<Digest> {
                             if (make_pebble) TRY_VOID(make_pebble(token));
                             TRY(store->put("pebble"));
                             return store->put_tree(Tree::of({file("usr/bin/pebble", "pebble", 0755)}));
                         }},
                        toolchains("go"),
                        toolchains("node"),
                        []() -> Result<SandboxTransport> { return SandboxTransport{}; },
                        folder.path() / "logs",
                        {*http, processes, {}},
                        parallel,
                        4,
                        keeper};
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
        return run_lifecycle(shop, task, goal, shell, stop.get_token());
    }
    Result<WalkResult> plan() {
        const auto shop = workshop();
        const auto task = job();
        WalkResult planned;
        planned.steps = TRY(plan_lifecycle(shop, task, stop.get_token()));
        return planned;
    }
    /// What `lock` would write, with `before` as it stands.
    Result<Lock> lock(Lock before = {}, LockUpdate update = {}) {
        const auto was = std::exchange(keeper, LockKeeper::renewing(std::move(before), std::move(update)));
        const auto shop = workshop();
        const auto task = job();
        keeper->enter(task.platform.label, std::string(task.build_on.debian));
        auto done = lock_lifecycle(shop, task, stop.get_token());
        const auto renewed = std::exchange(keeper, was);
        if (!done) return std::unexpected(std::move(done).error());
        return renewed->gathered();
    }
    void hold(const Lock& lock, bool strict) {
        keeper = LockKeeper::holding(*Lock::read(lock.write(), "rockcraft.lock"), strict, events);
        keeper->enter("amd64", "amd64");
    }
    Tree primed() {
        auto result = run();
        if (!result) FAIL(result.error().code << ": " << result.error().message);
        return **store->tree(result->primed->tree);
    }
};

inline Script script(const std::string& text, std::uint32_t first_line = 1) {
    return {text, {"rockcraft.yaml", {first_line - 1, 5}, {first_line + 1, 1}}, first_line, true};
}

}  // namespace rockbuild::fakes
