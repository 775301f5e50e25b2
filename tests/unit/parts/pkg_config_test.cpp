#include "parts/pkg_config.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;

TEST_CASE("prefixes of pkg-config files are laid below stage") {
    // spec/parts-lifecycle.md §12
    const auto fixed = [](const std::string& text) {
        return with_prefix_below(text, "/root/stage", "/root/parts/a/install");
    };
    CHECK(fixed("prefix=/usr\nName: x\n") == "prefix=/root/stage/usr\nName: x\n");
    CHECK(fixed("prefix=/root/parts/a/install/usr\n") == "prefix=/root/stage/usr\n");
    CHECK(fixed("prefix=/root/stage/usr") == "prefix=/root/stage/usr\n");
    CHECK(fixed("prefix=/build/my snap/stage/usr\n") == "prefix=/root/stage/usr\n");
    CHECK(fixed("prefix=${pcfiledir}/..\nprefix=\n") == "prefix=${pcfiledir}/..\nprefix=/root/stage\n");
    CHECK(fixed("exec_prefix=/usr\n\nlast") == "exec_prefix=/usr\n\nlast");
}

TEST_CASE("only files named .pc get another prefix") {
    const auto folder = *TempFolder::make(std::filesystem::temp_directory_path(), "pkg-config-");
    const auto store = *Store::open(folder.path() / "store");
    REQUIRE(store->put("prefix=/usr\n"));
    const auto tree =
        Tree::of({file("a.pc", "prefix=/usr\n"), file("a.txt", "prefix=/usr\n"), link_to("b.pc", "a.pc")});
    const auto result = with_prefixes_below(*store, tree, "/root/stage", "/root/parts/a/install");
    REQUIRE(result);
    CHECK(result->find("a.pc")->digest == sha256("prefix=/root/stage/usr\n"));
    CHECK(result->find("a.pc")->size == 23u);
    CHECK(*result->find("a.txt") == *tree.find("a.txt"));
    CHECK(*result->find("b.pc") == *tree.find("b.pc"));
}
