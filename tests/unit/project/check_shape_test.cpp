// A map against a table of a few keys, and random small files made of the real tables.
#include "project/check_shape.hpp"

#include "project/language.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <set>
#include <string>

using namespace rockbuild;
using test::Lines;

namespace {

const TextRule small_rule{R"(^[a-z]+$)", "is not small", "write it small"};

ObjectShape table() {
    Shape title;
    title.shortest = 2;
    title.longest = 3;
    title.empty_too = true;
    auto few = list_of(text());
    few.fewest_items = 1;
    few.most_items = 2;
    auto odd = integer(-5, 9);
    odd.forbidden = 0;
    ObjectShape shape;
    shape.noun = "thing";
    shape.keys = {{"word", ruled(small_rule), "."},
                  {"title", title, "."},
                  {"exact", exact_text(), "."},
                  {"filled", filled_text(), "."},
                  {"yes-or-no", boolean(), "."},
                  {"count", odd, "."},
                  {"ratio", number(1), "."},
                  {"kind", one_of({"one", "two"}), "."},
                  {"few", few, "."},
                  {"set", one_or_set_of(text()), "."},
                  {"map", map_of(integer(), &small_rule), "."},
                  {"either", either(one_of({"always"}), integer(1)), "."},
                  {"any", anything(), "."}};
    return shape;
}

Lines of(const std::string& text, const ObjectShape& shape) {
    Complaints complaints("f");
    const auto root = read_yaml(text, "f").root;
    check_object(complaints, {*root, "the thing", root->pairs.front().key->span}, {&shape});
    return test::said(complaints.all());
}
Lines of(const std::string& text) { return of(text, table()); }

}  // namespace

TEST_CASE("values that are what the table asks for") {
    for (const auto* good :
         {"word: abc",   "title: ab",      "title: ''",      "title: 12",   "exact: x",      "exact: '1'",
          "filled: x",   "yes_or_no: off", "count: 9",       "count: '-5'", "ratio: 1",      "ratio: 1.5",
          "ratio: .inf", "kind: two",      "few: [a]",       "few: [a, b]", "set: a",        "set: [a, b]",
          "map: {a: 1}", "map: {}",        "either: always", "either: 3",   "any: [{a: b}]", "word: ~"}) {
        INFO(good);
        CHECK(of(good).empty());
    }
}

TEST_CASE("values that can't be are told in words and at their place") {
    CHECK(of("word: Abc") == Lines{"RB0314 1:7 'Abc' is not small, in 'word'"});
    CHECK(of("word: [a]") == Lines{"RB0313 1:7 'word' must be a text, not a list"});
    CHECK(of("word: yes") == Lines{"RB0313 1:7 'word' must be a text, not the boolean yes"});
    CHECK(of("word: 2026-01-01") == Lines{"RB0313 1:7 'word' must be a text, not the date 2026-01-01"});
    CHECK(of("title: a") == Lines{"RB0314 1:8 'title' must have 2 to 3 characters, not 1"});
    CHECK(of("title: éééé") == Lines{"RB0314 1:8 'title' must have 2 to 3 characters, not 4"});
    CHECK(of("exact: 1.5") == Lines{"RB0313 1:8 'exact' must be a text, not the number 1.5"});
    CHECK(of("filled: ''") == Lines{"RB0314 1:9 'filled' is empty"});
    CHECK(of("yes-or-no: maybe") == Lines{"RB0313 1:12 'yes-or-no' must be true or false, not a text"});
    CHECK(of("count: x") == Lines{"RB0313 1:8 'count' must be a whole number, not a text"});
    CHECK(of("count: 1.5") == Lines{"RB0313 1:8 'count' must be a whole number, not the number 1.5"});
    CHECK(of("count: 10") == Lines{"RB0314 1:8 'count' can't be 10"});
    CHECK(of("count: 0") == Lines{"RB0314 1:8 'count' can't be 0"});
    CHECK(of("count: 99999999999999999999") == Lines{"RB0314 1:8 'count' can't be 99999999999999999999"});
    CHECK(of("ratio: 0.5") == Lines{"RB0314 1:8 'ratio' can't be 0.5"});
    CHECK(of("ratio: .nan") == Lines{"RB0314 1:8 'ratio' can't be .nan"});
    CHECK(of("kind: three") == Lines{"RB0314 1:7 'kind' can't be 'three'"});
    CHECK(of("few: []") == Lines{"RB0314 1:6 'few' is empty"});
    CHECK(of("few: a") == Lines{"RB0313 1:6 'few' must be a list, not a text"});
    CHECK(of("few: [a, b, c]") == Lines{"RB0314 1:13 'few' can have one entry only"});
    CHECK(of("few: [a, ~]") == Lines{"RB0313 1:10 an entry of 'few' must be a text, not nothing"});
    CHECK(of("set: [a, b, a]") == Lines{"RB0314 1:13 'set' names 'a' twice"});
    CHECK(of("map: [a]") == Lines{"RB0313 1:6 'map' must be a map of keys and values, not a list"});
    CHECK(of("map: {A: 1}") == Lines{"RB0314 1:7 'A' is not small"});
    CHECK(of("map: {a: x}") == Lines{"RB0313 1:10 'a' must be a whole number, not a text"});
    CHECK(of("either: never") == Lines{"RB0314 1:9 'either' can't be 'never'"});
    CHECK(of("either: 0") == Lines{"RB0314 1:9 'either' can't be 0"});
}

