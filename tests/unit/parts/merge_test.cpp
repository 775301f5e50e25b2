#include "parts/merge.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;
using Paths = std::vector<std::string>;

namespace {

std::shared_ptr<const Tree> tree(std::vector<Entry> entries) {
    return std::make_shared<const Tree>(Tree::of(std::move(entries)));
}

struct Scene {
    TempFolder folder = *TempFolder::make(std::filesystem::temp_directory_path(), "merge-");
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");
    Part one;
    Part two;
    Scene() {
        one.name = "one";
        one.span = {"rockcraft.yaml", {10, 3}, {10, 6}};
        two.name = "two";
        two.span = {"rockcraft.yaml", {20, 3}, {20, 6}};
    }
    Result<void> check(std::shared_ptr<const Tree> first, std::shared_ptr<const Tree> second) {
        return check_collisions(*store, {{&one, false, std::move(first)}, {&two, false, std::move(second)}});
    }
};

}  // namespace

TEST_CASE("migration replaces files, renews folders, leaves links alone") {
    const auto target = Tree::of({folder("d", 0700), file("d/x", "old"), link_to("l", "d")});
    const auto result = *migrate(target, Tree::of({folder("d", 0755), file("d/x", "new"), file("l", "text")}));
    CHECK(result.find("d")->mode == 0755u);
    CHECK(result.find("d/x")->digest == sha256("new"));
    CHECK(result.find("l")->type == EntryType::symlink);
}

TEST_CASE("migration lays what comes below a link to a folder behind it") {
    const auto target = Tree::of({folder("usr"), folder("usr/lib"), link_to("lib", "usr/lib")});
    const auto result = migrate(target, Tree::of({folder("lib"), folder("lib/d"), file("lib/d/x"), file("lib/y")}));
    REQUIRE(result);
    CHECK(paths(*result) == Paths{"lib", "usr", "usr/lib", "usr/lib/d", "usr/lib/d/x", "usr/lib/y"});
    CHECK(result->find("lib")->type == EntryType::symlink);
}

TEST_CASE("names of one inode in two parts are two inodes, and what replaces one leaves the rest as it was") {
    const auto pair = [](const std::string& one, const std::string& other) {
        auto first = file(one, "x");
        auto second = file(other, "x");
        first.link = second.link = one;
        return Tree::of({first, second});
    };
    const auto result = *migrate(pair("a", "b"), pair("a", "c"));
    CHECK(result.find("a")->link == result.find("c")->link);
    CHECK(result.find("a")->link != result.find("b")->link);
}

TEST_CASE("migration refuses a folder where something else lies, and the other way round") {
    const auto code = [](std::vector<Entry> target, std::vector<Entry> contribution) {
        const auto result = migrate(Tree::of(std::move(target)), Tree::of(std::move(contribution)));
        REQUIRE_FALSE(result);
        return result.error().code;
    };
    CHECK(code({file("d")}, {folder("d"), file("d/x")}) == "RB1031");
    CHECK(code({folder("d"), file("d/x")}, {file("d")}) == "RB1031");
    CHECK(code({link_to("d", "nowhere")}, {folder("d"), file("d/x")}) == "RB1031");
}

TEST_CASE("equal files and shared folders do not collide") {
    Scene scene;
    CHECK(scene.check(tree({folder("etc", 0755), file("etc/a", "1")}),
                      tree({folder("etc", 0700), file("etc/a", "1"), file("etc/b")})));
    CHECK(scene.check(tree({link_to("l", "x")}), tree({link_to("l", "x")})));
}

