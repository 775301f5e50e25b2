#include "parts/organize.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;
using Paths = std::vector<std::string>;

namespace {

std::vector<std::pair<PlacedText, PlacedText>> moves(const std::vector<std::pair<std::string, std::string>>& texts) {
    std::vector<std::pair<PlacedText, PlacedText>> result;
    for (const auto& [from, to] : texts) result.push_back({{from, Span{"f", {9, 1}, {9, 2}}}, {to, {}}});
    return result;
}

Paths organized(const Tree& tree, const std::vector<std::pair<std::string, std::string>>& texts) {
    const auto result = organize({tree, {}, {}}, moves(texts), 315532800);
    REQUIRE(result);
    return paths(result->install);
}

std::string refused(const Tree& tree, const std::vector<std::pair<std::string, std::string>>& texts) {
    const auto result = organize({tree, {}, {}}, moves(texts), 315532800);
    REQUIRE_FALSE(result);
    CHECK(result.error().span->begin.line == 9);
    return result.error().code;
}

}  // namespace

TEST_CASE("a file is renamed, a slash means into") {
    const auto tree = Tree::of({file("a"), file("b")});
    CHECK(organized(tree, {{"a", "c"}}) == Paths{"b", "c"});
    CHECK(organized(tree, {{"a", "etc/"}}) == Paths{"b", "etc", "etc/a"});
    CHECK(organized(tree, {{"a", "/etc/cron.hourly/x"}}) == Paths{"b", "etc", "etc/cron.hourly", "etc/cron.hourly/x"});
}

TEST_CASE("folders that are made on the way get the given time, existing ones keep theirs") {
    auto kept = folder("etc");
    kept.mtime = 7;
    const auto result =
        organize({Tree::of({file("a"), kept, file("etc/x")}), {}, {}}, moves({{"a", "srv/www/"}}), 315532800);
    REQUIRE(result);
    CHECK(result->install.find("srv")->mtime == 315532800);
    CHECK(result->install.find("srv/www")->mtime == 315532800);
    CHECK(result->install.find("etc")->mtime == 7);
}

TEST_CASE("a folder merges into the target") {
    const auto tree = Tree::of({folder("a"), file("a/x"), folder("d"), file("d/y"), file("d/x", "old")});
    CHECK(organized(tree, {{"a", "d"}}) == Paths{"d", "d/x", "d/y"});
    CHECK(organized(tree, {{"a", "e/f"}}) == Paths{"d", "d/x", "d/y", "e", "e/f", "e/f/x"});
}

TEST_CASE("a pattern moves into a folder, also what begins with a dot") {
    const auto tree = Tree::of({file(".h"), file("a.conf"), file("b.conf"), file("c")});
    CHECK(organized(tree, {{"*.conf", "etc/"}}) == Paths{".h", "c", "etc", "etc/a.conf", "etc/b.conf"});
    CHECK(refused(tree, {{"*.conf", "etc"}}) == "RB1021");
}

TEST_CASE("a key that matches nothing is no error") {
    CHECK(organized(Tree::of({file("a")}), {{"zzz", "b"}, {"q*", "c/"}}) == Paths{"a"});
}

TEST_CASE("an existing target is refused") {
    const auto tree = Tree::of({file("a"), file("b"), folder("d"), file("d/a")});
    CHECK(refused(tree, {{"a", "b"}}) == "RB1020");
    CHECK(refused(tree, {{"a", "d"}}) == "RB1020");
}

TEST_CASE("where upstream loses files nothing is lost") {
    const auto tree = Tree::of({folder("bin"), file("bin/x"), folder("usr"), file("usr/y")});
    CHECK(organized(tree, {{"bin", "bin"}}) == paths(tree));
    CHECK(refused(tree, {{"usr", "usr/foo"}}) == "RB1022");
    CHECK(organized(tree, {{"b*", "/"}}) == paths(tree));
}

