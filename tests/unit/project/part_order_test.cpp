#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;
using test::read_project;
using test::said;
using test::with;

TEST_CASE("after names parts of the file") {
    CHECK(said(with("parts: {a: {plugin: nil, after: [b]}, b: {plugin: nil}}\n")).empty());
    const auto reading =
        read_project(with("parts: {web: {plugin: nil, after: [pyhton]}, python: {plugin: nil}}\n"), "f");
    CHECK(said(reading.diagnostics) == Lines{"RB0315 8:36 there is no part 'pyhton'"});
    CHECK(reading.diagnostics[0].suggestions == Lines{"python"});
    // A part that can't be read is there all the same.
    CHECK(said(with("parts: {a: {plugin: nil, after: [b]}, b: 1}\n")) ==
          Lines{"RB0313 8:42 part 'b' must be a map of keys and values, not the number 1"});
}

TEST_CASE("parts that wait for each other are named in a circle with places") {
    const auto reading = read_project(with("parts:\n"
                                           "  a: {plugin: nil, after: [c]}\n"     // 9
                                           "  b: {plugin: nil, after: [a]}\n"     // 10
                                           "  c: {plugin: nil, after: [x, b]}\n"  // 11
                                           "  x: {plugin: nil}\n"),
                                      "f");
    CHECK(said(reading.diagnostics) == Lines{"RB0315 9:28 these parts wait for each other: a -> c -> b -> a"});
    const auto& item = reading.diagnostics[0];
    CHECK(item.label == "'a' waits for 'c'");
    REQUIRE(item.notes.size() == 2);
    CHECK(item.notes[0].message == "'c' waits for 'b'");
    CHECK(test::place(*item.notes[0].span) == "11:31");
    CHECK(test::place(*item.notes[1].span) == "10:28");
    CHECK(said(with("parts: {a: {plugin: nil, after: [a]}}\n")) == Lines{"RB0315 8:34 part 'a' waits for itself"});
}

TEST_CASE("an unknown part hides no circle") {
    CHECK(said(with("parts: {a: {plugin: nil, after: [zzz, b]}, b: {plugin: nil, after: [a]}}\n")) ==
          Lines{"RB0315 8:34 there is no part 'zzz'", "RB0315 8:39 these parts wait for each other: a -> b -> a"});
}

TEST_CASE("a chain of parts may be long") {
    std::string text = "parts:\n";
    for (int i = 0; i < 20000; ++i) text += fmt::format("  p{}: {{plugin: nil, after: [p{}]}}\n", i, i + 1);
    text += "  p20000: {plugin: nil}\n";
    CHECK(said(with(text)).empty());
}
