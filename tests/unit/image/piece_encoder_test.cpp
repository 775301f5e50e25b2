#include "image/piece_encoder.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("the codec's name tells the library's version, the level and the rules' version") {
    CHECK(codec_id().starts_with("gzip-libdeflate-1."));
    CHECK(codec_id().ends_with("-6/1"));
}

TEST_CASE("members one after the other are one gzip file for gzip itself") {
    const Scratch scratch;
    PieceEncoder encoder;
    std::string plain, encoded;
    for (const std::size_t size : {0, 1, 70000, 3 << 20, 512}) {
        const auto bytes = noise(size, size);
        plain += bytes;
        encoded += encoder.encode(bytes);
    }
    get(write_file(scratch.folder.path() / "x.gz", encoded));
    CHECK(run("gzip -dc " + (scratch.folder.path() / "x.gz").native()) == plain);
}

TEST_CASE("a member has no time, no name and no system, and is the same from every encoder") {
    PieceEncoder one, other;
    other.encode(noise(100000, 1));
    const std::string member(one.encode("hello"));
    CHECK(member == other.encode("hello"));
    CHECK(member.substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
}
