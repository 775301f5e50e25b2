// The grammar of parts: what is chosen for which build, and what is said of clauses that can't be.
#include "project/clauses.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using namespace rockbuild;
using test::Lines;
using test::said;
using test::with;

namespace {

Arch arch(const std::string& name) { return *arch_from_debian(name); }

/// The tree as one line: [a,b], {k:v}; nothing as ~.
std::string line(const YamlNode& node) {
    std::string text;
    if (node.kind == YamlNode::Kind::scalar) return is_null(node) ? "~" : node.text;
    for (const auto& item : node.items) text += (text.empty() ? "" : ",") + line(*item);
    for (const auto& pair : node.pairs) text += (text.empty() ? "" : ",") + pair.key->text + ":" + line(*pair.value);
    return node.kind == YamlNode::Kind::list ? "[" + text + "]" : "{" + text + "}";
}

/// What `value` says as `key` of a part, built on `on` for `target`; "fail" where `else fail` was reached.
std::string chosen(const std::string& key, const std::string& value, const std::string& on, const std::string& target) {
    const auto parts = read_yaml("p: {" + key + ": " + value + "}\n", "f").root;
    Complaints complaints("f");
    const auto tree = choose_clauses(complaints, parts, arch(on), arch(target), "here");
    for (const auto& item : complaints.all()) {
        CHECK(item.code == "RB0322");
        CHECK(item.message.find("here") != std::string::npos);
        return "fail";
    }
    return line(*tree->pairs.at(0).value->pairs.at(0).value);
}
std::string list(const std::string& value, const std::string& on = "amd64", const std::string& target = "arm64") {
    return chosen("stage-packages", value, on, target);
}
std::string single(const std::string& value, const std::string& on = "amd64", const std::string& target = "arm64") {
    return chosen("source", value, on, target);
}

Lines of(const std::string& key, const std::string& value) {
    auto lines = said(with("parts:\n  p: {plugin: nil, " + key + ": " + value + "}\n"));
    for (auto& one : lines) one.erase(one.find(' ', one.find(' ') + 1));
    return lines;
}

}  // namespace

TEST_CASE("a clause says what holds on one machine or for one") {
    CHECK(list("[a, on amd64: [b], to amd64: [c], on amd64 to arm64: d]") == "[a,b,d]");
    CHECK(list("[a, {on arm64: [b]}, {to arm64: [c, d]}]") == "[a,c,d]");
    CHECK(list("[{on amd64 to amd64: [a]}]") == "[]");
    CHECK(list("[{on amd64: }]") == "[]");
    CHECK(list("[a, b]") == "[a,b]");
    CHECK(list("[]") == "[]");
}

TEST_CASE("what a sentence's clause doesn't say, its first else says") {
    CHECK(list("[{on arm64: [a]}, {else: [b]}]") == "[b]");
    CHECK(list("[{on arm64: [a]}, {else: []}, {else: [c]}, {else: [d]}]") == "[c]");
    CHECK(list("[{on amd64: []}, {else: [b]}]") == "[]");  // it held
    CHECK(list("[{on arm64: [a]}, {else: [{on arm64: [b]}, {else: [c]}]}]") == "[c]");
    // Anything but else ends a sentence.
    CHECK(list("[{on arm64: [a]}, x, {on amd64: [b]}, {else: [c]}]") == "[x,b]");
    CHECK(list("[{on arm64: [a]}, {to arm64: [b]}, {else: [c]}]") == "[b]");
}

TEST_CASE("else fail fails where nothing was said before it") {
    CHECK(list("[{on arm64: [a]}, else fail]") == "fail");
    CHECK(list("[{on amd64: [a]}, else fail]") == "[a]");
    CHECK(list("[{on arm64: [a]}, {else: [b]}, else fail]") == "[b]");
    CHECK(list("[{on arm64: [a]}, {else: [{to amd64: [b]}, else fail]}]") == "fail");
    CHECK(list("[{to amd64: [{on arm64: [b]}, else fail]}]") == "[]");  // never looked at
    const auto lines = said(with("parts:\n  p:\n    plugin: nil\n    stage-packages: [{to s390x: a}, else fail]\n"));
    CHECK(lines == Lines{"RB0322 11:37 'else fail': nothing is said here for platform 'amd64' built on amd64"});
}

TEST_CASE("bodies may have clauses, and may be one text") {
    CHECK(list("[{on amd64: [a, {to arm64: [b, {to amd64: c}]}]}]") == "[a,b]");
    CHECK(list("[{on amd64: a}]") == "[a]");
}

