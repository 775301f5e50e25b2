#include "image/entry_source.hpp"

#include "image/tar_header.hpp"
#include "unit/image/fixture.hpp"

#include <cstring>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

/// What each member is: "TYPE NAME" and, for links, " -> TARGET", as the last block of its header says.
std::vector<std::string> members(const Scratch& scratch, std::vector<Entry> entries) {
    TreeEntries source(std::make_shared<Tree>(Tree::of(std::move(entries))), *scratch.store);
    std::vector<std::string> all;
    while (const auto item = get(source.next())) {
        const char* block = item->header.data() + item->header.size() - 512;
        std::string line = std::string(1, block[156]) + " " + std::string(block, ::strnlen(block, 100));
        if (block[157] != 0) line += " -> " + std::string(block + 157, ::strnlen(block + 157, 100));
        all.push_back(std::move(line));
    }
    return all;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a tree is streamed in its order, folders end in a slash, the root has no entry") {
    const Scratch scratch;
    CHECK(members(scratch, {}).empty());
    CHECK(members(scratch, {scratch.file("a/c", "x"), folder("a"), scratch.file("a-b", ""), link_to("z", "a")}) ==
          Lines{"5 a/", "0 a/c", "0 a-b", "2 z -> a"});
}

TEST_CASE("the first name of a link group is the file, later ones are links to it") {
    const Scratch scratch;
    auto first = scratch.file("b/first", "same"), second = scratch.file("c/second", "same"),
         third = scratch.file("c/third", "same");
    first.link = second.link = third.link = "b/first";
    CHECK(members(scratch, {first, folder("b"), folder("c"), second, third}) ==
          Lines{"5 b/", "0 b/first", "5 c/", "1 c/second -> b/first", "1 c/third -> b/first"});
    SECTION("whose name may be gone") {
        CHECK(members(scratch, {folder("c"), second, third}) == Lines{"5 c/", "0 c/second", "1 c/third -> c/second"});
    }
    SECTION("but a name whose mode differs is a file of its own") {
        third.mode = 0600;
        CHECK(members(scratch, {folder("c"), second, third}) == Lines{"5 c/", "0 c/second", "0 c/third"});
    }
    SECTION("and so is a name whose content differs") {
        auto other = scratch.file("c/third", "different");
        other.link = "b/first";
        CHECK(members(scratch, {folder("c"), second, other}) == Lines{"5 c/", "0 c/second", "0 c/third"});
    }
}

TEST_CASE("what goes is a .wh. file, and an opaque folder says so before its children") {
    const Scratch scratch;
    CHECK(members(scratch, {opaque(folder("etc")), scratch.file("etc/!first", ""), whiteout("gone"), folder("usr"),
                            whiteout("usr/x")}) ==
          Lines{"5 etc/", "0 etc/.wh..wh..opq", "0 etc/!first", "0 .wh.gone", "5 usr/", "0 usr/.wh.x"});
}

TEST_CASE("a marker is an empty file of mode 0") {
    const Scratch scratch;
    TreeEntries source(std::make_shared<Tree>(Tree::of({whiteout("x")})), *scratch.store);
    const auto item = get(source.next());
    REQUIRE(item);
    CHECK(item->size == 0);
    CHECK(item->bytes() == 512);
    CHECK(item->header.substr(100, 7) == "0000000");
    CHECK(item->header.substr(136, 11) == "00000000000");
}

TEST_CASE("a file that would be taken for a whiteout is refused") {
    const Scratch scratch;
    TreeEntries source(std::make_shared<Tree>(Tree::of({scratch.file(".wh.x", "")})), *scratch.store);
    const auto item = source.next();
    CHECK(code_of(item) == "RB0701");
    CHECK(item.error().message.find(".wh.x") != std::string::npos);
}

TEST_CASE("all kinds of entries have their letter and their numbers") {
    const Scratch scratch;
    const Entry null{.path = "null", .type = EntryType::character_device, .mode = 0666, .major = 1, .minor = 3};
    const Entry loop{.path = "loop", .type = EntryType::block_device, .mode = 0660, .major = 7};
    const Entry pipe{.path = "pipe", .type = EntryType::fifo, .mode = 0600};
    CHECK(members(scratch, {null, loop, pipe}) == Lines{"4 loop", "3 null", "6 pipe"});
}
