#include "pebble/layers_folder.hpp"

#include "unit/pebble/layers.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace rockbuild;
using test::LayerLines;
namespace fs = std::filesystem;

namespace {

LayersEntry file(const std::string& name, const std::string& text = "") {
    return {name, LayersEntry::Kind::file, text, {}};
}
LayersEntry folder(const std::string& name, std::vector<LayersEntry> entries = {}) {
    return {name, LayersEntry::Kind::folder, {}, std::move(entries)};
}
LayerLines told_of(std::vector<LayersEntry> entries) {
    auto lines = test::told(read_layers({"layers", std::move(entries)}));
    for (auto& line : lines) line.erase(line.rfind(' '));
    return lines;
}

}  // namespace

TEST_CASE("names that Pebble takes for layers") {
    for (const auto* good : {"000-abc.yaml", "001-a-b-c.yaml", "999-rockcraft-my-rock.yaml", "001-a1b.yaml",
                             "001-abc.d", "001-pebblex.yaml"}) {
        INFO(good);
        CHECK(told_of({file(good)}).empty());
    }
    for (const auto* passed : {"README", "001-abc.yaml~", "001-abc", "abc.json", ".hidden"})
        CHECK(told_of({file(passed)}).empty());
    for (const std::string bad :
         {"001-ab.yaml", "001-a-b.yaml", "001-Abc.yaml", "001-a_b_c.yaml", "001-a--bc.yaml", "001-abc-.yaml",
          "1-abc.yaml", "0001-abc.yaml", "abc.yaml", ".yaml", ".d", "001-1bc.yaml", "001-abc.yaml.d"}) {
        INFO(bad);
        CHECK(told_of({file(bad)}) == LayerLines{"RB0602 layers." + bad});
        CHECK(told_of({folder(bad)}) == LayerLines{"RB0602 layers." + bad});
    }
    CHECK(told_of({file("001-abc.yml")}) == LayerLines{"WRB0635 layers.001-abc.yml"});
}

TEST_CASE("numbers and labels come once, folders are one deep") {
    CHECK(told_of({file("001-abc.yaml"), file("001-abd.yaml")}) == LayerLines{"RB0603 layers.001-abd.yaml"});
    CHECK(told_of({file("001-abc.yaml"), folder("002-abc.d")}) == LayerLines{"RB0603 layers.002-abc.d"});
    CHECK(told_of({folder("001-abc.d", {file("001-abc.yaml")}), file("002-abd.yaml")}).empty());
    CHECK(told_of({folder("001-abc.d", {folder("001-abd.d")})}) == LayerLines{"RB0604 layers.001-abd.d"});
    CHECK(told_of({folder("001-abc.d", {folder("other")})}).empty());
    CHECK(told_of({file("001-pebble-a.yaml")}) == LayerLines{"RB0602 layers.001-pebble-a.yaml"});
    CHECK(told_of({folder("001-abc.d", {file("001-pebble-a.yaml")})}).empty());
    CHECK(told_of({folder("001-pebble-a.d", {file("001-abc.yaml")})}) == LayerLines{"RB0602 layers.001-abc.yaml"});
    CHECK(told_of({folder("001-pebble-a.d")}).empty());
}

TEST_CASE("folders number their layers within") {
    const auto reading = read_layers({"layers", {folder("002-abc.d", {file("007-xyz.yaml")}), file("003-def.yaml")}});
    REQUIRE(reading.layers.size() == 2);
    CHECK(reading.layers[0].order == 2007);
    CHECK(reading.layers[0].label == "abc/xyz");
    CHECK(reading.layers[0].file == "layers/002-abc.d/007-xyz.yaml");
    CHECK(reading.layers[1].order == 3000);
}

TEST_CASE("a folder on the disk, links followed") {
    const auto temporary = *TempFolder::make(fs::temp_directory_path(), "layers-");
    const auto& base = temporary.path();
    CHECK(layers_on_disk(base / "layers", "layers")->entries.empty());
    fs::create_directories(base / "layers/001-abc.d/deep");
    std::ofstream(base / "layers/001-abc.d/001-xyz.yaml") << "summary: x\n";
    std::ofstream(base / "text") << "summary: y\n";
    fs::create_symlink("../text", base / "layers/002-def.yaml");
    fs::create_symlink("nowhere", base / "layers/003-ghi.yaml");
    const auto found = layers_on_disk(base / "layers", "layers");
    REQUIRE(found);
    REQUIRE(found->entries.size() == 3);
    CHECK(found->entries[0].entries.size() == 2);
    CHECK(found->entries[1].text == "summary: y\n");
    CHECK(found->entries[2].kind == LayersEntry::Kind::unreadable);
    const auto reading = read_layers(*found);
    CHECK(reading.layers.size() == 2);
    CHECK(test::told(reading) == LayerLines{"RB0606 layers.003-ghi.yaml layers/003-ghi.yaml:1:1"});
}

TEST_CASE("a folder in an image") {
    const auto temporary = *TempFolder::make(fs::temp_directory_path(), "layers-");
    const auto store = std::move(*Store::open(temporary.path() / "store"));
    const auto content = store->put("summary: x\n");
    const auto entry = [&](const std::string& path, EntryType type, const std::string& target = "") {
        Entry made;
        made.path = path;
        made.type = type;
        made.target = target;
        if (type == EntryType::file) made.digest = content->digest;
        return made;
    };
    const auto tree = Tree::of({entry("var/lib/pebble/default/layers/001-abc.yaml", EntryType::symlink, "/real.yaml"),
                                entry("real.yaml", EntryType::file),
                                entry("var/lib/pebble/default/layers/002-def.d/001-xyz.yaml", EntryType::file),
                                entry("var/lib/pebble/default/layers/003-ghi.yaml", EntryType::symlink, "gone")});
    const auto found = layers_in_tree(*store, tree, "var/lib/pebble/default/layers");
    REQUIRE(found);
    REQUIRE(found->entries.size() == 3);
    CHECK(found->entries[0].text == "summary: x\n");
    CHECK(found->entries[1].entries[0].text == "summary: x\n");
    CHECK(found->entries[2].kind == LayersEntry::Kind::unreadable);
    CHECK(layers_in_tree(*store, Tree(), "var/lib/pebble/default/layers")->entries.empty());
    const auto no_folder = Tree::of({entry("srv/layers", EntryType::file)});
    CHECK(layers_in_tree(*store, no_folder, "srv/layers").error().code == "RB0606");
}
