// Trees as YAML: what is read from it is the tree again.
#include "rockbuild/yaml_text.hpp"

#include <catch2/catch.hpp>

#include <string>

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
          "\"1\": a\n1.5: b\nb: c\n", "a: '-'\nb: '*x'\nc: '<<'\nd: \"a\\nb \\n\"\n"}) {
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
