// Values out of a map: what isn't what it should be counts as absent.
#include "project/reading.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;

namespace {

Yaml map(const std::string& text) { return read_yaml(text, "f").root; }

}  // namespace

TEST_CASE("texts are scalars that are no booleans, dates or nothing") {
    const auto node = map("a: x\nb: 1.50\nc: yes\nd: 2026-01-01\ne:\nf: [x]\ng: {}\nh: ''\ni: 'yes'\n");
    CHECK(text_at(*node, "a")->value == "x");
    CHECK(text_at(*node, "b")->value == "1.5");
    for (const auto* key : {"c", "d", "e", "f", "g", "z"}) CHECK_FALSE(text_at(*node, key));
    CHECK(text_at(*node, "h")->value.empty());
    CHECK_FALSE(filled_text_at(*node, "h"));
    CHECK(text_at(*node, "i")->value == "yes");
    CHECK(test::place(text_at(*node, "b")->span) == "2:4");
}

TEST_CASE("keys are found in both spellings, or in one") {
    const auto node = map("run_user: a\nbuild-base: b\n");
    CHECK(text_at(*node, "run-user")->value == "a");
    CHECK(text_at(*node, "build-base")->value == "b");
    CHECK(find_pair(*node, "run-user", Spelling::kebab_only) == nullptr);
    CHECK(test::place(key_span(*node, "build-base")) == "2:1");
    CHECK(key_span(*node, "other") == node->span);
}

TEST_CASE("one text stands for a list of it where that is asked for") {
    const auto node = map("a: [x, 1, ~, [y], {z: z}, yes]\nb: x\nc: {d: e}\n");
    CHECK(test::values(texts_at(*node, "a")) == Lines{"x", "1"});
    CHECK(test::values(text_or_texts_at(*node, "b")) == Lines{"x"});
    CHECK(texts_at(*node, "b").empty());
    CHECK(texts_at(*node, "c").empty());
    CHECK(texts_at(*node, "z").empty());
}

TEST_CASE("pairs of texts and pairs of maps") {
    const auto node = map("a: {x: 1, y: [z], w: }\nb: {x: {k: v}, y: 1}\nc: [x]\n");
    REQUIRE(text_pairs_at(*node, "a").size() == 1);
    CHECK(text_pairs_at(*node, "a")[0].first.value == "x");
    CHECK(text_pairs_at(*node, "a")[0].second.value == "1");
    REQUIRE(maps_at(*node, "b").size() == 1);
    CHECK(maps_at(*node, "b")[0]->key->text == "x");
    CHECK(maps_at(*node, "c").empty());
    CHECK(text_pairs_at(*node, "c").empty());
}

TEST_CASE("an object has the table's keys in the table's order") {
    const ObjectShape shape{
        "thing", Spelling::kebab_or_snake, {{"first-key", integer(), "."}, {"second", text(), "."}}};
    const auto object = object_value(*map("second: 0x10\nother: x\nfirst_key: '0x10'\n"), shape);
    REQUIRE(object.pairs.size() == 2);
    CHECK(object.pairs[0].first == "first-key");
    CHECK(object.pairs[0].second.text == "16");  // a number in quotes is a number where one is asked for
    CHECK(object.pairs[1].second.text == "16");
    CHECK(find(object, "other") == nullptr);
}

TEST_CASE("addresses are written as upstream writes them") {
    CHECK(normal_address("http://LocalHost") == "http://localhost/");
    CHECK(normal_address("HTTP://h:80/A?B#C") == "http://h:80/A?B#C");
    CHECK(normal_address("https://h?x") == "https://h/?x");
    CHECK(normal_address("https://h#x") == "https://h/#x");
    CHECK(normal_address("h") == "h");
}
