// The values are Go's own: time.ParseDuration, Duration.String, strconv.ParseFloat and ParseInt of Go 1.26 were asked.
#include "pebble/go_values.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace rockbuild;

namespace {

std::string duration(const char* text) {
    const auto value = parse_go_duration(text);
    return value ? std::to_string(value->count()) : "none";
}

std::string printed(std::int64_t nanoseconds) { return go_duration_text(std::chrono::nanoseconds(nanoseconds)); }

}  // namespace

TEST_CASE("durations of Go, to the nanosecond") {
    CHECK(duration("1h2m3s") == "3723000000000");
    CHECK(duration("1.5h") == "5400000000000");
    CHECK(duration("-300ms") == "-300000000");
    CHECK(duration("+5s") == "5000000000");
    CHECK(duration(".5s") == "500000000");
    CHECK(duration("1.s") == "1000000000");
    CHECK(duration("2\u00b5s") == "2000");
    CHECK(duration("2\u03bcs") == "2000");
    CHECK(duration("0") == "0");
    CHECK(duration("-0") == "0");
    CHECK(duration("9223372036854775807ns") == "9223372036854775807");
    CHECK(duration("-9223372036854775808ns") == "-9223372036854775808");
    CHECK(duration("1.00000000000000000000001s") == "1000000000");
    CHECK(duration("0.9223372036854775808h") == "3320413933267");
    for (const auto* bad : {"", "5", "s", ".s", "5 s", "1d", "1.2.3s", "9223372036854775808ns", "2562048h", "1e3s",
                            "+-5s", "00", "1s2", "99999999999999999999s", "inf"}) {
        INFO(bad);
        CHECK(duration(bad) == "none");
    }
}

TEST_CASE("durations as Go prints them") {
    CHECK(printed(0) == "0s");
    CHECK(printed(1) == "1ns");
    CHECK(printed(1'500) == "1.5\u00b5s");
    CHECK(printed(300'000'000) == "300ms");
    CHECK(printed(1'500'000'000) == "1.5s");
    CHECK(printed(90'000'000'000) == "1m30s");
    CHECK(printed(7'200'000'000'000) == "2h0m0s");
    CHECK(printed(-1'000'000'000) == "-1s");
    CHECK(printed(std::numeric_limits<std::int64_t>::max()) == "2562047h47m16.854775807s");
    CHECK(printed(std::numeric_limits<std::int64_t>::min()) == "-2562047h47m16.854775808s");
}

TEST_CASE("floats of Go") {
    CHECK(parse_go_float("1.5") == 1.5);
    CHECK(parse_go_float("+2.") == 2);
    CHECK(parse_go_float(".5e1") == 5);
    CHECK(parse_go_float("1_0.2_5") == 10.25);
    CHECK(parse_go_float("0x1.8p1") == 3);
    CHECK(parse_go_float("1e-400") == 0);
    CHECK(std::isinf(parse_go_float("Infinity").value_or(0)));
    CHECK(std::isnan(parse_go_float("NaN").value_or(0)));
    for (const auto* bad :
         {"", "x", ".", "0x2", "1e400", "1__0", "_1", "1_", "1._5", "1e", "+nan", ".inf", "1 ", "1.0.0"}) {
        INFO(bad);
        CHECK_FALSE(parse_go_float(bad));
    }
}

TEST_CASE("whole numbers of Go") {
    CHECK(parse_go_integer("0x10")->magnitude == 16);
    CHECK(parse_go_integer("0o17")->magnitude == 15);
    CHECK(parse_go_integer("017")->magnitude == 15);
    CHECK(parse_go_integer("0b11")->magnitude == 3);
    CHECK(parse_go_integer("-5")->negative);
    CHECK(parse_go_integer("18446744073709551615")->magnitude == std::numeric_limits<std::uint64_t>::max());
    for (const auto* bad :
         {"", "-", "0x", "08", "1.0", "--1", "0x-1", "18446744073709551616", "-9223372036854775809"}) {
        INFO(bad);
        CHECK_FALSE(parse_go_integer(bad));
    }
}