TEST_CASE("a collision names both parts, their lines and the paths") {
    Scene scene;
    const auto result = scene.check(tree({file("a", "1"), file("b", "1"), file("c", "1")}),
                                    tree({file("a", "2"), folder("b"), file("c", "1")}));
    REQUIRE_FALSE(result);
    const auto& error = result.error();
    CHECK(error.code == "RB1030");
    CHECK(error.message.find("'two'") != std::string::npos);
    CHECK(error.message.find("'one'") != std::string::npos);
    CHECK(error.span->begin.line == 20);
    CHECK(error.notes.at(0).span->begin.line == 10);
    CHECK(error.notes.at(1).message == "a: different bytes");
    CHECK(error.notes.at(2).message == "b: a folder, and a file");
    CHECK(error.notes.size() == 3);
    const auto said = [&](const Entry& first, const Entry& second) {
        const auto collided = scene.check(tree({first}), tree({second}));
        REQUIRE_FALSE(collided);
        return collided.error().notes.at(1).message;
    };
    CHECK(said(link_to("l", "x"), link_to("l", "y")) == "l: a link to 'y', and to 'x'");
    CHECK(said(link_to("l", "x"), file("l")) == "l: a file, and a link");
    CHECK(said(file("l", "one"), file("l", "four")) == "l: 4 bytes, and 3");
    Permission mode;
    mode.path = "l";
    mode.mode = 0600;
    Permission owner = mode;
    owner.owner = 7;
    scene.one.permissions = {mode};
    scene.two.permissions = {owner};
    CHECK(said(file("l"), file("l")) ==
          "l: permissions of owner 7, group -, mode 600, and of owner -, group -, mode 600");
}

TEST_CASE("pkg-config files may differ in their prefix") {
    Scene scene;
    const auto entry = [&](const std::string& path, const std::string& text) {
        REQUIRE(scene.store->put(text));
        return file(path, text);
    };
    CHECK(scene.check(tree({entry("a.pc", "prefix=/one\nlibs=-lx\n")}),
                      tree({entry("a.pc", "prefix=/two\nlibs=-lx\n")})));
    CHECK_FALSE(scene.check(tree({entry("a.pc", "prefix=/one\nlibs=-lx\n")}),
                            tree({entry("a.pc", "prefix=/two\nlibs=-ly\n")})));
    CHECK_FALSE(scene.check(tree({entry("a.txt", "prefix=/one\n")}), tree({entry("a.txt", "prefix=/two\n")})));
}

TEST_CASE("permissions: owner first, then mode, links keep theirs, stars cross slashes") {
    Permission all;
    all.owner = 5;
    all.group = 6;
    Permission setuid;
    setuid.path = "bin/*";
    setuid.mode = 04755;
    const auto result =
        with_permissions(Tree::of({folder("bin"), file("bin/a"), link_to("bin/l", "a"), file("x")}), {setuid, all});
    CHECK(result.find("bin/a")->mode == 04755u);
    CHECK(result.find("bin/a")->uid == 5u);
    CHECK(result.find("bin/l")->mode == 0777u);
    CHECK(result.find("bin/l")->gid == 6u);
    CHECK(result.find("x")->mode == 0644u);
}

TEST_CASE("pruning drops what the base has alike, through its links") {
    const auto base = Tree::of({link_to("lib", "usr/lib"), folder("usr"), folder("usr/lib"), file("usr/lib/a", "1"),
                                file("usr/lib/b", "1"), link_to("usr/lib/l", "a"), file("usr/lib/m", "1", 0600)});
    auto old = file("lib/a", "1");
    old.mtime = 12345;  // times are not compared
    const auto result = prune(
        Tree::of({folder("lib"), old, file("lib/b", "2"), link_to("lib/l", "a"), file("lib/m", "1", 0644), file("n")}),
        base);
    CHECK(paths(result) == Paths{"lib", "lib/b", "lib/m", "n"});
}

TEST_CASE("an overlay's marks keep only what means something over the base") {
    auto opaque = folder("opt");
    opaque.opaque = true;
    auto opaque_new = folder("new");
    opaque_new.opaque = true;
    const auto delta = Tree::of({folder("etc"), file("etc/x"), whiteout("etc/gone"), whiteout("etc/never"), opaque,
                                 file("opt/y"), opaque_new, file("new/z")});
    const auto split = split_overlay(delta);
    CHECK(paths(split.visible) == Paths{"etc", "etc/x", "new", "new/z", "opt", "opt/y"});
    CHECK_FALSE(split.visible.find("opt")->opaque);
    const auto base =
        Tree::of({folder("etc"), file("etc/gone"), folder("opt"), file("opt/old"), folder("var", 0711), file("var/w")});
    const auto result = with_marks(split.visible, split.marks, base);
    CHECK(result.find("etc/gone")->type == EntryType::whiteout);
    CHECK(result.find("etc/never") == nullptr);
    CHECK(result.find("opt")->opaque);
    CHECK_FALSE(result.find("new")->opaque);
    CHECK(apply(base, result).find("opt/old") == nullptr);
    CHECK(apply(base, result).find("etc/gone") == nullptr);
}