TEST_CASE("files are copied out of the build folder, which stays as it is") {
    auto one = file("out/one", "1", 0755);
    auto two = file("out/two", "1", 0755);
    one.link = two.link = "out/one";
    auto linked = file("out/one", "1", 0755);
    linked.link = "out/one";  // another inode, that of what is installed
    const auto build = Tree::of({folder("out", 0700), one, two, file("note.txt")});
    const auto organized = [&](const std::vector<std::pair<std::string, std::string>>& texts) {
        const auto result = organize({Tree::of({linked}), build, {}}, moves(texts), 315532800);
        REQUIRE(result);
        CHECK(result->build == build);
        return result->install;
    };
    CHECK(paths(organized({{"(build)/out/one", "bin/"}, {"(build)/none", "x"}})) ==
          Paths{"bin", "bin/one", "out", "out/one"});
    CHECK(paths(organized({{"(build)/*.txt", "(default)/doc"}})) ==
          Paths{"(default)", "(default)/doc", "out", "out/one"});
    const auto folders = organized({{"(build)/out", "a"}, {"(build)/o*", "b/"}});
    CHECK(paths(folders) == Paths{"a", "a/one", "a/two", "b", "b/out", "b/out/one", "b/out/two", "out", "out/one"});
    CHECK(folders.find("a")->mode == 0700);
    CHECK(folders.find("a/one")->link == folders.find("a/two")->link);
    CHECK(folders.find("a/one")->link != folders.find("out/one")->link);
    for (const auto* key : {"(build)/../a", "(build)", "(build)/"})
        CHECK(refused(Tree::of({file("a")}), {{key, "b"}}) == "RB1023");
    const auto twice = organize({Tree::of({file("a")}), Tree::of({file("b")}), {}}, moves({{"(build)/b", "a"}}), 1);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == "RB1020");
}

namespace {

/// What is organized over a base whose `bin` is a link.
Result<OrganizedTrees> over_base(const Tree& install, const std::vector<std::pair<std::string, std::string>>& texts) {
    const auto base = Tree::of({link_to("bin", "usr/bin"), folder("etc", 0700), file("etc/conf", "c"), folder("usr"),
                                folder("usr/bin"), file("usr/bin/sh", "sh", 0755)});
    return organize({install, {}, base}, moves(texts), 315532800, [](const std::string& path) {
        return PathOwner{"the owner of " + path, Span{"f", {4, 1}, {4, 2}}};
    });
}

Paths added(const Tree& install, const std::vector<std::pair<std::string, std::string>>& texts) {
    const auto result = over_base(install, texts);
    if (!result) FAIL(result.error().message);
    auto found = paths(difference(over_base({}, {})->overlay, result->overlay));
    for (const auto& path : paths(result->install)) found.push_back("left: " + path);
    return found;
}

}  // namespace

TEST_CASE("what is organized into the overlay leaves the part, and goes where the base's links lead") {
    CHECK(added(Tree::of({file("a"), file("b")}), {{"a", "(overlay)/etc/"}}) == Paths{"etc", "etc/a", "left: b"});
    CHECK(added(Tree::of({file("a")}), {{"a", "(overlay)"}}) == Paths{"a"});
    CHECK(added(Tree::of({file("a")}), {{"a", "/(overlay)/srv/www/a"}}) == Paths{"srv", "srv/www", "srv/www/a"});
    const auto tree = Tree::of({folder("bin"), file("bin/x"), folder("etc"), file("etc/y")});
    CHECK(added(tree, {{"*", "(overlay)/"}}) == Paths{"etc", "etc/y", "usr", "usr/bin", "usr/bin/x"});
    CHECK(added(tree, {{"bin", "(overlay)/bin"}}) == Paths{"usr", "usr/bin", "usr/bin/x", "left: etc", "left: etc/y"});
    // A folder that is there stays as it is.
    CHECK(over_base(tree, {{"*", "(overlay)/"}})->overlay.find("etc")->mode == 0700);
    CHECK(added(Tree::of({link_to("bin", "usr/bin")}), {{"bin", "(overlay)/bin"}}).empty());
}

