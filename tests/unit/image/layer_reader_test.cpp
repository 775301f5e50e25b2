#include "image/layer_reader.hpp"

#include "image/entry_source.hpp"
#include "unit/image/tar_fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;
using Type = TarMember::Type;

namespace {

Result<Tree> read(const Scratch& scratch, const std::string& bytes, LayerLimits limits = {.bytes = 1 << 30}) {
    auto tar = TRY(TarReader::open(source_of(bytes), "NAME"));
    return read_layer(tar, *scratch.store, limits, "NAME");
}
Result<Tree> read(const Scratch& scratch, Members members, LayerLimits limits = {.bytes = 1 << 30}) {
    return read(scratch, tar_of(std::move(members)), limits);
}

TarMember dir(std::string name) { return member(std::move(name) + "/", Type::folder); }

}  // namespace

TEST_CASE("a tree that was packed is read again as it was") {
    const Scratch scratch;
    auto program = scratch.file("usr/bin/\xff", noise(2 << 20, 1));
    program.mode = 06711;
    program.uid = 3000000;
    program.mtime = 1LL << 34;
    program.xattrs = {{"user.x", std::string("\0=\n", 3)}};
    auto first = scratch.file("a", "linked"), second = scratch.file("b", "linked"),
         third = scratch.file("usr/c", "linked");
    first.link = second.link = third.link = "a";
    const auto tree =
        Tree::of({folder("usr", 0700),
                  folder("usr/bin"),
                  program,
                  first,
                  second,
                  third,
                  whiteout("gone"),
                  opaque(folder("new")),
                  scratch.file("new/x", ""),
                  link_to("l", std::string(150, 't')),
                  scratch.file("long/" + std::string(200, 'n'), "x"),
                  folder("long"),
                  {.path = "null", .type = EntryType::character_device, .mode = 0666, .major = 1, .minor = 3}});
    TreeEntries source(std::make_shared<Tree>(tree), *scratch.store);
    std::string bytes;
    while (const auto item = get(source.next())) {
        bytes += item->header;
        if (item->size > 0) bytes += get(scratch.store->read(item->digest));
        bytes.resize(tar_padded(bytes.size()));
    }
    CHECK(get(read(scratch, bytes + std::string(1024, '\0'))) == tree);
}

TEST_CASE("names as archives spell them") {
    const Scratch scratch;
    const auto tree =
        get(read(scratch, Members{{dir("."), ""}, {dir("./a"), ""}, {member("./a//b"), "x"}, {member("/c"), ""}}));
    CHECK(fakes::paths(tree) == std::vector<std::string>{"a", "a/b", "c"});
}

TEST_CASE("names that leave the tree are refused") {
    const Scratch scratch;
    for (const auto* name : {"../x", "a/../../x", "/..", ".."}) {
        const auto tree = read(scratch, Members{{member(name), "x"}});
        REQUIRE(code_of(tree) == "RB0723");
        CHECK(tree.error().exit == ExitCode::bad_data);
    }
    CHECK(code_of(read(scratch, Members{{member("a"), "x"}, {member("b", Type::hard_link, "../../etc/shadow"), ""}})) ==
          "RB0723");
    for (const auto* name : {".wh..", ".wh...", ".wh.", "a/.wh..", ".wh..wh..opq"})
        CHECK(code_of(read(scratch, Members{{dir("a"), ""}, {member(name), ""}})) == "RB0723");
}

TEST_CASE("nothing is written through a link") {
    const Scratch scratch;
    CHECK(code_of(read(scratch, Members{{member("a", Type::symlink, "/etc"), ""}, {member("a/x"), "x"}})) == "RB0723");
    CHECK(code_of(read(scratch, Members{{member("a"), ""}, {member("a/b/c"), "x"}})) == "RB0723");
}

TEST_CASE("a later member of one name wins") {
    const Scratch scratch;
    const auto tree = get(read(
        scratch,
        Members{
            {member("a", Type::symlink, "/etc"), ""}, {dir("a"), ""}, {member("a/x"), "1"}, {member("a/x"), "22"}}));
    CHECK(tree.find("a")->type == EntryType::folder);
    CHECK(tree.find("a/x")->size == 2);
}

