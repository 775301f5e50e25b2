#include "bases/release.hpp"

#include "bases/base.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

/// As distro-info-data has it.
constexpr const char* csv =
    "version,codename,series,created,release,eol,eol-lts,eol-elts\n"
    "1.1,Buzz,buzz,1993-08-16,1996-06-17,1997-06-05\n"
    "11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2031-06-30\n"
    "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10,2028-06-30,2033-06-30\n"
    "14,Forky,forky,2025-08-09\n"
    ",Sid,sid,1993-08-16";

}  // namespace

TEST_CASE("the LTS end comes from the column of that name") {
    CHECK(lts_end(csv, "bookworm") == "2028-06-30");
    CHECK(lts_end(csv, "bullseye") == "2026-08-31");
    CHECK(lts_end("series,eol-lts,eol\r\nbookworm,2029-01-02,2001-01-01\r\n", "bookworm") == "2029-01-02");
}

TEST_CASE("a release without an LTS end has none") {
    CHECK_FALSE(lts_end(csv, "buzz"));
    CHECK_FALSE(lts_end(csv, "forky"));
    CHECK_FALSE(lts_end(csv, "sid"));
    CHECK_FALSE(lts_end(csv, "noble"));
    CHECK_FALSE(lts_end("", "bookworm"));
    CHECK_FALSE(lts_end("series,eol\nbookworm,2026-06-10\n", "bookworm"));
    CHECK_FALSE(lts_end("series,eol-lts\nbookworm,soon\n", "bookworm"));
}

TEST_CASE("a day ends when the next begins") {
    CHECK(end_of_day("1970-01-01") == 86400);
    CHECK(end_of_day("2028-06-30") == 1846022400);  // date -u -d 2028-07-01 +%s
    CHECK(end_of_day("2024-02-29") == 1709251200);
    for (const auto* bad :
         {"", "2028-6-30", "2023-02-29", "2028-13-01", "2028/06/30", "20280630", "2028-06-3x", "-028-06-30"})
        CHECK_FALSE(end_of_day(bad));
}

TEST_CASE("the release's day is the time of its files") {
    CHECK(find_release("debian@12")->time + 86400 == end_of_day("2023-06-10"));
    CHECK(find_release("debian@7") == nullptr);
}

TEST_CASE("bare and debian@12 are bases") {
    const auto bare = base_kind("bare");
    REQUIRE(bare);
    CHECK(bare->release.empty());
    CHECK_FALSE(is_unmaintained(*bare, 4'000'000'000));
    const auto debian = base_kind("debian@12");
    REQUIRE(debian);
    CHECK(debian->release == "bookworm");
    CHECK(debian->end_of_life.value_or("").starts_with("2028-"));
}

TEST_CASE("Debian 12 is maintained through the last day of its LTS") {
    const BaseKind kind{"debian@12", "bookworm", "2028-06-30"};
    CHECK_FALSE(is_unmaintained(kind, 1781136000));  // 2026-06-11: the plain end of life is over
    CHECK_FALSE(is_unmaintained(kind, 1846022399));
    CHECK(is_unmaintained(kind, 1846022400));
}

TEST_CASE("an unknown base is refused with near names") {
    const auto near = base_kind("debian@11");
    REQUIRE_FALSE(near);
    CHECK(near.error().code == "RB0850");
    CHECK(near.error().suggestions == std::vector<std::string>{"debian@12"});
    const auto far = base_kind("ubuntu@24.04");
    REQUIRE_FALSE(far);
    CHECK(far.error().message.find("ubuntu@24.04") != std::string::npos);
    CHECK(far.error().hint == "bases are: bare, debian@12");
}
