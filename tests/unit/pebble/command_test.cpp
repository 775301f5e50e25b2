// What Pebble 1.32.1 takes and refuses (spec/pebble.md §8).
#include "pebble/command.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace rockbuild;

namespace {

/// `a|b [c|d]`, `!` for what is refused.
std::string parsed(const std::string& text) {
    std::string problem;
    const auto command = parse_pebble_command(text, problem);
    if (!command) return "!";
    auto result = fmt::format("{}", fmt::join(command->words, "|"));
    if (command->arguments) result += fmt::format(" [{}]", fmt::join(*command->arguments, "|"));
    return result + (command->unclosed ? " unclosed" : "") + (command->comment ? " comment" : "");
}

}  // namespace

TEST_CASE("words are split as Pebble splits them") {
    CHECK(parsed("a  b\tc\nd") == "a|b|c|d");
    CHECK(parsed("sh -c 'a b'") == "sh|-c|a b");
    CHECK(parsed(R"(a "x\"y\\z\n$")") == R"(a|x"y\zn$)");
    CHECK(parsed(R"(a\ b 'it'\''s' '')") == "a b|it's|");
    CHECK(parsed("  ") == "");
    CHECK(parsed("a # 'b") == "a comment");
    CHECK(parsed("# x\nb") == "b comment");
    CHECK(parsed("a#b '#' \\#") == "a#b|#|#");
    for (const auto* bad : {"a 'b", "a \"b", "a \\", "\"a\\"}) CHECK(parsed(bad) == "!");
}

TEST_CASE("the group of arguments comes last") {
    CHECK(parsed("a [ b c ]") == "a [b|c]");
    CHECK(parsed("a [ ]") == "a []");
    CHECK(parsed("a [b]") == "a|[b]");
    CHECK(parsed("a '[' b ']'") == "a [b]");
    CHECK(parsed("a [ b") == "a [b] unclosed");
    CHECK(parsed("a [") == "a unclosed");
    CHECK(parsed("a [ b ] # c") == "a [b] comment");
    for (const auto* bad : {"[ a ]", "[", "]", "a ]", "a [ b ] c", "a [ [ b ] ]", "a [ b ] ]"}) {
        INFO(bad);
        CHECK(parsed(bad) == "!");
    }
}

TEST_CASE("to a check brackets are words") {
    std::string problem;
    CHECK(split_pebble_words("[ -f /x ]", problem)->words == std::vector<std::string>{"[", "-f", "/x", "]"});
}
