#include "project/yaml.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using namespace rockbuild;
using test::Lines;
using test::place;

namespace {

std::string range(const Span& span) {
    return fmt::format("{}:{}-{}:{}", span.begin.line, span.begin.column, span.end.line, span.end.column);
}

/// The tree as one line: {key:value,…}, [item,…], texts as they are.
std::string shape(const YamlNode& node) {
    std::string text;
    switch (node.kind) {
        case YamlNode::Kind::scalar:
            return node.text;
        case YamlNode::Kind::list:
            for (const auto& item : node.items) text += (text.empty() ? "" : ",") + shape(*item);
            return "[" + text + "]";
        case YamlNode::Kind::map:
            for (const auto& pair : node.pairs)
                text += (text.empty() ? "" : ",") + pair.key->text + ":" + shape(*pair.value);
            return "{" + text + "}";
    }
    return text;
}

std::string shape(const std::string& text) {
    const auto reading = read_yaml(text, "f");
    return reading.root ? shape(*reading.root) : "nothing";
}

Lines said(const std::string& text) { return test::said(read_yaml(text, "f").diagnostics); }

const YamlNode& value(const YamlReading& reading, const std::string& key) {
    for (const auto& pair : reading.root->pairs)
        if (pair.key->text == key) return *pair.value;
    throw std::runtime_error("no key " + key);
}

}  // namespace

TEST_CASE("every node has its begin and its end") {
    const auto reading =
        read_yaml("a: 1\nb: \"é\"\nc:\n  - x\n  - y\nd: [1, 2]\ne:\nf: |\n  l1\n  l2\ng: 'ü' # c\n", "f");
    REQUIRE(reading.diagnostics.empty());
    CHECK(range(value(reading, "a").span) == "1:4-1:5");
    CHECK(range(value(reading, "b").span) == "2:4-2:7");  // characters, not bytes
    CHECK(range(value(reading, "c").span) == "4:3-6:1");
    CHECK(range(value(reading, "d").span) == "6:4-6:10");
    CHECK(range(value(reading, "e").span) == "7:3-7:3");  // nothing: right behind the colon
    CHECK(range(value(reading, "f").span) == "8:4-11:1");
    CHECK(value(reading, "f").literal);
    CHECK(range(value(reading, "g").span) == "11:4-11:7");
    CHECK_FALSE(value(reading, "g").plain);
    CHECK(value(reading, "a").plain);
}

TEST_CASE("a byte order mark and carriage returns shift nothing") {
    const auto reading = read_yaml(
        "\xef\xbb\xbf"
        "a: 1\r\nb: |\r\n  x\r\n  y\r\n",
        "f");
    REQUIRE(reading.diagnostics.empty());
    CHECK(range(value(reading, "a").span) == "1:4-1:5");
    CHECK(value(reading, "b").text == "x\ny\n");
}

TEST_CASE("a key given twice is refused with both places and the rest is still read") {
    const auto reading = read_yaml("a: 1\n\"a\": 2\nb: {c: 1, c: 2}\n1: x\n'1': y\n", "f");
    CHECK(test::said(reading.diagnostics) == Lines{"RB0301 2:1 the key 'a' is given twice",
                                                   "RB0301 3:11 the key 'c' is given twice",
                                                   "RB0301 5:1 the key '1' is given twice"});
    REQUIRE(reading.diagnostics[0].notes.size() == 1);
    CHECK(place(*reading.diagnostics[0].notes[0].span) == "1:1");
    REQUIRE(reading.root);
    CHECK(shape(*reading.root) == "{a:1,b:{c:1},1:x}");
}

TEST_CASE("aliases keep the place of their use and know their anchor") {
    const auto reading = read_yaml("a: &x {k: v}\nb: *x\nc: [*x]\n", "f");
    REQUIRE(reading.diagnostics.empty());
    CHECK(shape(*reading.root) == "{a:{k:v},b:{k:v},c:[{k:v}]}");
    CHECK(range(value(reading, "b").span) == "2:4-2:6");
    REQUIRE(value(reading, "b").anchor);
    CHECK(value(reading, "b").anchor->begin == Position{1, 4});
    CHECK_FALSE(value(reading, "a").anchor);
}

