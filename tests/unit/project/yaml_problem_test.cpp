#include "project/yaml_problem.hpp"

#include "project/yaml.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using test::place;

namespace {

Diagnostic only(const std::string& text) {
    auto all = read_yaml(text, "f").diagnostics;
    REQUIRE(all.size() == 1);
    CHECK(all[0].code == "RB0300");
    return all[0];
}

std::string said(const std::string& text) {
    const auto item = only(text);
    return place(*item.span) + " " + item.message;
}

}  // namespace

TEST_CASE("a quote that is never closed is shown at both ends") {
    const auto item = only("a: 1\nb: \"x\nc: 2\n");
    CHECK(item.message == "a quote is opened and never closed");
    CHECK(place(*item.span) == "4:1");
    REQUIRE(item.notes.size() == 1);
    CHECK(place(*item.notes[0].span) == "2:4");
}

TEST_CASE("tabs are called tabs") {
    CHECK(said("a:\n\tb: 1\n") == "2:1 a tab where YAML takes blanks only");
    CHECK(only("a:\n\tb: 1\n").hint == "indent with blanks");
    CHECK(said("a: |\n\tb\n") == "2:1 this line is indented with a tab");
}

TEST_CASE("bytes that are no text have a line and a column") {
    CHECK(said("a: 1\nb: é\xff\n") == "2:5 the file is no text in UTF-8 here (byte 0xff)");
    CHECK(said(std::string("a: é\0b\n", 8)) == "1:5 the file has a control character here (U+0000)");
    CHECK(said("a: \x07\n") == "1:4 the file has a control character here (U+0007)");
    CHECK(said("\xff\xfe"
               "a\0:\0") == "1:1 the file is no text in UTF-8 here (byte 0xff)");  // UTF-16
    CHECK(said("a: \xc2\x81\n") == "1:4 the file has a control character here (U+0081)");
    CHECK(said("a: \x80\n") == "1:4 the file is no text in UTF-8 here (byte 0x80)");
    CHECK(said("\xef\xbb\xbf"
               "a: \xc3(\n") == "1:4 the file is no text in UTF-8 here (byte 0xc3)");
}

TEST_CASE("mistakes of indentation and punctuation") {
    CHECK(said(" a: 1\nb: 2\n") == "2:1 this doesn't fit in with what is above it");
    CHECK(said("a: x: y\n") == "1:5 a second ': ' on one line");
    CHECK(said("a: 1\nfoo\nb: 2\n") == "2:1 this line is no `key: value`");  // libyaml says 3:1
    CHECK(said("a: - b\n") == "1:4 a list can't begin here");
    CHECK(said("a:\n  - b\n c: 1\n").substr(0, 4) == "3:2 ");
    CHECK(said("a: [1, 2\nb: 3\n").find("a `[` list is not closed") != std::string::npos);
    CHECK(said("a: {x: 1\nb: 3\n").find("a `{` map is not closed") != std::string::npos);
    CHECK(said("a: %b\n") == "1:4 a value can't begin with `%`");
    CHECK(said("a: @b\n") == "1:4 a value can't begin with `@`");
    CHECK(said("a: \"\\q\"\n").find("an unknown escape in double quotes") != std::string::npos);
    CHECK(said("a: *\n").find("a name must follow the `&` or `*`") != std::string::npos);
}

TEST_CASE("a problem without better words keeps those of libyaml") {
    YamlProblem problem;
    problem.problem = "found something new";
    problem.at = {2, 3};
    problem.context = "while scanning";
    problem.context_at = {1, 1};
    const auto item = explain_yaml_problem("a\nbcd\n", "f", problem);
    CHECK(item.message == "found something new");
    CHECK(place(*item.span) == "2:3");
    REQUIRE(item.notes.size() == 1);
    CHECK(item.notes[0].message == "while scanning");
}