TEST_CASE("a whiteout alone brings the base's folders as they are") {
    const auto base = Tree::of({folder("var", 0711), file("var/w")});
    const auto result = with_marks({}, Tree::of({folder("var", 0700), whiteout("var/w")}), base);
    CHECK(result.find("var")->mode == 0711u);
}

TEST_CASE("what a part installs again has no whiteout") {
    const auto base = Tree::of({file("a", "old")});
    const auto result = with_marks(Tree::of({file("a", "new")}), Tree::of({whiteout("a")}), base);
    CHECK(result.find("a")->type == EntryType::file);
}

TEST_CASE("permissions of two parts on one path have to say the same") {
    // spec/parts-lifecycle.md §13, rule 5
    Scene scene;
    const auto both = tree({folder("d"), file("d/f", "x"), link_to("l", "d")});
    const auto permission = [](const std::string& path, std::optional<std::uint32_t> owner,
                               std::optional<std::uint32_t> mode) { return Permission{path, owner, owner, mode, {}}; };
    scene.one.permissions = {permission("d/f", {}, 0600)};
    CHECK(scene.check(both, both));
    scene.two.permissions = {permission("d/f", {}, 0644)};
    CHECK_FALSE(scene.check(both, both));
    scene.two.permissions = {permission("d/f", {}, 0644), permission("*", {}, 0600)};
    CHECK(scene.check(both, both));
    scene.two.permissions = {permission("d/f", 1, {})};
    CHECK_FALSE(scene.check(both, both));
    scene.one.permissions = {permission("d", {}, 0700)};
    scene.two.permissions = {permission("d", {}, 0755)};
    CHECK_FALSE(scene.check(both, both));
    scene.one.permissions = {permission("l", 1, {})};
    scene.two.permissions = {permission("l", 2, {})};
    CHECK(scene.check(both, both));
}

TEST_CASE("links that say the same in other words do not collide") {
    Scene scene;
    CHECK(scene.check(tree({link_to("l", "./d//f")}), tree({link_to("l", "d/f")})));
    CHECK_FALSE(scene.check(tree({link_to("l", "d/../f")}), tree({link_to("l", "f")})));
    const auto overlay_first = [&](const std::string& of_overlay, const std::string& of_part) {
        return check_collisions(*scene.store, {{&scene.one, true, tree({folder("d"), link_to("d/l", of_overlay)})},
                                               {&scene.two, false, tree({folder("d"), link_to("d/l", of_part)})}});
    };
    CHECK(overlay_first("/d/f", "f"));
    CHECK_FALSE(overlay_first("/e/f", "f"));
    CHECK_FALSE(overlay_first("f", "/d/f"));
}

TEST_CASE("pkg-config files compare line by line") {
    Scene scene;
    const auto entry = [&](const std::string& text) {
        REQUIRE(scene.store->put(text));
        return tree({file("a.pc", text)});
    };
    CHECK(scene.check(entry("prefix=/one\nlibs=-lx\n"), entry("prefix=/two\nlibs=-lx\n")));
    CHECK_FALSE(scene.check(entry("prefix=/one\nlibs=-lx\n"), entry("libs=-lx\n")));
}

TEST_CASE("inodes of two trees are told apart by their names") {
    const auto named = [](const std::string& path, const std::string& link) {
        auto entry = file(path);
        entry.link = link;
        return entry;
    };
    const auto tree = Tree::of({named("a", "a"), named("b", "a"), named("c", "a'"), named("d", "d"), file("e")});
    CHECK(with_links_apart(tree, Tree::of({file("a"), named("x", "x")})) == tree);
    const auto apart = with_links_apart(tree, Tree::of({named("a", "a"), named("z", "a")}));
    CHECK(apart.find("a")->link == "a''");
    CHECK(apart.find("b")->link == "a''");
    CHECK(apart.find("c")->link == "a'");
    CHECK(apart.find("d")->link == "d");
    CHECK(apart.find("e")->link.empty());
}
