#include "parts/fileset.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;
using Paths = std::vector<std::string>;

namespace {

std::vector<PlacedText> entries(const std::vector<std::string>& texts) {
    std::vector<PlacedText> result;
    for (const auto& text : texts) result.push_back({text, {}});
    return result;
}

// The tree of spec/parts-lifecycle.md §10.
Tree example() {
    return Tree::of({file(".foo"), folder(".hid"), file(".hid/x"), file("foo"), folder("usr"), file("usr/.dot"),
                     folder("usr/lib"), file("usr/lib/a.so")});
}

Paths chosen(const Tree& tree, const std::vector<std::string>& texts) {
    const auto result = select(tree, entries(texts));
    REQUIRE(result);
    return paths(*result);
}

}  // namespace

TEST_CASE("a star leaves out what begins with a dot, but only at the top") {
    CHECK(chosen(example(), {"*"}) == Paths{"foo", "usr", "usr/.dot", "usr/lib", "usr/lib/a.so"});
    CHECK(chosen(example(), {".*"}) == Paths{".foo", ".hid", ".hid/x"});
    CHECK(chosen(example(), {"usr/*"}) == Paths{"usr", "usr/.dot", "usr/lib", "usr/lib/a.so"});
    CHECK(chosen(example(), {"usr/**"}) == Paths{"usr", "usr/.dot", "usr/lib", "usr/lib/a.so"});
}

TEST_CASE("no inclusion means everything") {
    CHECK(chosen(example(), {}) == chosen(example(), {"*"}));
    CHECK(chosen(example(), {"-usr"}) == Paths{"foo"});
}

TEST_CASE("exclusions take dotted names and all below") {
    CHECK(chosen(example(), {"-*"}).empty());
    CHECK(chosen(example(), {"*", "-usr/lib"}) == Paths{"foo", "usr", "usr/.dot"});
    CHECK(chosen(example(), {"-usr/lib/*.so", "*"}) == Paths{"foo", "usr", "usr/.dot", "usr/lib"});
    CHECK(chosen(example(), {"-nothing-here"}) == chosen(example(), {"*"}));
}

TEST_CASE("a folder brings its whole tree and its parents") {
    CHECK(chosen(example(), {"usr/lib"}) == Paths{"usr", "usr/lib", "usr/lib/a.so"});
    CHECK(chosen(example(), {".hid"}) == Paths{".hid", ".hid/x"});
}

TEST_CASE("a literal path that is not there is an error at its place") {
    const auto result = select(example(), {{"usr/bin", Span{"f", {3, 7}, {3, 14}}}});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1010");
    CHECK(result.error().span->begin.line == 3);
}

TEST_CASE("links in a literal path's folders are followed") {
    const auto tree =
        Tree::of({link_to("bin", "usr/bin"), folder("usr"), folder("usr/bin"), file("usr/bin/x"), file("usr/bin/y")});
    CHECK(chosen(tree, {"bin/x"}) == Paths{"usr", "usr/bin", "usr/bin/x"});
}

TEST_CASE("a backslash lets a name begin with a dash") {
    const auto tree = Tree::of({file("-a"), file("b")});
    CHECK(chosen(tree, {"\\-a"}) == Paths{"-a"});
}

TEST_CASE("prime goes by stage where it has no inclusion of its own") {
    // spec/parts-lifecycle.md §6, the table under PRIME
    const auto effective = [](const Paths& stage, const Paths& prime) {
        Paths result;
        for (const auto& entry : effective_prime(entries(stage), entries(prime))) result.push_back(entry.value);
        return result;
    };
    CHECK(effective({"-a"}, {"*"}) == Paths{"-a"});
    CHECK(effective({"*", ".*"}, {"*"}) == Paths{"*", ".*"});
    CHECK(effective({"-a"}, {"-b"}) == Paths{"-b", "-a"});
    CHECK(effective({"a"}, {"-b"}) == Paths{"-b", "a"});
    CHECK(effective({"-a"}, {}).empty());
    CHECK(effective({"-a"}, {"*", "a"}) == Paths{"*", "a"});
}

TEST_CASE("a pattern finds what lies behind a link to a folder, and chooses it there") {
    // Tried with craft-parts 2.35 by tests/differential/parts_lifecycle.py, as what follows.
    const auto tree = Tree::of({link_to("l", "usr/lib"), link_to("[x]", "l"), folder("usr"), folder("usr/lib"),
                                file("usr/lib/a"), file("usr/lib/b.so"), link_to("f", "usr/lib/a")});
    CHECK(chosen(tree, {"l/*"}) == Paths{"usr", "usr/lib", "usr/lib/a", "usr/lib/b.so"});
    CHECK(chosen(tree, {"*/*.so"}) == Paths{"usr", "usr/lib", "usr/lib/b.so"});
    CHECK(chosen(tree, {"f/*"}).empty());
    CHECK(found_by(tree, "l/a") == Paths{"usr/lib/a"});
    CHECK(found_by(tree, "**/a") == Paths{"usr/lib/a"});
}

TEST_CASE("a pattern with a slash at its end chooses folders") {
    const auto tree = Tree::of({file("a"), folder("d"), file("d/x"), link_to("l", "d"), link_to("m", "a")});
    CHECK(chosen(tree, {"*/"}) == Paths{"d", "d/x", "l"});
    CHECK(chosen(tree, {"-a/", "-d/"}) == Paths{"a", "l", "m"});
}
