// What the user wrote and what an extension makes, become one (spec/rockcraft-yaml.md §10.1).
#include "project/extensions/merge.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;

namespace {

std::string text_of(const YamlNode& node) {
    std::string text;
    if (node.kind == YamlNode::Kind::scalar) return node.text;
    if (node.kind == YamlNode::Kind::list) {
        for (const auto& item : node.items) text += (text.empty() ? "" : ",") + text_of(*item);
        return "[" + text + "]";
    }
    for (const auto& pair : node.pairs) text += (text.empty() ? "" : ",") + pair.key->text + ":" + text_of(*pair.value);
    return "{" + text + "}";
}

std::string merged(const std::string& user, const char* made) {
    const auto reading = read_yaml(user, "f");
    REQUIRE(reading.root);
    return text_of(*merge_project(reading.root, as_nodes(Snippet::parse(made), {"f", {1, 2}, {1, 3}}, "x")));
}

}  // namespace

TEST_CASE("what the user says stands") {
    CHECK(merged("a: 1", R"({"a": 2, "b": 3})") == "{a:1,b:3}");
    CHECK(merged("a: [x]", R"({"a": {"b": "c"}})") == "{a:[x]}");
    CHECK(merged("a: {b: {c: d}}", R"({"a": {"b": {"e": "f"}, "g": "h"}})") == "{a:{b:{c:d,e:f},g:h}}");
}

TEST_CASE("what says nothing is replaced") {
    for (const auto* nothing : {"", "''", "[]", "{}", "no", "0", "0.0", "~"}) {
        INFO(nothing);
        CHECK(merged(std::string("a: ") + nothing, R"({"a": "made"})") == "{a:made}");
    }
    CHECK(merged("a: 'no'", R"({"a": "made"})") == "{a:no}");
}

TEST_CASE("lists are the extension's entries and then the user's") {
    CHECK(merged("a: [x, y]", R"({"a": ["z", "x"]})") == "{a:[z,x,y]}");
    CHECK(merged("a: [{k: 1}, {k: 1}]", R"({"a": ["z", "z"]})") == "{a:[z,z,{k:1},{k:1}]}");
    CHECK(merged("a: [1, x]", R"({"a": ["x"]})") == "{a:[x,1,x]}");
}

TEST_CASE("keys of the project and of services are the same in both spellings, names are not") {
    CHECK(merged("run_user: a", R"({"run-user": "b"})") == "{run_user:a}");
    CHECK(merged("services: {a_b: {user_id: 1}}", R"({"services": {"a_b": {"user-id": 2}, "a-b": {}}})") ==
          "{services:{a_b:{user_id:1},a-b:{}}}");
    CHECK(merged("parts: {a: {stage_x: 1}}", R"({"parts": {"a": {"stage-x": 2}}})") ==
          "{parts:{a:{stage_x:1,stage-x:2}}}");
}

TEST_CASE("what is made stands where the extension is named") {
    const auto made = as_nodes(Snippet::parse(R"({"a": ["b", 1, true]})"), {"f", {3, 4}, {3, 9}}, "x");
    const auto& list = *made->pairs[0].value;
    CHECK(list.items[0]->span.begin.line == 3);
    CHECK(list.items[0]->made_by == "x");
    CHECK(made->pairs[0].key->made_by == "x");
    CHECK_FALSE(list.items[0]->plain);
    CHECK(yaml_type(*list.items[1]) == YamlType::integer);
    CHECK(yaml_type(*list.items[2]) == YamlType::boolean);
}
