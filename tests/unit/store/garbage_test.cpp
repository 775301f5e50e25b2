#include "store/garbage.hpp"

#include "fakes/plain_ids.hpp"
#include "fakes/trees.hpp"
#include "store/checkout.hpp"
#include "store/usage.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

constexpr std::int64_t day = 24 * 60 * 60;

struct Scene {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "garbage-");
    fs::path root = folder.path() / "store";
    std::unique_ptr<Store> store = *Store::open(root);
    PlainIds ids;

    Digest tree_of(const std::string& text) {
        REQUIRE(store->put(text));
        return *store->put_tree(Tree::of({file("a", text)}));
    }
    Digest key_with(const std::string& text) {
        const auto key = sha256("key of " + text);
        StepResult result;
        result.trees["source"] = tree_of(text);
        REQUIRE(store->put_result(key, result));
        return key;
    }
    /// As if a day had passed for each, and nothing had been younger than 0.
    Garbage garbage(GarbageRules rules = {}) {
        if (rules.now == 0) rules.now = ::time(nullptr) + day;
        const auto inventory = *Inventory::read(*store);
        return find_garbage(inventory, *store_folders(root, ids), rules);
    }
    Garbage collect(GarbageRules rules = {}) {
        store.reset();
        store = *Store::open(root, StoreUse::alone);
        const auto found = garbage(rules);
        const auto inventory = *Inventory::read(*store);
        REQUIRE(remove_garbage(*store, ids, inventory, found));
        store.reset();
        store = *Store::open(root);
        return found;
    }
    void uses(const fs::path& project, const std::vector<Digest>& digests) {
        const auto name = sha256(project.native()).hex();
        REQUIRE(store->put_note("uses/0/" + name, uses_text(project, digests)));
    }
};

}  // namespace

TEST_CASE("what a project's last run used stays, all else goes") {
    Scene scene;
    const auto kept = scene.key_with("kept"), gone = scene.key_with("gone");
    scene.uses(scene.folder.path(), {kept});
    const auto garbage = scene.collect();
    CHECK(garbage.results == 1);
    CHECK(garbage.blobs == 2);
    REQUIRE(*scene.store->result(kept));
    CHECK_FALSE(*scene.store->result(gone));
    CHECK(*scene.store->read(sha256("kept")) == "kept");
    CHECK_FALSE(scene.store->has(sha256("gone")));
}

TEST_CASE("a project whose folder is gone keeps nothing") {
    Scene scene;
    const auto key = scene.key_with("it");
    const fs::path project = scene.folder.path() / "project";
    scene.uses(project, {key});
    REQUIRE(scene.store->put_note("project/" + sha256(project.native()).hex(), "all site:pull " + key.hex() + "\n"));
    CHECK(scene.garbage().results == 1);
    fs::create_directory(project);
    CHECK(scene.garbage().items.empty());
}

TEST_CASE("what was of use lately stays") {
    Scene scene;
    scene.key_with("it");
    CHECK(scene.garbage({::time(nullptr) + day, 2 * day, {}}).items.empty());
    CHECK(scene.garbage({::time(nullptr) + day, day / 2, {}}).items.size() == 3);
}

TEST_CASE("notes of an unknown kind stay with what they name, and are told") {
    Scene scene;
    const auto tree = scene.tree_of("it");
    REQUIRE(scene.store->put_note("novelty/" + sha256("x").hex(), tree.str()));
    const auto garbage = scene.garbage();
    CHECK(garbage.items.empty());
    CHECK(garbage.unknown == std::set<std::string>{"novelty"});
}

TEST_CASE("blobs that name others as bytes keep them, files of trees don't") {
    Scene scene;
    const auto inner = scene.store->put("inner")->digest;
    const std::string bytes(reinterpret_cast<const char*>(inner.bytes().data()), Digest::size);
    const auto list = scene.store->put("\x02list" + bytes)->digest;
    REQUIRE(scene.store->put_note("resolution/" + sha256("names").hex(), list.str()));
    scene.uses(scene.folder.path(), {sha256("names")});
    CHECK(scene.garbage().items.empty());
    const auto tree = *scene.store->put_tree(Tree::of({file("list", "\x02list" + bytes)}));
    REQUIRE(scene.store->put_note("resolution/" + sha256("names").hex(), tree.str()));
    CHECK(scene.garbage().blobs == 1);
}

TEST_CASE("a fold's note stays beside its tree") {
    Scene scene;
    const auto key = scene.key_with("it");
    scene.uses(scene.folder.path(), {key});
    const auto living = "fold/" + sha256("1").hex(), dead = "fold/" + sha256("2").hex();
    REQUIRE(scene.store->put_note(living, (*scene.store->result(key))->trees["source"].str()));
    REQUIRE(scene.store->put_note(dead, scene.tree_of("other").str()));
    scene.collect();
    CHECK(*scene.store->note(living));
    CHECK_FALSE(*scene.store->note(dead));
}

TEST_CASE("checkouts go with their trees; those of running containers stay") {
    Scene scene;
    const auto tree = scene.tree_of("root");
    const auto folder = *Checkouts(*scene.store, scene.ids).folder(tree);
    const auto manifest = sha256("manifest");
    REQUIRE(scene.store->put_note("image-root/" + manifest.hex(), tree.str()));
    CHECK(scene.collect({::time(nullptr) + day, 0, {manifest}}).folders.empty());
    CHECK(fs::exists(folder / "a"));
    CHECK(scene.collect().folders.size() == 1);
    CHECK(fs::is_empty(scene.root / "checkouts"));
    CHECK_FALSE(scene.store->has(tree));
}

TEST_CASE("nobody else may have the store open, and is named") {
    Scene scene;
    const auto refused = Store::open(scene.root, StoreUse::alone);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB0203");
    CHECK(static_cast<int>(refused.error().exit) == 75);
    REQUIRE(refused.error().notes.size() == 1);
    CHECK(refused.error().notes[0].message.starts_with("process " + std::to_string(::getpid())));
}

TEST_CASE("everything counts once, by its kind") {
    Scene scene;
    const auto key = scene.key_with("shared");
    const auto& again = scene.tree_of("shared");
    REQUIRE(scene.store->put_note("go/" + sha256("wheel").hex(), again.str()));
    REQUIRE(scene.store->put("nobody's"));
    const auto usage = measure_store(*Inventory::read(*scene.store), {});
    const auto count = [&](const std::string& kind) {
        for (const auto& [name, amount] : usage.kinds)
            if (name == kind) return amount.count;
        return std::uint64_t{99};
    };
    CHECK(count("results") == 1);
    CHECK(count("notes") == 1);
    CHECK(count("trees") == 1);
    CHECK(count("toolchains") == 1);
    CHECK(count("step contents") == 0);
    CHECK(count("unreferenced") == 1);
    CHECK(*scene.store->result(key));
}