TEST_CASE("keys that are unknown, missing, or there in both spellings") {
    CHECK(of("wrod: a") == Lines{"RB0310 1:1 the thing has no key 'wrod'"});
    CHECK(of("yes-or-no: on\nyes_or_no: on") == Lines{"RB0301 2:1 'yes-or-no' is given in both spellings"});
    auto strict = table();
    strict.spelling = Spelling::kebab_only;
    CHECK(of("yes_or_no: on", strict) == Lines{"RB0310 1:1 the thing has no key 'yes_or_no'"});
    auto needing = table();
    needing.keys[0].required = true;
    CHECK(of("title: ab", needing) == Lines{"RB0312 1:1 the thing needs 'word'"});
    CHECK(of("title: ab\nword:", needing) == Lines{"RB0312 2:1 the thing needs 'word'"});
    CHECK(of("wrod: a", needing).size() == 1);  // it is meant
    needing.keys[0].unless = "title";
    CHECK(of("title: ab", needing).empty());
    auto open = table();
    open.open = true;
    CHECK(of("zzz: a", open).empty());
}

TEST_CASE("keys that go together or don't") {
    using Kind = KeyRule::Kind;
    const auto with_rule = [](Kind kind, std::vector<std::string_view> keys) {
        auto shape = table();
        shape.rules = {{kind, std::move(keys), {}, "do"}};
        return shape;
    };
    const auto exclusive = with_rule(Kind::exclusive, {"word", "title"});
    CHECK(of("title: ab\nword: a", exclusive) == Lines{"RB0316 2:1 'word' and 'title' exclude each other"});
    CHECK(of("title: ''\nword: a", exclusive).empty());
    CHECK(of("title:\nword: a", exclusive).empty());
    CHECK(of("kind: one", exclusive).empty());
    const auto together = with_rule(Kind::together, {"word", "title"});
    CHECK(of("title: ab", together) == Lines{"RB0316 1:1 'word' and 'title' go together"});
    CHECK(of("title: ab\nword: a", together).empty());
    const auto one = with_rule(Kind::one_of, {"word", "title", "kind"});
    CHECK(of("exact: x", one) == Lines{"RB0316 1:1 the thing needs one of 'word', 'title' and 'kind'"});
    CHECK(of("word: a\nkind: one", one) ==
          Lines{"RB0316 2:1 the thing can have only one of 'word', 'title' and 'kind'"});
    CHECK(of("titel: ab", one).size() == 1);  // one of them is meant
    const auto needs = with_rule(Kind::needs, {"word", "title", "kind"});
    CHECK(of("word: a", needs) == Lines{"RB0316 1:1 'word' needs 'title' or 'kind'"});
    CHECK(of("title: ab", needs).empty());
    CHECK(of("word: a\nkind: one", needs).empty());
}

// ---- random small files
// ----------------------------------------------------------------------------------------------

namespace {

/// Writes files that the tables allow: some keys of each object, each with some value that its shape takes.
class RandomFile {
public:
    explicit RandomFile(unsigned seed) : random_(seed) {}

    std::string project() {
        std::string text =
            "name: my-rock\nversion: '1.0'\nsummary: s\ndescription: d\nbase: ubuntu@24.04\nplatforms: {amd64: , "
            "arm64: {build-on: [amd64, arm64]}}\n";
        for (const auto* key : {"title", "contact", "issues", "source-code", "environment", "run-user", "services",
                                "checks", "package-repositories"})
            if (pick(2) == 0) text += line("", *find(project_shape(), key));
        text += "parts:\n  base: {plugin: nil}\n";
        for (int i = 0; i < 3; ++i) text += part(fmt::format("p{}", i));
        return text;
    }

private:
    std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

    static const KeyShape* find(const ObjectShape& object, std::string_view name) {
        for (const auto& key : object.keys)
            if (key.name == name) return &key;
        throw std::runtime_error("no such key");
    }

    /// Keys whose values other keys or places decide on.
    static bool is_odd(std::string_view key) {
        for (const auto* odd : {"plugin", "source", "source-type", "source-channel", "source-checksum",
                                "source-submodules", "source-depth", "after", "stage-slices", "build-attributes",
                                "npm-include-node", "npm-node-version", "jlink-modules"})
            if (key == odd) return true;
        return key.starts_with("source-");
    }

