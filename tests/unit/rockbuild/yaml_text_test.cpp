// Trees as YAML: what is read from it is the tree again.
#include "rockbuild/yaml_text.hpp"

#include "pebble/layer.hpp"
#include "project/extensions/extension.hpp"
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace rockbuild;

namespace {

bool same(const YamlNode& a, const YamlNode& b) {
    if (a.kind != b.kind || a.items.size() != b.items.size() || a.pairs.size() != b.pairs.size()) return false;
    for (std::size_t i = 0; i < a.items.size(); ++i)
        if (!same(*a.items[i], *b.items[i])) return false;
    for (std::size_t i = 0; i < a.pairs.size(); ++i)
        if (!same(*a.pairs[i].key, *b.pairs[i].key) || !same(*a.pairs[i].value, *b.pairs[i].value)) return false;
    if (a.kind != YamlNode::Kind::scalar) return true;
    return yaml_type(a) == yaml_type(b) && (yaml_type(a) == YamlType::null || a.text == b.text);
}

}  // namespace

TEST_CASE("a tree is written so that it reads the same") {
    for (const auto* text :
         {"a: 1\n'b': '1'\nc: 1.10\nd: 0777\ne: yes\nf: 'yes'\ng: ~\nh:\n", "a: 2026-01-01\nb: '2026-01-01'\nc: 1:30\n",
          "s: |\n  a\n    b\n\n  c\nt: |-\n  a\n  b\nu: >\n  a\n  b\n", "e: []\nm: {}\nl: [[], [{}], {a: []}]\n",
          "x: &x {a: b}\ny: *x\n<<: *x\n", "t: !!str 5\nu: ''\nv: ' a '\nw: 'a: b'\nx: '#'\ny: \"\\t\\u2028\"\n",
          "\"1\": a\n1.5: b\nb: c\n", "a: '-'\nb: '*x'\nc: '<<'\nd: \"a\\nb \\n\"\n",
          // characters that YAML's readers take in escapes only, alone and in lines
          "a: \"x\\ry\"\nb: \"x\\x7fy\"\nc: \"x\\uFFFEy\\uFFFFz\"\nd: \"x\\x80y\\x9f\"\ne: \"x\\x85y\"\nf: "
          "\"x\\uFEFFy\"\n",
          "a: \"x\\r\\ny\\n\"\nb: \"x\\x7f\\ny\\n\"\nc: \"x\\u2028\\ny\\n\"\n\"k\\ry\": \"k\\x7f\"\n"}) {
        INFO(text);
        const auto tree = read_yaml(text, "f").root;
        REQUIRE(tree);
        const auto written = as_yaml(*tree);
        INFO(written);
        const auto again = read_yaml(written, "g");
        REQUIRE(again.root);
        CHECK(same(*tree, *again.root));
    }
}

TEST_CASE("an expanded project makes the same layer as the extension does") {
    const test::FakeFiles files{{"requirements.txt", "flask\ndjango\nfastapi\n"},
                                {"app.py", "app = application = 1\n"},
                                {"my_app/my_app/wsgi.py", "application = 1\n"},
                                {"go.mod", "module my-app\n"},
                                {"app/package.json", R"({"name": "x", "scripts": {"start": "y"}})"},
                                {"pom.xml", ""}};
    for (const auto& extension : extensions()) {
        INFO(extension.name);
        const auto layer = [&](const std::string& text) {
            const auto document = test::read_beside(text, files);
            REQUIRE(document.good());
            return std::pair(layer_text(project_for(document, document.builds.front())), as_yaml(*document.expanded));
        };
        const auto [made, text] =
            layer(test::app(test::on_debian, "extensions: [" + std::string(extension.name) + "]\n"));
        CHECK_FALSE(made.empty());
        CHECK(layer(text).first == made);
    }
}
