// Random projects under random edits, their scripts replaced by a function of all that a script can see:
//   - what plan calls a hit does not run, what it calls a miss runs;
//   - what a run on top of earlier ones leaves is what an empty store gives, byte for byte, with any number of threads.
#include "fakes/lifecycle_scene.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// All that the command sees, as text.
std::string seen_by(const SandboxRun& run) {
    std::string text;
    for (const auto& file : run.files)
        if (file.inside.ends_with("/script")) text += file.content;
    for (const auto& tree : run.trees) {
        std::vector<std::string> lines;
        for (const auto& lower : tree.lowers)
            for (const auto& entry : fs::recursive_directory_iterator(lower))
                lines.push_back(entry.path().lexically_relative(lower).native() +
                                (entry.is_regular_file() ? "=" + text_of(entry.path()) : ""));
        std::sort(lines.begin(), lines.end());
        text += tree.inside + "\n";
        for (const auto& line : lines) text += line + "\n";
    }
    return text;
}

/// The scripts' stand-in: what the step does by itself, and a file in each tree that it keeps, named by where it came
/// from. A script with "quiet" writes the same whatever it sees.
int act(const SandboxRun& run) {
    const auto seen = seen_by(run);
    const bool quiet = seen.find("quiet") != std::string::npos && seen.find("loud") == std::string::npos;
    const auto content = quiet ? "quiet" : sha256(seen).hex().substr(0, 12);
    const auto by = sha256(run.working_dir).hex().substr(0, 4);
    for (const auto* inside : {"/root/stage", "/root/prime", "/root/overlay"}) {
        const auto upper = upper_of(run, inside);
        if (upper.empty()) continue;
        for (const auto& tree : run.trees)
            if (tree.inside == "/run/rockbuild/default" && run.working_dir == inside)
                fs::copy(tree.lowers[0], upper, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        std::ofstream(upper / ("by-" + by)) << content;
    }
    for (const auto& tree : run.trees)
        if (tree.inside.ends_with("/install") && !tree.upper.empty())
            std::ofstream(tree.upper / ("made-" + by)) << content;
    return 0;
}

class Game {
public:
    explicit Game(unsigned seed) : random_(seed) { begin(); }

    /// The project and its files into a scene.
    void into(Scene& scene) const {
        scene.sandbox.act = act;
        scene.project.parts = parts_;
        fs::remove_all(scene.folder.path() / "project");
        for (const auto& [path, text] : files_) scene.write(path, text);
        fs::create_directories(scene.folder.path() / "project");
    }

    void edit() {
        auto& part = parts_[below(parts_.size())];
        switch (below(10)) {
            case 0:
            case 1:
            case 2:
                files_[part.name + "/f" + std::to_string(below(2))] = std::to_string(below(3));
                break;
            case 3:
                part.override_build = maybe_script();
                break;
            case 4:
                part.override_stage = maybe_script();
                break;
            case 5:
                part.override_prime = maybe_script();
                break;
            case 6:
                part.overlay_script = maybe_script();
                break;
            case 7:
                part.prime = {{below(2) == 0 ? "*" : "-also-" + part.name, {}}};
                break;
            case 8:  // the parts collide, or no longer
                for (const auto& other : parts_) files_[other.name + "/shared"] = "same";
                if (below(4) == 0) files_[part.name + "/shared"] = "other";
                break;
            default:
                break;  // nothing at all
        }
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::optional<Script> maybe_script() {
        static const char* const texts[] = {"true\n",
                                            "loud\n",
                                            "quiet\n",
                                            "ls $CRAFT_STAGE\n",
                                            "touch $CRAFT_PRIME/x\n",
                                            "quiet2\n",
                                            "ls $CRAFT_PROJECT_DIR\n"};
        if (below(3) == 0) return std::nullopt;
        return script(texts[below(std::size(texts))]);
    }

    void begin() {
        Scene maker;
        const auto count = 2 + below(4);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name(1, static_cast<char>('a' + i));
            auto& part = maker.dump(name, name);
            for (std::size_t earlier = 0; earlier < i; ++earlier)
                if (below(3) == 0) part.after.push_back({std::string(1, static_cast<char>('a' + earlier)), {}});
            part.organize = {{{"f0", {}}, {"from-" + name, {}}}, {{"f1", {}}, {"also-" + name, {}}}};
            files_[name + "/f0"] = "0";
            files_[name + "/f1"] = "0";
            files_[name + "/shared"] = "same";
            if (below(2) == 0) part.override_build = maybe_script();
            if (below(4) == 0) part.override_stage = maybe_script();
            if (below(4) == 0) part.override_prime = maybe_script();
            if (below(4) == 0) part.overlay_script = maybe_script();
        }
        parts_ = maker.project.parts;
    }

    std::mt19937 random_;
    std::vector<Part> parts_;
    std::map<std::string, std::string> files_;
};

struct Verdict {
    std::string error;  // empty: good
    std::optional<Digest> tree;
    bool operator==(const Verdict&) const = default;
};

Verdict verdict(const Result<WalkResult>& result) {
    if (!result) return {result.error().code, {}};
    return {"", result->primed->tree};
}

/// Returns how many of the runs came to an end.
unsigned play(unsigned seed, unsigned edits) {
    Game game(seed);
    Scene scene;
    unsigned good = 0;
    for (unsigned edit = 0; edit < edits; ++edit) {
        CAPTURE(seed, edit);
        game.into(scene);
        scene.events.ended.clear();
        const auto planned = scene.plan();
        scene.events.ended.clear();
        const auto ran = scene.run();
        good += ran ? 1 : 0;
        if (!planned) {  // what the plan can't pass, the run can't
            CHECK(verdict(ran) == Verdict{planned.error().code, {}});
            game.edit();
            continue;
        }
        for (const auto& step : planned->steps) {
            const auto ended = scene.events.ended.find(step.id());
            if (ended == scene.events.ended.end()) continue;  // an error came first
            CAPTURE(step.id());
            if (step.prediction == Prediction::hit) CHECK(ended->second == Outcome::cached);
            if (step.prediction == Prediction::miss) CHECK(ended->second != Outcome::cached);
        }
        for (const unsigned parallel : {1U, 3U}) {
            Scene fresh;
            fresh.parallel = parallel;
            game.into(fresh);
            CHECK(verdict(fresh.run()) == verdict(ran));
        }
        game.edit();
    }
    return good;
}

}  // namespace