// The orders are those of the dicts that PyYAML makes of the same texts.
TEST_CASE("merged keys come first and explicit ones win at their place") {
    CHECK(shape("a: &x {q: 1, r: 2}\nb:\n  z: 0\n  <<: *x\n  q: 9\n  y: 3\n") == "{a:{q:1,r:2},b:{q:9,r:2,z:0,y:3}}");
    CHECK(shape("p: &p {a: 1, b: 1}\nq: &q {b: 2, c: 2}\nr: {<<: [*p, *q], d: 4}") ==
          "{p:{a:1,b:1},q:{b:2,c:2},r:{b:1,c:2,a:1,d:4}}");
    CHECK(shape("p: &p {a: 1}\nq: &q {<<: *p, b: 2}\nr: {<<: *q}") == "{p:{a:1},q:{a:1,b:2},r:{a:1,b:2}}");
    CHECK(shape("<<: {a: 1}\n") == "{a:1}");
    CHECK(shape("a: {'<<': 1}") == "{a:{<<:1}}");
    CHECK(said("p: &p {a: 1}\nr: {<<: *p, <<: *p}") == Lines{"RB0301 2:13 the key '<<' is given twice"});
    CHECK(said("a: {<<: 3}") == Lines{"RB0302 1:9 only a map can be merged with '<<'"});
}

TEST_CASE("what is wrong with an anchor is said at its place") {
    CHECK(said("a: *x\n") == Lines{"RB0300 1:4 there is no anchor '&x' before this"});
    CHECK(said("a: &x [*x]\n") == Lines{"RB0300 1:8 the alias '*x' lies in what it stands for"});
    CHECK(said("a: &x 1\nb: &x 2\n") == Lines{"RB0301 2:4 the anchor '&x' is given twice"});
}

TEST_CASE("keys that are no texts are refused") {
    CHECK(said("on: 1\n") == Lines{"RB0300 1:1 the key 'on' is no text: YAML reads it as yes or no"});
    CHECK(said("a:\n  ~: 1\n") == Lines{"RB0300 2:3 the key '~' is no text: YAML reads it as nothing"});
    CHECK(said("? [a]\n: 1\n") == Lines{"RB0300 1:3 a key must be a word, not a list or a map"});
    CHECK(said("'on': 1\n").empty());
    CHECK(read_yaml("name: {{ x }}\n", "f").diagnostics.front().hint.find("{{ }}") != std::string::npos);
}

TEST_CASE("tags other than those of texts lists and maps are refused") {
    CHECK(said("a: !!str 1\nb: !!map {}\nc: !!seq []\nd: ! x\n").empty());
    CHECK_FALSE(value(read_yaml("a: !!str 1\n", "f"), "a").plain);
    CHECK(said("a: !secret x\n") == Lines{"RB0300 1:4 the tag '!secret' means nothing here"});
}

TEST_CASE("a second document and an empty file") {
    CHECK(said("a: 1\n---\nb: 1\n") == Lines{"RB0300 2:1 a second document begins here"});
    CHECK(said("---\na: 1\n...\n").empty());
    CHECK(shape("") == "nothing");
    CHECK(shape("# nothing\n") == "nothing");
}

TEST_CASE("depth is bound while reading") {
    CHECK(said(std::string(100000, '[')) == Lines{"RB0300 1:201 this is nested too deeply"});
    CHECK(said(std::string(200, '[') + std::string(200, ']')).empty());
}

TEST_CASE("aliases of aliases are bound") {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        bomb += fmt::format("a{0}: &a{0} [", i);
        for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
        bomb += "]\n";
    }
    const auto reading = read_yaml(bomb, "f");
    CHECK_FALSE(reading.root);
    REQUIRE(reading.diagnostics.size() == 1);
    CHECK(reading.diagnostics[0].message == "the aliases of this file stand for too much");
    // Long texts count as well: a megabyte, a thousand times.
    std::string text = "a: &a '" + std::string(1000000, 'x') + "'\nb:\n";
    for (int i = 0; i < 1000; ++i) text += "- *a\n";
    CHECK_FALSE(read_yaml(text, "f").root);
}

TEST_CASE("a large file without aliases is read") {
    std::string text;
    for (int i = 0; i < 600000; ++i) text += fmt::format("k{}: v\n", i);
    const auto reading = read_yaml(text, "f");
    REQUIRE(reading.root);
    CHECK(reading.root->pairs.size() == 600000);
}
