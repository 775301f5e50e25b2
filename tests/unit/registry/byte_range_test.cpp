#include "registry/server/byte_range.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("ranges of a content") {
    const auto range = [](std::string_view header, std::uint64_t total) -> std::string {
        const auto found = read_range(header, total);
        if (!found) return "all";
        return found->size == 0 ? "none" : std::to_string(found->begin) + "+" + std::to_string(found->size);
    };
    CHECK(range("bytes=500-1499", 5000) == "500+1000");
    CHECK(range("bytes=500-", 5000) == "500+4500");
    CHECK(range("bytes=-500", 5000) == "4500+500");
    CHECK(range("bytes=-9000", 5000) == "0+5000");
    CHECK(range("bytes=0-0", 5000) == "0+1");
    CHECK(range("bytes=4999-9999", 5000) == "4999+1");
    CHECK(range("bytes=0-18446744073709551615", 5000) == "0+5000");
    for (const auto* none : {"bytes=500-0", "bytes=5000-", "bytes=6000-7000", "bytes=-0"})
        CHECK(range(none, 5000) == "none");
    CHECK(range("bytes=0-", 0) == "none");
    for (const auto* all : {"", "bytes=", "bytes=-", "bytes=x-", "bytes=1-x", "bytes=1", "bytes=0-1,3-4", "lines=0-1",
                            "bytes= 0-1", "bytes=0-1 ", "bytes=+1-2"})
        CHECK(range(all, 5000) == "all");
}

TEST_CASE("ranges of an upload") {
    CHECK(read_upload_range("0-0") == std::pair<std::uint64_t, std::uint64_t>{0, 0});
    CHECK(read_upload_range("10-19") == std::pair<std::uint64_t, std::uint64_t>{10, 19});
    for (const auto* bad : {"", "-", "1-0", "bytes 0-1", "bytes=0-1", "0-1/2", "0", "-1", "0-", "a-b", " 0-1", "0-1 ",
                            "0--1", "99999999999999999999-99999999999999999999"})
        CHECK_FALSE(read_upload_range(bad));
}