TEST_CASE("where one value is asked for the first one counts") {
    CHECK(single("[{on arm64: a}, {to arm64: b}]") == "b");
    CHECK(single("[{on amd64: a}, {to arm64: b}]") == "a");
    CHECK(single("[{on amd64: [a, b]}]") == "a");
    CHECK(single("[{on arm64: a}]") == "~");
    CHECK(single("a") == "a");
    CHECK(chosen("organize", "[{on amd64: {a: b, c: d}}]", "amd64", "amd64") == "{a:b,c:d}");
    CHECK(chosen("override-build", "[{to s390x: x}, {else: y}]", "amd64", "amd64") == "y");
    CHECK(chosen("build-environment", "[{A: b}, {on amd64: [{C: d}, {E: f}]}]", "amd64", "amd64") ==
          "[{A:b},{C:d},{E:f}]");
    CHECK(chosen("permissions", "[{on amd64: [{path: a}]}]", "amd64", "amd64") == "[{path:a}]");
}

TEST_CASE("selectors of several architectures and of none never hold") {
    CHECK(list("[{'on amd64,arm64': [a]}, {else: [b]}]") == "[b]");
    CHECK(list("[{for amd64: [a]}, {else: [b]}]") == "[b]");
    CHECK(list("[{on riscv: [a]}, {else: [b]}]") == "[b]");
    CHECK(of("stage-packages", "[{'on amd64,arm64': [a]}]") == Lines{"WRB0321 9:38"});
    CHECK(of("stage-packages", "[{for amd64: [a]}]") == Lines{"WRB0321 9:38"});
    CHECK(of("stage-packages", "[{on amd46: [a]}]") == Lines{"WRB0321 9:38"});
}

TEST_CASE("clauses that can't be read are told at their key") {
    CHECK(of("stage-packages", "[{try: [a]}]") == Lines{"RB0320 9:38"});
    CHECK(of("stage-packages", "[{on amd64 for x: [a]}]") == Lines{"RB0320 9:38"});
    CHECK(of("stage-packages", "[{'on amd64, arm64': [a]}]") == Lines{"RB0320 9:38"});
    CHECK(of("stage-packages", "[{else: [a]}]") == Lines{"RB0320 9:38"});
    CHECK(of("stage-packages", "[a, else fail]") == Lines{"RB0320 9:40"});
    CHECK(of("stage-packages", "[{to s390x: [a]}, {else: else fail}]") == Lines{"RB0320 9:61"});
    CHECK(of("source", "else fail") == Lines{"RB0320 9:28"});
    CHECK(of("stage-packages", "[{else fail: [a]}]").front() == "RB0320 9:38");
    CHECK(of("stage-packages", "[{on amd64: [a], else: [b]}]").front() == "RB0320 9:53");
    CHECK(of("stage-packages", "{on amd64: [a]}") == Lines{"RB0320 9:37"});
    CHECK(of("stage-packages", "[{onn amd64: [a]}]") == Lines{"RB0320 9:38"});
    CHECK(of("stage-packages", "[{to arm64: [{try: a}]}]") == Lines{"RB0320 9:50"});  // though it isn't built here
}

TEST_CASE("keys that take no clauses say so") {
    CHECK(of("override-overlay", "[{on amd64: x}]") == Lines{"RB0320 9:40"});
    CHECK(of("overlay-recommended-packages", "[{on amd64: [x]}]") == Lines{"RB0320 9:52"});
    CHECK(said(with("parts: {p: {plugin: go, source: ., go-buildtags: [{on amd64: [x]}]}}\n")).size() == 1);
}

TEST_CASE("a value that only other platforms have is missing here") {
    CHECK(said(with("parts: {p: {plugin: dump, source: [{to arm64: x}]}}\n")) ==
          Lines{"RB0312 8:27 part 'p' needs 'source'"});
    CHECK(said(with("parts: {p: {plugin: [{to arm64: nil}, {else: dump}], source: [{to amd64: x}]}}\n")).empty());
}

TEST_CASE("what has no clauses is the very same tree") {
    const auto parts = read_yaml("p: {stage: [a, b], organize: {a: x}, build-environment: [{A: b}]}\n", "f").root;
    Complaints complaints("f");
    CHECK(choose_clauses(complaints, parts, arch("amd64"), arch("amd64"), "here") == parts);
}