    std::string part(const std::string& name) {
        std::vector<const PluginShape*> plugins;
        for (const auto& plugin : plugin_shapes())
            if (find_plugin(plugin.name, Generation::noble) == &plugin) plugins.push_back(&plugin);
        const auto& plugin = *plugins[pick(plugins.size())];
        auto text = fmt::format("  {}:\n    plugin: {}\n    source: .\n    after: [base]\n", name, plugin.name);
        std::set<std::string_view> exclusive;
        for (const auto* table : {&part_shape(), &plugin.keys})
            for (const auto& key : table->keys) {
                if (is_odd(key.name) || pick(4) != 0) continue;
                if ((key.name == "overlay-script" || key.name == "override-overlay") &&
                    !exclusive.insert("overlay").second)
                    continue;
                text += line("    ", key);
            }
        return text;
    }

    std::string line(const std::string& indent, const KeyShape& key) {
        return indent + std::string(key.name) + ": " + value(key.shape, key.name) + "\n";
    }

    std::string value(const Shape& shape, std::string_view key) {
        using Kind = Shape::Kind;
        switch (shape.kind) {
            case Kind::text:
                return text(shape, key);
            case Kind::boolean:
                return pick(2) == 0 ? "true" : "no";
            case Kind::integer:
                return shape.least > 0 || pick(2) == 0
                           ? std::to_string(std::max<std::int64_t>(shape.least, 1) + static_cast<std::int64_t>(pick(9)))
                           : "'7'";
            case Kind::number:
                return "1.5";
            case Kind::list: {
                std::string items = value(shape.item.front(), key);
                if (!shape.unique && pick(2) == 0) items += ", " + value(shape.item.front(), key);
                return "[" + items + "]";
            }
            case Kind::map:
                return "{name: " + value(shape.item.front(), "name") + "}";
            case Kind::object:
                return object(*shape.object);
            case Kind::anything:
                return "{type: apt, ppa: a/b}";
        }
        return {};
    }

    std::string text(const Shape& shape, std::string_view key) {
        if (!shape.choices.empty()) return std::string(shape.choices[pick(shape.choices.size())]);
        if (shape.rule != nullptr) {
            std::vector<std::string> fitting;
            for (const auto* candidate : {"a/b", "abc", "8.0", "stable", "755", "https://example.org/x"})
                if (follows(*shape.rule, candidate)) fitting.emplace_back(candidate);
            return "'" + fitting[pick(fitting.size())] + "'";
        }
        if (key == "command") return "run";
        return pick(2) == 0 ? "some" : shape.numbers_too && key != "organize" ? "12" : "'x y'";
    }

    std::string object(const ObjectShape& table) {
        const bool check = &table == &check_shape();
        std::string_view only = check ? std::array<std::string_view, 3>{"http", "tcp", "exec"}[pick(3)] : "";
        const bool owned = pick(2) == 0;
        std::string text;
        for (const auto& key : table.keys) {
            const bool kind = check && (key.name == "http" || key.name == "tcp" || key.name == "exec");
            const bool owner = &table == &permission_shape() && (key.name == "owner" || key.name == "group");
            if (kind ? key.name != only : owner ? !owned : !key.required && pick(3) != 0) continue;
            text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key.name, value(key.shape, key.name));
        }
        return "{" + text + "}";
    }

    std::mt19937 random_;
};

Lines errors_of(const std::string& text) {
    Lines lines;
    for (const auto& item : read_document(text, "f").diagnostics)
        if (item.severity == Severity::error)
            lines.push_back(fmt::format("{} {} {}", item.code, test::place(*item.span), item.message));
    return lines;
}

}  // namespace

TEST_CASE("a file made of the tables is good, and one misspelt key in it is one error at that key") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        const auto text = RandomFile(seed).project();
        INFO(text);
        REQUIRE(errors_of(text) == Lines{});
        // The keys at the left margin and those of parts, one each time.
        std::vector<std::pair<std::size_t, unsigned>> keys;  // where it begins, and its line
        unsigned line = 1;
        for (std::size_t begin = 0; begin < text.size(); ++line) {
            const auto end = text.find('\n', begin);
            const auto at = text.find_first_not_of(' ', begin);
            if (at - begin != 2) keys.emplace_back(at, line);
            begin = end + 1;
        }
        const auto [at, number] = keys[seed % keys.size()];
        auto misspelt = text;
        misspelt.insert(misspelt.find(':', at), "q");
        INFO(misspelt);
        const auto found = errors_of(misspelt);
        REQUIRE(found.size() == 1);
        CHECK(found[0].starts_with(fmt::format("RB0310 {}:", number)));
    }
}
