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
    const auto result = organize(tree, moves(texts), 315532800);
    REQUIRE(result);
    return paths(*result);
}

std::string refused(const Tree& tree, const std::vector<std::pair<std::string, std::string>>& texts) {
    const auto result = organize(tree, moves(texts), 315532800);
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
    const auto result = organize(Tree::of({file("a"), kept, file("etc/x")}), moves({{"a", "srv/www/"}}), 315532800);
    REQUIRE(result);
    CHECK(result->find("srv")->mtime == 315532800);
    CHECK(result->find("srv/www")->mtime == 315532800);
    CHECK(result->find("etc")->mtime == 7);
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