TEST_CASE("a plan is kept, and what is taken from the store is what an empty store gives") {
    unsigned good = 0;
    for (unsigned seed = 1; seed <= 20; ++seed) good += play(seed, 8);
    CHECK(good > 100);  // of 160: else little was looked at
}

TEST_CASE("a step that gives the same tree again stops the wave there") {
    Scene scene;
    scene.sandbox.act = act;
    scene.write("a/f", "1");
    scene.dump("a", "a").override_build = script("quiet\n");
    auto& after = scene.part("b");
    after.after = {{"a", {}}};
    after.override_build = script("ls $CRAFT_STAGE\n");
    REQUIRE(scene.run());
    scene.write("a/f", "22");
    scene.events.ended.clear();
    REQUIRE(scene.run());
    CHECK(scene.events.ended["a:build"] == Outcome::ran);
    CHECK(scene.events.ended["a:stage"] == Outcome::cached);
    CHECK(scene.events.ended["b:build"] == Outcome::cached);
}

TEST_CASE("a script that works in a shared tree runs again when the tree is another") {
    Scene scene;
    scene.sandbox.act = act;
    scene.write("a/f", "1");
    scene.write("a/g", "1");
    scene.dump("a", "a");
    scene.part("m").after = {{"a", {}}};  // so that a is staged before other builds
    scene.part("y").override_prime = script("true\n");
    scene.part("z").override_build = script("ls $CRAFT_STAGE\n");
    const auto ended = [&](const std::string& step) {
        scene.events.ended.clear();
        REQUIRE(scene.run());
        return scene.events.ended.at(step);
    };
    CHECK(ended("y:prime") == Outcome::ran);
    CHECK(ended("y:prime") == Outcome::cached);
    scene.project.parts.front().prime = {{"-g", {}}};  // stage stays as it is
    CHECK(ended("y:prime") == Outcome::ran);
    CHECK(ended("z:build") == Outcome::cached);
    scene.write("a/f", "22");
    CHECK(ended("z:build") == Outcome::ran);
}
