#include "store/verify.hpp"

#include "fakes/plain_ids.hpp"
#include "fakes/trees.hpp"
#include "store/checkout.hpp"
#include "store/layout.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "verify-");
    fs::path root = folder.path() / "store";
    std::unique_ptr<Store> store = *Store::open(root);
    PlainIds ids;
    Digest key = sha256("key");
    Digest tree;

    Scene() {
        REQUIRE(store->put("text"));
        tree = *store->put_tree(Tree::of({file("etc/a", "text")}));
        StepResult result;
        result.trees["source"] = tree;
        REQUIRE(store->put_result(key, result));
        REQUIRE(store->put_note("fold/" + sha256("1").hex(), tree.str()));
    }
    StoreVerdict verify() { return *verify_store(*store, ids, *Inventory::read(*store), *store_folders(root, ids)); }
    void write(const fs::path& path, const std::string& text) {
        fs::remove(path);
        std::ofstream(path) << text;
    }
};

bool mentions(const StoreProblem& problem, const std::string& words) {
    return std::ranges::any_of(problem.needed_by,
                               [&](const auto& line) { return line.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("a sound store has no problems") {
    Scene scene;
    REQUIRE(Checkouts(*scene.store, scene.ids).folder(scene.tree));
    const auto verdict = scene.verify();
    CHECK(verdict.problems.empty());
    CHECK(verdict.items.empty());
    CHECK(verdict.blobs == 2);
    CHECK(verdict.trees == 1);
    CHECK(verdict.results == 1);
    CHECK(verdict.checkouts == 1);
}

TEST_CASE("a damaged content is named with its paths, and all that needs it goes") {
    Scene scene;
    scene.write(blob_path(scene.root, sha256("text")), "toxt");
    const auto verdict = scene.verify();
    REQUIRE(verdict.problems.size() == 1);
    CHECK(verdict.problems[0].kind == StoreProblem::Kind::damaged);
    CHECK(verdict.problems[0].name == sha256("text").str());
    CHECK(mentions(verdict.problems[0], "tree " + scene.tree.str() + ": etc/a"));
    CHECK(verdict.items.size() == 4);
}

TEST_CASE("a missing content is named with its paths") {
    Scene scene;
    fs::remove(blob_path(scene.root, sha256("text")));
    const auto verdict = scene.verify();
    REQUIRE(verdict.problems.size() == 1);
    CHECK(verdict.problems[0].kind == StoreProblem::Kind::missing);
    CHECK(mentions(verdict.problems[0], ": etc/a"));
    CHECK(verdict.items.size() == 3);
}

TEST_CASE("a missing tree breaks its result, a damaged result itself") {
    Scene scene;
    fs::remove(blob_path(scene.root, scene.tree));
    auto verdict = scene.verify();
    REQUIRE(verdict.problems.size() == 1);
    CHECK(mentions(verdict.problems[0], "result " + scene.key.hex()));
    scene.write(result_path(scene.root, scene.key), "{");
    verdict = scene.verify();
    REQUIRE(verdict.problems.size() == 1);
    CHECK(verdict.problems[0].kind == StoreProblem::Kind::unreadable);
}

TEST_CASE("a checkout that somebody wrote into is told") {
    Scene scene;
    const auto folder = *Checkouts(*scene.store, scene.ids).folder(scene.tree);
    scene.write(folder / "etc/a", "longer than before");
    const auto verdict = scene.verify();
    REQUIRE(verdict.problems.size() == 1);
    CHECK(verdict.problems[0].kind == StoreProblem::Kind::changed);
    CHECK(mentions(verdict.problems[0], "etc/a"));
    CHECK(verdict.folders.size() == 1);
}
