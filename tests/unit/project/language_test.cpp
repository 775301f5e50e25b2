// The tables themselves: what every reader of them relies on.
#include "project/language.hpp"

#include "project/check_shape.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace rockbuild;

namespace {

using Seen = std::function<void(const std::string& where, const Shape& shape)>;

void walk(const std::string& where, const Shape& shape, const Seen& seen);

void walk(const std::string& where, const ObjectShape& object, const Seen& seen) {
    for (const auto& key : object.keys) walk(where + "/" + std::string(key.name), key.shape, seen);
}

void walk(const std::string& where, const Shape& shape, const Seen& seen) {
    seen(where, shape);
    for (const auto& inner : shape.item) walk(where + "[]", inner, seen);
    for (const auto& inner : shape.otherwise) walk(where + "|", inner, seen);
    if (shape.object != nullptr) walk(where, *shape.object, seen);
}

struct Named {
    std::string name;
    const ObjectShape* shape;
};

/// Every table of the language, with a name.
std::vector<Named> tables() {
    std::vector<Named> all{{"project", &project_shape()}, {"platform", &platform_shape()},
                           {"service", &service_shape()}, {"check", &check_shape()},
                           {"part", &part_shape()},       {"permission", &permission_shape()}};
    for (const auto& kind : repository_kinds()) all.push_back({"repository " + std::string(kind.key), kind.shape});
    for (const auto& plugin : plugin_shapes()) all.push_back({"plugin " + std::string(plugin.name), &plugin.keys});
    for (const auto& key : check_shape().keys)
        if (key.shape.object != nullptr) all.push_back({"check " + std::string(key.name), key.shape.object});
    return all;
}

void every_shape(const Seen& seen) {
    for (const auto& [name, table] : tables()) walk(name, *table, seen);
}

bool has(const ObjectShape& table, std::string_view key) {
    return std::any_of(table.keys.begin(), table.keys.end(), [&](const KeyShape& one) { return one.name == key; });
}

}  // namespace

TEST_CASE("no table has a key twice, and keys are written with '-'") {
    for (const auto& [name, table] : tables()) {
        INFO(name);
        std::set<std::string_view> seen;
        for (const auto& key : table->keys) {
            INFO(key.name);
            CHECK(seen.insert(key.name).second);
            CHECK_FALSE(key.name.empty());
            CHECK(key.name.find('_') == std::string_view::npos);
        }
    }
}

TEST_CASE("every key has one line of help that ends as a sentence") {
    for (const auto& [name, table] : tables())
        for (const auto& key : table->keys) {
            INFO(name << " " << key.name);
            CHECK(key.help.size() >= 2);
            CHECK(key.help.ends_with('.'));
            CHECK(key.help.find('\n') == std::string_view::npos);
        }
}

TEST_CASE("every pattern is one of ECMAScript, anchored, and answers long texts too") {
    std::set<const TextRule*> rules;
    every_shape([&](const std::string&, const Shape& shape) {
        for (const auto* rule : {shape.rule, shape.key_rule})
            if (rule != nullptr) rules.insert(rule);
    });
    CHECK(rules.size() > 10);
    for (const auto* rule : rules) {
        INFO(rule->pattern);
        CHECK_NOTHROW(std::regex(std::string(rule->pattern), std::regex::ECMAScript));
        CHECK(rule->pattern.starts_with('^'));
        CHECK(rule->pattern.ends_with('$'));
        CHECK_FALSE(rule->wrong.empty());
        CHECK_FALSE(rule->cure.empty());
        for (const auto* piece : {"a", "a-", "-", "1", "/", "http://", "a:", " ", "é"}) {
            std::string text;
            while (text.size() < most_matched) text += piece;
            text.resize(most_matched);
            (void)follows(*rule, text);
            CHECK_FALSE(follows(*rule, text + piece));  // longer than any is tried
        }
    }
}

TEST_CASE("choices are distinct, and the old ones are others") {
    every_shape([](const std::string& where, const Shape& shape) {
        INFO(where);
        std::set<std::string_view> seen;
        for (const auto* list : {&shape.choices, &shape.old_choices})
            for (const auto choice : *list) CHECK(seen.insert(choice).second);
    });
}

TEST_CASE("shapes are whole") {
    every_shape([](const std::string& where, const Shape& shape) {
        INFO(where);
        using Kind = Shape::Kind;
        CHECK(shape.item.size() == (shape.kind == Kind::list || shape.kind == Kind::map ? 1 : 0));
        CHECK((shape.kind == Kind::object) == (shape.object != nullptr));
        CHECK(shape.otherwise.size() <= 1);
        CHECK(shape.shortest <= shape.longest);
        CHECK(shape.least <= shape.most);
        CHECK(shape.fewest_items <= shape.most_items);
    });
}

TEST_CASE("rules and what makes up for a key name keys of their table") {
    for (const auto& [name, table] : tables()) {
        INFO(name);
        for (const auto& rule : table->rules) {
            CHECK(rule.keys.size() >= 2);
            for (const auto key : rule.keys) CHECK(has(*table, key));
        }
        for (const auto& key : table->keys) {
            INFO(key.name);
            if (!key.unless.empty()) CHECK(has(*table, key.unless));
            if (key.required && !name.starts_with("repository")) CHECK_FALSE(key.cure.empty());
        }
    }
}

