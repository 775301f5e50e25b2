// The digests were made with Python's tarfile (3.11, USTAR_FORMAT, no owner names), an independent writer of ustar.
#include "image/tar_header.hpp"

#include "support/digest.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;
using Type = TarMember::Type;

namespace {

std::string hash_of(const TarMember& member) { return sha256(get(tar_header(member))).hex(); }

std::string repeat(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
}

/// The pax records before the last block.
std::string records(const TarMember& member) {
    const auto header = get(tar_header(member));
    REQUIRE(header.size() % 512 == 0);
    if (header.size() == 512) return {};
    REQUIRE(header.substr(156, 1) == "x");
    const auto size = std::stoul(header.substr(124, 11), nullptr, 8);
    return header.substr(512, size);
}

}  // namespace

TEST_CASE("plain members are ustar as Python writes it") {
    CHECK(
        hash_of({.name = "usr/bin/true", .mode = 04755, .uid = 1000, .gid = 100, .size = 39256, .mtime = 1700000000}) ==
        "98f8b85454e48f8fc18600cafc6aca1977e3f43aa797de4678a20a2d53eb1ab1");
    CHECK(hash_of({.name = "usr/share/empty/", .type = Type::folder, .mode = 0755}) ==
          "ba0ba33c4419d1e958700a8295cb491f67245ffa538ab80b7e66eb409d762e2f");
    CHECK(hash_of({.name = "usr/lib/libz.so.1",
                   .type = Type::symlink,
                   .mode = 0777,
                   .mtime = 1,
                   .target = "libz.so.1.2.13"}) == "d37b0cf290eb4b2ac24f7dacbbaaa722e6e50264a1c3a81c1463af116832d076");
    CHECK(hash_of({.name = "dev/null", .type = Type::character_device, .mode = 0666, .major = 1, .minor = 3}) ==
          "cf3350ba8c2fff669dd6f0a48adbfd0f3011c9a7ea4dff6901decadfc67cfe5c");
    CHECK(hash_of({.name = "bin/second", .type = Type::hard_link, .mode = 0755, .target = "bin/first"}) ==
          "7b1d4e5483014c94ef6d28720f6962baf599b03e7fad9ae73a9048b5eb275c76");
}

TEST_CASE("a long path is split at a slash") {
    CHECK(hash_of({.name = repeat("a/", 60) + repeat("b", 80), .size = 1}) ==
          "85959d1d86449da34190a970ce16cdf7d959e8171ade7eaf747542135e2a0499");
    CHECK(hash_of({.name = repeat("a/", 20) + repeat("b", 80), .size = 1}) ==
          "7d3abfbb1d5ca4abb5708148ce43dff0622e780ec604428aa2813090499af0f0");
}

TEST_CASE("the largest numbers and raw bytes still are ustar") {
    CHECK(hash_of({.name = "etc/na\xefve", .uid = 2097151, .gid = 2097151, .size = 8589934591, .mtime = 8589934591}) ==
          "cba368518b3486fbfd19d8bec908323161d8f311d29a81b90acb004f91f4d6c7");
}

TEST_CASE("what ustar can't say is a pax record") {
    CHECK(records({.name = "x", .size = 8589934592}) == "19 size=8589934592\n");
    CHECK(records({.name = "x", .mtime = 8589934592}) == "20 mtime=8589934592\n");
    CHECK(records({.name = "x", .mtime = -1}) == "12 mtime=-1\n");
    CHECK(records({.name = "x", .uid = 2097152, .gid = 4294967295}) == "15 uid=2097152\n18 gid=4294967295\n");
    const auto long_name = repeat("n", 101);
    CHECK(records({.name = long_name}) == "111 path=" + long_name + "\n");
    CHECK(records({.name = "x", .type = Type::symlink, .target = long_name}) == "115 linkpath=" + long_name + "\n");
    CHECK(records({.name = repeat("n", 100)}).empty());
}

TEST_CASE("a folder's last slash is no place to split") {
    const auto name = repeat("n", 100) + "/";
    CHECK(records({.name = name, .type = Type::folder}) == "111 path=" + name + "\n");
    // 155 + 1 + 100: the most that ustar holds, and one more.
    CHECK(records({.name = repeat("p", 155) + "/" + repeat("n", 99) + "/", .type = Type::folder}).empty());
    CHECK_FALSE(records({.name = repeat("p", 156) + "/" + repeat("n", 99)}).empty());
}

TEST_CASE("a pax record in no charset says so first") {
    const auto name = "\xff" + repeat("n", 100);
    CHECK(records({.name = name}) == "21 hdrcharset=BINARY\n111 path=" + name + "\n");
    // Overlong, surrogate, and beyond Unicode: not UTF-8 either.
    for (const std::string_view bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
        CHECK(records({.name = repeat("n", 100) + std::string(bad)}).starts_with("21 hdrcharset=BINARY\n"));
    CHECK(records({.name = repeat("n", 100) + "\xe2\x82\xac\xf0\x9f\x8d\x80"}).starts_with("117 path="));
}

TEST_CASE("extended attributes are bytes") {
    CHECK(records({.name = "x", .xattrs = {{"user.b", std::string("\0\n=", 3)}, {"user.a", ""}}}) ==
          std::string("24 SCHILY.xattr.user.a=\n27 SCHILY.xattr.user.b=\0\n=\n", 51));
}

TEST_CASE("a record's length counts its own digits") {
    // With 99 bytes beside the length's digits there would be 101, which has three of them.
    const auto of = [](std::size_t size) {
        return records({.name = "x", .xattrs = {{"u", std::string(size, 'v')}}}).substr(0, 4);
    };
    CHECK(of(97 - 17) == "99 S");
    CHECK(of(98 - 17) == "101 ");
}

TEST_CASE("what tar can't carry is refused") {
    CHECK(code_of(tar_header({.name = "x", .xattrs = {{"user.a=b", ""}}})) == "RB0701");
    CHECK(code_of(tar_header({.name = "x", .type = Type::block_device, .major = 1U << 21})) == "RB0701");
}
