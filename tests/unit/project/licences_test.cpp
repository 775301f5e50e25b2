#include "project/rules.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("licence ids are found in any case and given in SPDX's") {
    CHECK(canonical_licence("mIt") == "MIT");
    CHECK(canonical_licence("apache-2.0") == "Apache-2.0");
    CHECK(canonical_licence("AGPL-3.0") == "AGPL-3.0");  // deprecated ids too
    CHECK(canonical_licence("gpl-2.0+") == "GPL-2.0+");
    CHECK(canonical_licence("PROPRIETARY") == "proprietary");
    CHECK(canonical_licence("0bsd") == "0BSD");
    CHECK(canonical_licence("zlib") == "Zlib");
    CHECK_FALSE(canonical_licence("MIT OR Apache-2.0"));
    CHECK_FALSE(canonical_licence(""));
}

TEST_CASE("near licences are suggested") {
    CHECK(near_licences("Apache2.0").front() == "Apache-2.0");
    CHECK(near_licences("MTI").front() == "MIT");
    CHECK(near_licences("something else entirely").empty());
}
