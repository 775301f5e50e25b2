#include "pipelines/yaml_writer.hpp"

#include <yaml-cpp/yaml.h>
#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("it looks as people write it") {
    YamlWriter yaml;
    yaml.comment("made");
    yaml.map([&] {
        yaml.map("on", [&] { yaml.words("tags", {"v*"}); });
        yaml.empty("permissions");
        yaml.empty_line();
        yaml.list("steps", [&] {
            yaml.map([&] {
                yaml.pair("uses", "a/b@c", "v1");
                yaml.map("with", [&] { yaml.pair("clean", false); });
            });
            yaml.map([&] { yaml.script("run", "a\n  b\n\nc"); });
        });
        yaml.pair("minutes", 5);
    });
    CHECK(
        yaml.text() ==
        "# made\n\non:\n  tags: [v*]\npermissions: {}\n\nsteps:\n  - uses: a/b@c  # v1\n    with:\n      clean: false\n"
        "  - run: |\n      a\n        b\n\n      c\nminutes: 5\n");
}

TEST_CASE("a text comes back as that text") {
    for (const std::string text :
         {"plain", "1.0", "0x10", "yes", "on", "null", "~",  "",           "2026-01-01", "it's", "say \"x\"", "a: b",
          "a #b",  "- a", "*x",   "&x",  "!x", "%x",   "@x", "${{ a.b }}", "{a}",        "[a]",  " a ",       "a\\b"}) {
        YamlWriter yaml;
        yaml.map([&] {
            yaml.pair("text", text);
            yaml.words("list", {text, "x"});
        });
        const auto read = YAML::Load(yaml.text());
        INFO(yaml.text());
        CHECK(read["text"].as<std::string>() == text);
        CHECK(read["list"][0].as<std::string>() == text);
        CHECK(read["list"].size() == 2);
    }
    for (const std::string word : {"1.0", "yes", "on", "null", "2026-01-01"}) {
        YamlWriter yaml;
        yaml.map([&] { yaml.pair("text", word); });
        CHECK(yaml.text() == "text: '" + word + "'\n");
    }
}
