#include "project/yaml.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace rockbuild;

namespace {

YamlNode plain(const std::string& text) {
    YamlNode node;
    node.text = text;
    node.plain = true;
    return node;
}

struct Row {
    const char* written;
    YamlType type;
    const char* text;
};

// What Python 3.11 with PyYAML's SafeLoader makes of `a: WRITTEN`: its type, and str() of integers and floats.
const std::array rows{
    Row{"yes", YamlType::boolean, "yes"},
    Row{"Off", YamlType::boolean, "Off"},
    Row{"TRUE", YamlType::boolean, "TRUE"},
    Row{"y", YamlType::text, "y"},
    Row{"N", YamlType::text, "N"},
    Row{"~", YamlType::null, "~"},
    Row{"Null", YamlType::null, "Null"},
    Row{"", YamlType::null, ""},
    Row{"0", YamlType::integer, "0"},
    Row{"-0", YamlType::integer, "0"},
    Row{"+12", YamlType::integer, "12"},
    Row{"0777", YamlType::integer, "511"},
    Row{"0_7", YamlType::integer, "7"},
    Row{"0o17", YamlType::text, "0o17"},
    Row{"08", YamlType::text, "08"},
    Row{"0x1F", YamlType::integer, "31"},
    Row{"0b101", YamlType::integer, "5"},
    Row{"0b2", YamlType::text, "0b2"},
    Row{"1_000", YamlType::integer, "1000"},
    Row{"_1", YamlType::text, "_1"},
    Row{"1:30", YamlType::integer, "90"},
    Row{"-1:30", YamlType::integer, "-90"},
    Row{"190:20:30", YamlType::integer, "685230"},
    Row{"1:60", YamlType::text, "1:60"},
    Row{"01:30", YamlType::text, "01:30"},
    Row{"1:30.5", YamlType::floating, "90.5"},
    Row{"12345678901234567890123", YamlType::integer, "12345678901234567890123"},
    Row{"1.10", YamlType::floating, "1.1"},
    Row{"24.04", YamlType::floating, "24.04"},
    Row{"1.", YamlType::floating, "1.0"},
    Row{".5", YamlType::floating, "0.5"},
    Row{"+.5", YamlType::text, "+.5"},
    Row{"1e3", YamlType::text, "1e3"},
    Row{"1.5e3", YamlType::text, "1.5e3"},
    Row{"1.5e+3", YamlType::floating, "1500.0"},
    Row{"1.0e+15", YamlType::floating, "1000000000000000.0"},
    Row{"1.0e+16", YamlType::floating, "1e+16"},
    Row{"0.0001", YamlType::floating, "0.0001"},
    Row{"0.00001", YamlType::floating, "1e-05"},
    Row{"9007199254740993.0", YamlType::floating, "9007199254740992.0"},
    Row{"-0.0", YamlType::floating, "-0.0"},
    Row{"1.0e+309", YamlType::floating, "inf"},
    Row{".inf", YamlType::floating, "inf"},
    Row{"-.INF", YamlType::floating, "-inf"},
    Row{".NaN", YamlType::floating, "nan"},
    Row{"1.2.3", YamlType::text, "1.2.3"},
    Row{"v1.0", YamlType::text, "v1.0"},
    Row{"--1", YamlType::text, "--1"},
};

}  // namespace

TEST_CASE("plain scalars have the types and texts that PyYAML gives them") {
    for (const auto& row : rows) {
        INFO(row.written);
        CHECK(yaml_type(plain(row.written)) == row.type);
        CHECK(yaml_text(plain(row.written)) == row.text);
    }
}

TEST_CASE("what is not plain is text as it stands") {
    auto node = plain("0777");
    node.plain = false;
    CHECK(yaml_type(node) == YamlType::text);
    CHECK(yaml_text(node) == "0777");
    CHECK_FALSE(yaml_integer(node));
}

TEST_CASE("dates are told from texts that look like them") {
    for (const auto* date : {"2026-08-23", "2026-8-2 1:02:03", "2026-08-23T10:00:00Z", "2026-08-23t1:00:00.5+02:00"})
        CHECK(is_yaml_date(plain(date)));
    for (const auto* text : {"2026-8-23", "20-08-23", "1-2", "2026-08-23x", "v2026-08-23", ""})
        CHECK_FALSE(is_yaml_date(plain(text)));
}

TEST_CASE("an integer beyond 64 bits is none") {
    CHECK(yaml_integer(plain("9223372036854775807")) == 9223372036854775807);
    CHECK_FALSE(yaml_integer(plain("9223372036854775808")));
    CHECK_FALSE(yaml_integer(plain("0xffffffffffffffffffff")));
    std::string sixties = "1";
    for (int i = 0; i < 40; ++i) sixties += ":59";
    CHECK_FALSE(yaml_integer(plain(sixties)));
    CHECK(yaml_boolean(plain("on")) == true);
    CHECK(yaml_boolean(plain("NO")) == false);
    CHECK_FALSE(yaml_boolean(plain("0")));
}
