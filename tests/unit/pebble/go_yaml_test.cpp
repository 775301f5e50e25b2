// What `pebble enter plan` of Pebble 1.32.1 made of the same scalars.
#include "pebble/go_yaml.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

Yaml scalar(const std::string& text) { return read_yaml("v: " + text, "f", YamlReader::pebble).root->pairs[0].value; }

std::string number(const std::string& text) {
    const auto value = go_number(*scalar(text));
    return value ? std::to_string(value->value) + (value->cut ? " cut" : "") : "none";
}

}  // namespace

TEST_CASE("whole numbers are taken from many spellings") {
    CHECK(number("0x10") == "16");
    CHECK(number("0777") == "511");
    CHECK(number("08") == "8");
    CHECK(number("1_000") == "1000");
    CHECK(number("1.0") == "1");
    CHECK(number("1.5") == "1 cut");
    CHECK(number("1e3") == "1000");
    CHECK(number(".5") == "0 cut");
    CHECK(number("!!int \"5\"") == "5");
    CHECK(number("!!float 5") == "5");
    CHECK(number("! 5") == "5");
    CHECK(number("9223372036854775807") == "9223372036854775807");
    for (const auto* bad : {"'5'", "!!str 5", "!foo 5", "1:30", "true", "2026-01-01", "0x", "1e30", ".inf", ".nan",
                            "9223372036854775808", "x", "''"}) {
        INFO(bad);
        CHECK(number(bad) == "none");
    }
}

TEST_CASE("a text takes any scalar as it is written") {
    for (const auto* text : {"1.50", "true", "yes", "0x10", "2026-01-01", "1_0"}) CHECK(go_text(*scalar(text)) == text);
    CHECK(go_text(*scalar("~")) == "");
    CHECK(go_text(*scalar("!foo x")) == "x");
    CHECK_FALSE(go_text(*scalar("!!int x")));
    CHECK_FALSE(go_text(*scalar("!!null x")));
    CHECK_FALSE(go_text(*scalar("!!timestamp 2026-01-01 10:00:00Z")));
    CHECK(go_text(*scalar("!!timestamp 2026-01-01T10:00:00Z")));
}

TEST_CASE("nothing, and what only looks like it") {
    for (const auto* nothing : {"~", "null", "NULL", "", "!!null ''"}) CHECK(is_go_null(*scalar(nothing)));
    for (const auto* something : {"''", "'null'", "nil", "!!str", "{}"}) CHECK_FALSE(is_go_null(*scalar(something)));
    // In brackets nothing is an empty text.
    CHECK_FALSE(is_go_null(*read_yaml("s: {a: }", "f", YamlReader::pebble).root->pairs[0].value->pairs[0].value));
}
