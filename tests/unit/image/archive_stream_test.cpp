#include "image/archive_stream.hpp"

#include "unit/image/tar_fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;
using Type = TarMember::Type;

namespace {

Result<std::string> plain(ByteSource source) {
    auto stream = TRY(Decompressor::open(std::move(source), "NAME"));
    std::string all;
    for (;;) {
        const auto part = TRY(stream.next());
        if (part.empty()) return all;
        all += part;
    }
}

Result<std::optional<TarRecord>> first_record(std::string bytes) {
    auto tar = TRY(TarReader::open(source_of(std::move(bytes)), "NAME"));
    return tar.next();
}

std::vector<TarRecord> records(std::string bytes) {
    auto tar = get(TarReader::open(source_of(std::move(bytes)), "NAME"));
    std::vector<TarRecord> all;
    while (auto record = get(tar.next())) all.push_back(std::move(*record));
    return all;
}

}  // namespace

TEST_CASE("a compression is told by the content: gzip of many members, zstd of many frames, none") {
    const Scratch scratch;
    const auto bytes = noise(300000, 1);
    CHECK(get(plain(source_of(bytes))) == bytes);
    const auto member = filtered(scratch, "gzip -c", bytes);
    CHECK(get(plain(source_of(member))) == bytes);
    CHECK(get(plain(source_of(member + member, 7))) == bytes + bytes);
    CHECK(get(plain(source_of(std::string()))).empty());
}

TEST_CASE("a cut compression is an error, and a source's own error comes through") {
    const Scratch scratch;
    const auto member = filtered(scratch, "gzip -c", noise(300000, 1));
    CHECK(code_of(plain(source_of(member.substr(0, member.size() / 2)))) == "RB0723");
    CHECK(code_of(plain([]() -> Result<std::string_view> { return fail("MINE", "no"); })) == "MINE");
}

TEST_CASE("all that a tar says of a member is read") {
    TarMember file = member("a/b");
    file.mode = 04755;
    file.uid = 4294967294;
    file.gid = 7;
    file.mtime = -5;
    file.xattrs = {{"user.x", std::string("\0\1", 2)}, {"security.capability", "c"}};
    TarMember null = member("null", Type::character_device);
    null.major = 1;
    null.minor = 3;
    const auto all = records(tar_of({{file, "12345"},
                                     {member("a/c", Type::hard_link, "a/b"), ""},
                                     {member("d/", Type::folder), ""},
                                     {member("l", Type::symlink, "../\xff"), ""},
                                     {null, ""},
                                     {member("p", Type::fifo), ""}}));
    REQUIRE(all.size() == 6);
    CHECK(all[0].name == "a/b");
    CHECK(all[0].entry.mode == 04755);
    CHECK(all[0].entry.uid == 4294967294);
    CHECK(all[0].entry.gid == 7);
    CHECK(all[0].entry.mtime == -5);
    CHECK(all[0].entry.size == 5);
    CHECK(all[0].entry.xattrs == file.xattrs);
    CHECK(all[1].hard_link == "a/b");
    CHECK(all[2].entry.type == EntryType::folder);
    CHECK(all[3].entry.type == EntryType::symlink);
    CHECK(all[3].entry.target == "../\xff");
    CHECK(all[4].entry.type == EntryType::character_device);
    CHECK(all[4].entry.major == 1);
    CHECK(all[4].entry.minor == 3);
    CHECK(all[5].entry.type == EntryType::fifo);
}

TEST_CASE("names are bytes, also long ones, in the locale C") {
    const std::string raw = std::string(120, 'x') + "\xff\xfe", text = std::string(120, 'x') + "\xe2\x82\xac";
    const auto all =
        records(tar_of({{member("\xff"), ""}, {member(raw), ""}, {member("\xe2\x82\xac"), ""}, {member(text), ""}}));
    REQUIRE(all.size() == 4);
    CHECK(all[0].name == "\xff");
    CHECK(all[1].name == raw);
    CHECK(all[2].name == "\xe2\x82\xac");
    CHECK(all[3].name == text);
}

TEST_CASE("damage behind a good member is an end, not something to skip") {
    auto bytes = tar_of({{member("a"), ""}, {member("b"), ""}, {member("c"), ""}});
    bytes[512 + 150] = '9';  // b's checksum
    auto tar = get(TarReader::open(source_of(bytes), "NAME"));
    CHECK(get(tar.next())->name == "a");
    const auto second = tar.next();
    REQUIRE(code_of(second) == "RB0723");
    CHECK(second.error().exit == ExitCode::bad_data);
    CHECK(second.error().message.find("NAME") != std::string::npos);
}

TEST_CASE("what is no tar, and what ends too early, is an error") {
    CHECK(code_of(first_record(noise(5000, 1))) == "RB0723");
    auto tar = get(TarReader::open(source_of(tar_of({{member("a"), noise(5000, 1)}}).substr(0, 3000)), "NAME"));
    get(tar.next());
    Result<std::optional<TarReader::Part>> part = std::optional<TarReader::Part>(TarReader::Part{});
    while (part && *part) part = tar.content();
    CHECK(code_of(part) == "RB0723");
}

TEST_CASE("a file is read with or without a compression") {
    const Scratch scratch;
    const auto bytes = tar_of({{member("a"), "hello"}});
    const auto path = scratch.folder.path() / "x.tar";
    for (const auto& content : {bytes, filtered(scratch, "gzip -c", bytes)}) {
        get(write_file(path, content));
        auto tar = get(TarReader::open_file(path.native()));
        CHECK(get(tar.next())->name == "a");
        CHECK(get(tar.content())->bytes == "hello");
    }
    CHECK_FALSE(TarReader::open_file((scratch.folder.path() / "absent").native()));
}
