#include "bases/end_of_life.hpp"

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
    CHECK(day_in_table(csv, "bookworm", "eol-lts") == "2028-06-30");
    CHECK(day_in_table(csv, "bullseye", "eol-lts") == "2026-08-31");
    CHECK(day_in_table("series,eol-lts,eol\r\nbookworm,2029-01-02,2001-01-01\r\n", "bookworm", "eol-lts") ==
          "2029-01-02");
}

TEST_CASE("a release without an LTS end has none") {
    CHECK_FALSE(day_in_table(csv, "buzz", "eol-lts"));
    CHECK_FALSE(day_in_table(csv, "forky", "eol-lts"));
    CHECK_FALSE(day_in_table(csv, "sid", "eol-lts"));
    CHECK_FALSE(day_in_table(csv, "noble", "eol-lts"));
    CHECK_FALSE(day_in_table("", "bookworm", "eol-lts"));
    CHECK_FALSE(day_in_table("series,eol\nbookworm,2026-06-10\n", "bookworm", "eol-lts"));
    CHECK_FALSE(day_in_table("series,eol-lts\nbookworm,soon\n", "bookworm", "eol-lts"));
}

TEST_CASE("a day ends when the next begins") {
    CHECK(end_of_day("1970-01-01") == 86400);
    CHECK(end_of_day("2028-06-30") == 1846022400);  // date -u -d 2028-07-01 +%s
    CHECK(end_of_day("2024-02-29") == 1709251200);
    for (const auto* bad :
         {"", "2028-6-30", "2023-02-29", "2028-13-01", "2028/06/30", "20280630", "2028-06-3x", "-028-06-30"})
        CHECK_FALSE(end_of_day(bad));
}

TEST_CASE("a base is maintained through the last day of its support, and that ends soon within 90 days") {
    using enum Maintained;
    CHECK(maintained("2028-06-30", 1781136000) == yes);        // 2026-06-11: Debian 12's plain end of life is over
    CHECK(maintained("2028-06-30", 1846022399) == ends_soon);  // the last second of the last day
    CHECK(maintained("2028-06-30", 1846022400) == no);
    CHECK(maintained("2028-06-30", 1846022400 - 90 * 86400) == ends_soon);
    CHECK(maintained("2028-06-30", 1846022400 - 90 * 86400 - 1) == yes);
    CHECK(maintained(std::nullopt, 4'000'000'000) == yes);
}

TEST_CASE("Ubuntu counts by its standard support and Debian by its long-term support") {
    CHECK(end_of_life("debian@12").value_or("").starts_with("2028-"));
    CHECK(end_of_life("ubuntu@20.04").value_or("").starts_with("2025-0"));
    CHECK(end_of_life("ubuntu@24.04").value_or("").starts_with("2029-"));
    for (const auto* without : {"bare", "devel", "ubuntu@26.10", "debian@7"}) CHECK_FALSE(end_of_life(without));
}
