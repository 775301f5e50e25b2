#include "store/tree.hpp"

#include "fakes/random_trees.hpp"
#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;
using Paths = std::vector<std::string>;

TEST_CASE("a tree is sorted, has each path once, and each parent") {
    const auto tree = Tree::of({file("b/c/d", "1"), file("a"), file("b/c/d", "2")});
    CHECK(paths(tree) == Paths{"a", "b", "b/c", "b/c/d"});
    CHECK(tree.find("b/c/d")->digest == sha256("2"));
    CHECK(tree.find("b")->mode == 0755u);
    CHECK(tree.find("c") == nullptr);
}

TEST_CASE("what lies below a folder follows it at once") {
    const auto tree = Tree::of({file("lib-old"), file("lib/x"), file("lib.d")});
    CHECK(paths(tree) == Paths{"lib", "lib/x", "lib-old", "lib.d"});
    const auto [begin, end] = tree.range("lib");
    CHECK(end - begin == 2);
}

TEST_CASE("apply lays a delta over a tree as overlayfs shows it") {
    const auto lower = Tree::of({folder("d", 0700), file("d/x", "1"), file("d/y", "1"), file("f", "1")});
    auto opaque = folder("d");
    opaque.opaque = true;
    CHECK(paths(apply(lower, Tree::of({folder("d"), whiteout("d/x")}))) == Paths{"d", "d/y", "f"});
    CHECK(paths(apply(lower, Tree::of({opaque, file("d/z")}))) == Paths{"d", "d/z", "f"});
    CHECK(paths(apply(lower, Tree::of({file("d")}))) == Paths{"d", "f"});
    CHECK(paths(apply(lower, Tree::of({folder("f"), file("f/g")}))) == Paths{"d", "d/x", "d/y", "f", "f/g"});
    CHECK(apply(lower, Tree::of({folder("d", 0711)})).find("d")->mode == 0711u);
}

TEST_CASE("the difference of two trees leads from one to the other") {
    RandomTrees random(1);
    for (int i = 0; i < 2000; ++i) {
        const auto before = random.tree();
        const auto after = random.tree();
        CHECK(apply(before, difference(before, after)) == after);
        CHECK(difference(before, before).empty());
    }
}

TEST_CASE("folding deltas is applying them one after the other, in any grouping") {
    RandomTrees random(2);
    for (int i = 0; i < 2000; ++i) {
        const auto base = random.tree();
        const auto a = random.delta();
        const auto b = random.delta();
        const auto c = random.delta();
        CHECK(apply(apply(base, a), b) == apply(base, fold(a, b)));
        CHECK(fold(a, fold(b, c)) == fold(fold(a, b), c));
    }
}

TEST_CASE("encoding is one to one") {
    RandomTrees random(3);
    for (int i = 0; i < 500; ++i) {
        const auto tree = random.delta();
        const auto bytes = tree.encode();
        CHECK(*Tree::decode(bytes) == tree);
        const auto other = random.delta();
        CHECK((other == tree) == (other.encode() == bytes));
    }
}

TEST_CASE("damaged bytes are refused, never misread") {
    RandomTrees random(4);
    const auto bytes = random.tree().encode();
    REQUIRE_FALSE(Tree::decode(""));
    CHECK(Tree::decode("").error().code == "RB0210");
    for (std::size_t cut = 1; cut < bytes.size(); ++cut)
        if (const auto tree = Tree::decode(bytes.substr(0, cut))) CHECK(tree->encode() == bytes.substr(0, cut));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        if (const auto tree = Tree::decode(changed)) CHECK(tree->encode() == changed);
    }
}

TEST_CASE("resolve stays inside and follows links as in a chroot") {
    const auto tree = Tree::of({link_to("bin", "usr/bin"), folder("usr"), folder("usr/bin"), file("usr/bin/x"),
                                link_to("usr/bin/up", "../../../etc/y"), file("etc/y"), link_to("abs", "/etc"),
                                link_to("loop", "loop")});
    CHECK(resolve(tree, "bin/x") == "usr/bin/x");
    CHECK(resolve(tree, "bin/up") == "etc/y");
    CHECK(resolve(tree, "bin/up", false) == "usr/bin/up");
    CHECK(resolve(tree, "abs/y") == "etc/y");
    CHECK_FALSE(resolve(tree, "loop"));
    CHECK_FALSE(resolve(tree, "bin/none"));
    CHECK(resolve(tree, "") == "");
}

TEST_CASE("parts of trees keep their parents' attributes") {
    const auto tree = Tree::of({folder("a", 0711), file("a/x"), file("a/y"), file("b")});
    const auto kept = filter(tree, [](const Entry& entry) { return entry.path == "a/x"; });
    CHECK(paths(kept) == Paths{"a", "a/x"});
    CHECK(kept.find("a")->mode == 0711u);
    CHECK(paths(subtree(tree, "a")) == Paths{"x", "y"});
    CHECK(paths(below(subtree(tree, "a"), "n/m")) == Paths{"n", "n/m", "n/m/x", "n/m/y"});
}