TEST_CASE("an equal file of the overlay is taken for one's own, others are refused with their owners") {
    CHECK(added(Tree::of({folder("etc"), file("etc/conf", "c")}), {{"etc", "(overlay)/etc"}}).empty());
    const auto result = over_base(Tree::of({folder("etc"), file("etc/conf", "other"), file("etc/new"), folder("bin"),
                                            file("bin/sh", "sh", 0700)}),
                                  {{"*", "(overlay)/"}});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1025");
    CHECK(result.error().span->begin.line == 9);
    REQUIRE(result.error().notes.size() == 1);
    CHECK(result.error().notes[0].message == "'usr/bin/sh' of the owner of usr/bin/sh has mode 755, not 700");
    CHECK(result.error().notes[0].span->begin.line == 4);
    const auto file_by_name = over_base(Tree::of({file("conf", "other", 0600)}), {{"conf", "(overlay)/etc"}});
    REQUIRE_FALSE(file_by_name);
    CHECK(file_by_name.error().notes[0].message ==
          "'etc/conf' of the owner of etc/conf has other contents, mode 644, not 600");
    const auto folder_on_file = over_base(Tree::of({folder("conf"), file("conf/x")}), {{"conf", "(overlay)/etc/conf"}});
    REQUIRE_FALSE(folder_on_file);
    CHECK(folder_on_file.error().code == "RB1020");
}

TEST_CASE("a path may not leave the install folder") {
    CHECK(refused(Tree::of({file("a")}), {{"../a", "b"}}) == "RB1023");
}

// What follows was tried with craft-parts 2.35 by tests/differential/parts_lifecycle.py.

TEST_CASE("folders behind links are found and moved into") {
    const auto tree =
        Tree::of({folder("lib"), file("lib/a"), link_to("dl", "lib"), file("top"), folder("bin"), file("bin/x")});
    CHECK(organized(tree, {{"dl/a", "a"}}) == Paths{"a", "bin", "bin/x", "dl", "lib", "top"});
    CHECK(organized(tree, {{"dl/*", "out/"}}) == Paths{"bin", "bin/x", "dl", "lib", "out", "out/a", "top"});
    CHECK(organized(tree, {{"top", "dl"}}) == Paths{"bin", "bin/x", "dl", "lib", "lib/a", "lib/top"});
    CHECK(organized(tree, {{"top", "dl/new"}}) == Paths{"bin", "bin/x", "dl", "lib", "lib/a", "lib/new"});
    CHECK(organized(tree, {{"bin", "dl"}}) == Paths{"dl", "lib", "lib/a", "lib/x", "top"});
}

TEST_CASE("a link into nothing is replaced, a folder goes where it leads") {
    const auto tree = Tree::of({link_to("gone", "nowhere"), file("top"), folder("bin"), file("bin/x")});
    CHECK(organized(tree, {{"top", "gone"}}) == Paths{"bin", "bin/x", "gone"});
    CHECK(organized(tree, {{"bin", "gone"}}) == Paths{"gone", "nowhere", "nowhere/x", "top"});
}

TEST_CASE("a folder that a move has made is one for the next") {
    const auto tree = Tree::of({folder("etc"), file("etc/conf"), file("top")});
    CHECK(organized(tree, {{"etc/conf", "1/2"}, {"top", "1"}}) == Paths{"1", "1/2", "1/top", "etc"});
}

TEST_CASE("nothing is lost where a file and a folder meet") {
    const auto tree = Tree::of({file("top"), folder("a"), file("a/x"), folder("b"), folder("b/x"), file("b/x/y")});
    CHECK(refused(tree, {{"a/x", "top/x"}}) == "RB1020");
    CHECK(refused(tree, {{"a", "b"}}) == "RB1020");
    CHECK(refused(tree, {{"b", "a"}}) == "RB1020");
}

TEST_CASE("folders that a pattern brings to the root replace no file") {
    const auto tree = Tree::of({folder("a"), file("a/x"), folder("s"), folder("s/a"), file("s/a/x")});
    CHECK(refused(tree, {{"s/*", "/"}}) == "RB1020");
}