TEST_CASE("hard links are groups named after their smallest path") {
    const Scratch scratch;
    const auto tree = get(read(scratch, Members{{member("b"), "x"},
                                                {member("c", Type::hard_link, "./b"), ""},
                                                {member("a", Type::hard_link, "c"), ""},
                                                {member("d"), "x"}}));
    for (const auto* name : {"a", "b", "c"}) {
        CHECK(tree.find(name)->link == "a");
        CHECK(tree.find(name)->digest == sha256("x"));
    }
    CHECK(tree.find("d")->link.empty());
    SECTION("a name that was given away is no longer one of them") {
        const auto changed = get(
            read(scratch, Members{{member("b"), "x"}, {member("c", Type::hard_link, "b"), ""}, {member("b"), "new"}}));
        CHECK(changed.find("b")->link.empty());
        CHECK(changed.find("c")->link.empty());
        CHECK(changed.find("c")->digest == sha256("x"));
    }
    SECTION("a link to what is not there") {
        CHECK(code_of(read(scratch, Members{{member("c", Type::hard_link, "b"), ""}})) == "RB0723");
        CHECK(code_of(read(scratch, Members{{dir("b"), ""}, {member("c", Type::hard_link, "b"), ""}})) == "RB0723");
    }
}

TEST_CASE("whiteouts hide what lies below, never what this layer brings") {
    const Scratch scratch;
    const auto tree = get(read(scratch, Members{{member("a/.wh.x"), ""},
                                                {member(".wh.file"), ""},
                                                {member("file"), "new"},
                                                {dir("folder"), ""},
                                                {member(".wh.folder"), ""},
                                                {member("late/.wh..wh..opq"), ""},
                                                {member("late/y"), ""},
                                                {member(".wh..wh.plnk"), ""}}));
    CHECK(tree.find("a/x")->type == EntryType::whiteout);
    CHECK(tree.find("file")->type == EntryType::file);
    CHECK(tree.find("folder")->opaque);
    CHECK(tree.find("late")->opaque);
    CHECK(tree.find("late/y")->type == EntryType::file);
    CHECK(tree.size() == 6);
}

TEST_CASE("a version 3 capability becomes version 2") {
    const Scratch scratch;
    auto file = member("ping");
    const std::string bits("\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    file.xattrs = {{"security.capability", std::string("\1\0\0\3", 4) + bits + std::string("\1\2\3\4", 4)}};
    const auto tree = get(read(scratch, Members{{file, ""}}));
    CHECK(tree.find("ping")->xattrs.at("security.capability") == std::string("\1\0\0\2", 4) + bits);
}

TEST_CASE("sparse files of GNU tar have their holes") {
    const Scratch scratch;
    const auto path = scratch.folder.path().native();
    for (const auto* format : {"gnu", "pax"})
        for (const auto* size : {"200K", "3M"}) {
            run("cd " + path + " && rm -f s && truncate -s 50K s && echo middle >> s && truncate -s " + size +
                " s && tar cSf s.tar --format=" + format + " s");
            const auto tree = get(read(scratch, get(read_file(scratch.folder.path() / "s.tar"))));
            CHECK(tree.find("s")->digest == sha256(get(read_file(scratch.folder.path() / "s"))));
        }
}

TEST_CASE("more than the limits is refused before it is written") {
    const Scratch scratch;
    CHECK(code_of(read(scratch, Members{{member("a"), std::string(600, 'x')}, {member("b"), std::string(600, 'x')}},
                       {.bytes = 1000})) == "RB0724");
    CHECK(code_of(read(scratch, Members{{member("a"), ""}, {member("b"), ""}}, {.bytes = 1000, .entries = 1})) ==
          "RB0724");
    // A sparse file of 100 GiB that takes a few blocks in the tar.
    const auto path = scratch.folder.path().native();
    run("cd " + path + " && truncate -s 100G s && tar cSf s.tar s");
    CHECK(code_of(read(scratch, get(read_file(scratch.folder.path() / "s.tar")))) == "RB0724");
    auto huge = member("huge");
    huge.size = std::uint64_t{1} << 62;
    CHECK(code_of(read(scratch, get(tar_header(huge)) + std::string(2048, '\0'))) == "RB0724");
}