TEST_CASE("no synonym is a key, and what a hint says to write is one") {
    for (const auto& [name, table] : tables())
        for (const auto& [word, hint] : table->synonyms) {
            INFO(name << " " << word << ": " << hint);
            CHECK_FALSE(has(*table, word));
            CHECK_FALSE(hint.empty());
            const auto meant = hint.starts_with("write ") ? hint.substr(6) : std::string_view();
            if (!meant.empty() && meant.find_first_of(" :,(`") == std::string_view::npos)
                CHECK((has(*table, meant) || name == "part"));
        }
}

TEST_CASE("the keys of plugins begin with the plugin's name, and are no part's") {
    for (const auto& plugin : plugin_shapes())
        for (const auto& key : plugin.keys.keys) {
            INFO(key.name);
            CHECK(key.name.starts_with(std::string(plugin.name) + "-"));
            CHECK_FALSE(has(part_shape(), key.name));
            CHECK(plugin_of_key(key.name) == plugin.name);
            CHECK_FALSE(key.clauses);
        }
    CHECK(plugin_of_key("maven-use-parameters") == "maven-use");
    CHECK(plugin_of_key("maven-parameters") == "maven");
    CHECK(plugin_of_key("stage-packages").empty());
}

TEST_CASE("each plugin is there once for each build base") {
    using enum Generation;
    for (const auto generation : {jammy, noble, plucky}) {
        std::set<std::string_view> seen;
        for (const auto& plugin : plugin_shapes())
            if (plugin.from <= generation && generation <= plugin.to) CHECK(seen.insert(plugin.name).second);
        CHECK(seen.size() == (generation == plucky ? 21U : 22U));
        CHECK((seen.contains("bazel")) == (generation == plucky));
        CHECK((seen.contains("poetry")) == (generation != plucky));
        for (const auto* name : {"nil", "dump", "python", "dotnet", "go"}) CHECK(seen.contains(name));
    }
    CHECK(find_plugin("dotnet", noble) != find_plugin("dotnet", plucky));
    CHECK(find_plugin("bazel", jammy) == nullptr);
    CHECK(find_plugin("bazel", none) != nullptr);
    CHECK(find_plugin("npm-use", none) == nullptr);
}

TEST_CASE("the keys that take clauses are those of the specification") {
    std::set<std::string> taking;
    for (const auto& key : part_shape().keys)
        if (key.clauses) taking.insert(std::string(key.name));
    CHECK(taking == std::set<std::string>{"plugin",
                                          "source",
                                          "source-checksum",
                                          "source-branch",
                                          "source-commit",
                                          "source-depth",
                                          "source-subdir",
                                          "source-submodules",
                                          "source-tag",
                                          "source-type",
                                          "after",
                                          "disable-parallel",
                                          "overlay-packages",
                                          "stage-snaps",
                                          "stage-packages",
                                          "stage-slices",
                                          "build-snaps",
                                          "build-packages",
                                          "build-environment",
                                          "build-attributes",
                                          "organize",
                                          "overlay",
                                          "stage",
                                          "prime",
                                          "override-pull",
                                          "overlay-script",
                                          "override-build",
                                          "override-stage",
                                          "override-prime",
                                          "permissions"});
}

TEST_CASE("bases") {
    std::set<std::string_view> seen;
    for (const auto& base : base_names()) {
        INFO(base.name);
        CHECK(seen.insert(base.name).second);
        CHECK((base.is_base || base.is_build_base));
        if (!base.modern.empty()) REQUIRE(find_base_name(base.modern) != nullptr);
        if (!base.modern.empty()) CHECK(find_base_name(base.modern)->generation == base.generation);
    }
    CHECK(find_base_name("ubuntu:24.04") == nullptr);
}

TEST_CASE("sources are told by their text, in order") {
    const auto type = [](std::string_view source, std::string_view given = {}) {
        const auto* found = source_type_of(given, source);
        return found == nullptr ? std::string("none") : std::string(found->name);
    };
    CHECK(type("x.tar") == "tar");
    CHECK(type("x.tar.zst") == "tar");
    CHECK(type("https://example.org/y.tgz") == "tar");
    CHECK(type("y.tar.gz?x=1") == "none");
    CHECK(type("x.txz") == "none");
    CHECK(type("git@example.org:x") == "git");
    CHECK(type("git+ssh://x") == "git");
    CHECK(type("git:x") == "git");
    CHECK(type("https://example.org/x.git") == "git");
    CHECK(type("a.snap") == "snap");
    CHECK(type("a.zip") == "zip");
    CHECK(type("a.deb") == "deb");
    CHECK(type("a.rpm") == "rpm");
    CHECK(type("a.7z") == "7z");
    CHECK(type("") == "none");
    CHECK(type(".") == "none");
    CHECK(type("x.git", "local") == "local");
    CHECK(type("x", "file") == "file");
    CHECK(type("x", "svn") == "none");
    CHECK(type(std::string(1 << 20, 'x') + ".git") == "none");
}
