#include "pebble/layer.hpp"

#include "unit/project/reading.hpp"

#include <yaml-cpp/yaml.h>
#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::with;

namespace {

std::string layer(const std::string& rest) { return layer_text(test::project(with(rest))); }

Tree files(const std::vector<std::string>& paths) {
    std::vector<Entry> entries;
    for (const auto& path : paths) {
        Entry entry;
        entry.path = path;
        entries.push_back(entry);
    }
    return Tree::of(std::move(entries));
}

std::string path_over(const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const auto& name : names) paths.push_back("var/lib/pebble/default/layers/" + name);
    const auto path = layer_path(test::project(with("")), files(paths));
    return path ? *path : path.error().code;
}

}  // namespace

TEST_CASE("a project without services and checks has no layer") {
    CHECK(layer("").empty());
    CHECK(layer("services:\nchecks: {}\n").empty());
}

TEST_CASE("a layer says what the file says in the order of Pebble's fields and the user's objects") {
    const auto text = layer(
        "services:\n"
        "  web:\n"
        "    command: nginx -g 'daemon off;'\n"
        "    override: replace\n"
        "    startup: enabled\n"
        "    user_id: 2000\n"
        "    environment: {B: 1, A: '1.50'}\n"
        "  api: {override: merge, command: a, after: [web]}\n"
        "checks:\n"
        "  up: {threshold: 2, override: replace, http: {url: http://localhost}}\n");
    CHECK(text ==
          "summary: \"A rock\"\n"
          "description: \"For tests\"\n"
          "services:\n"
          "  web:\n"
          "    startup: enabled\n"
          "    override: replace\n"
          "    command: nginx -g 'daemon off;'\n"
          "    environment:\n"
          "      B: 1\n"
          "      A: 1.50\n"
          "    user-id: 2000\n"
          "  api:\n"
          "    override: merge\n"
          "    command: a\n"
          "    after:\n"
          "      - web\n"
          "checks:\n"
          "  up:\n"
          "    override: replace\n"
          "    threshold: 2\n"
          "    http:\n"
          "      url: http://localhost/\n");  // an address has a path
}

TEST_CASE("a key that merges elsewhere is text in a layer") {
    const auto text =
        layer("services: {s: {override: replace, command: c, environment: {'<<': x, 'a: b': y, '': z, '~': n}}}\n");
    CHECK(text.find("\n      \"<<\": x") != std::string::npos);
    const auto read = YAML::Load(text)["services"]["s"]["environment"];
    CHECK(read["a: b"].as<std::string>() == "y");
    CHECK(read[""].as<std::string>() == "z");
}

// What packs to the same must be told by meaning: `expand-extensions` writes other quotes than a user does.
TEST_CASE("the way in which a text is quoted changes no layer") {
    const auto bare = layer("services: {s: {override: replace, command: /bin/a b, environment: {A: x, B: '1'}}}\n");
    CHECK(bare == layer("services:\n  s:\n    override: \"replace\"\n    command: '/bin/a b'\n"
                        "    environment:\n      A: |-\n        x\n      B: 1\n"));
    CHECK(bare.find("command: /bin/a b\n") != std::string::npos);
}

TEST_CASE("a text that would be nothing bare is quoted") {
    const auto text =
        layer("services: {s: {override: replace, command: c, environment: {A: 'null', B: '~', C: ''}}}\n");
    CHECK(text.find("      A: \"null\"\n      B: \"~\"\n      C: \"\"\n") != std::string::npos);
}

// Go's YAML takes U+007F in escapes only, and breaks lines at U+2028 and U+2029.
TEST_CASE("characters that Pebble takes in escapes only are escaped") {
    const auto text = layer(
        "services: {s: {override: replace, command: c, environment: {\"k\\u2029\": \"a\\x7fb\\u2028é\", ü: é}}}\n");
    CHECK(text.find("\n      \"k\\u2029\": \"a\\x7fb\\u2028é\"\n") != std::string::npos);
    CHECK(text.find("\n      ü: é\n") != std::string::npos);  // other text stays readable
}

TEST_CASE("the layer's number is one above what lies below") {
    CHECK(path_over({}) == "var/lib/pebble/default/layers/001-rockcraft-my-rock.yaml");
    CHECK(path_over({"001-base.yaml", "007-other.yaml"}) == "var/lib/pebble/default/layers/008-rockcraft-my-rock.yaml");
    CHECK(path_over({"012-more.d", "003-x.yml"}) == "var/lib/pebble/default/layers/013-rockcraft-my-rock.yaml");
    CHECK(path_over({"012-more.d/020-inner.yaml"}) == "var/lib/pebble/default/layers/013-rockcraft-my-rock.yaml");
    CHECK(path_over({"README", "1-x.yaml", "0012-x.yaml", "abc-x.yaml", "005-x.txt"}) ==
          "var/lib/pebble/default/layers/001-rockcraft-my-rock.yaml");
    CHECK(path_over({"999-last.yaml"}) == "RB0601");
}
