#include "project/outline.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;

namespace {

using Names = std::vector<std::string>;

const std::string good = R"(name: web
platforms:
  amd64:
  "big one":
    build-on: [amd64]
    build-for: s390x
parts:
  nginx:
    plugin: nil
  site: {plugin: dump, source: .}
)";

}  // namespace

TEST_CASE("the outline names parts and platforms in the file's order") {
    const auto outline = outline_of(good);
    CHECK(outline.parts == Names{"nginx", "site"});
    CHECK(outline.platforms == Names{"amd64", "big one"});
}

TEST_CASE("the outline has what can be read of a file with mistakes") {
    CHECK(outline_of("parts:\n  a: 1\n  b: [no part]\n  a:\nplatforms: amd64\n").parts == Names{"a", "b"});
    CHECK(outline_of("parts: &x\n  a: {}\nnonsense: true\nplatforms: {s390x: }\n").platforms == Names{"s390x"});
}

TEST_CASE("where there is a syntax error, the indentation tells the names") {
    const auto outline = outline_of(good + "  later:\n    source: [never closed\n    plugin: nil\n  \"last one\" :\n");
    CHECK(outline.parts == Names{"nginx", "site", "later", "last one"});
    CHECK(outline.platforms == Names{"amd64", "big one"});
    CHECK(outline_of("parts:\r\n    a:\r\n\tb:\r\n    c:\r\n").parts == Names{"a", "c"});
    CHECK(outline_of("parts:\n  # no: part\n  a:\n    - x: [\n  http://b\n").parts == Names{"a"});
}

TEST_CASE("the outline of what is no project is empty") {
    for (const std::string text :
         {"", ":", "- a\n- b\n", "parts", "parts:", "parts:\n  :", "\"", "\xff\xfe", "parts:\n  \"a\n  '"}) {
        const auto outline = outline_of(text);
        CHECK(outline.parts.empty());
        CHECK(outline.platforms.empty());
    }
}
