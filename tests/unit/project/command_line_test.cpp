#include "project/project.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;

namespace {

/// "a|b" for the words, then " [c|d]" if there is a group of arguments; else the error in brackets.
std::string split(const std::string& text) {
    std::string error;
    const auto line = split_command(text, error);
    if (!line) return "<" + error + ">";
    const auto join = [](const std::vector<std::string>& words) {
        std::string joined;
        for (const auto& word : words) joined += (&word == words.data() ? "" : "|") + word;
        return joined;
    };
    return join(line->words) + (line->arguments ? " [" + join(*line->arguments) + "]" : "");
}

}  // namespace

// The words are those of Python's shlex.split (comments off).
TEST_CASE("words are split as a shell splits them") {
    CHECK(split("nginx -g 'daemon off;'") == "nginx|-g|daemon off;");
    CHECK(split("  a\tb\nc  ") == "a|b|c");
    CHECK(split("a\\ b c") == "a b|c");
    CHECK(split(R"(a "b \" \\ \n" 'c\')") == R"(a|b " \ \n|c\)");
    CHECK(split("a'b'\"c\"d") == "abcd");
    CHECK(split("a '' b") == "a||b");
    CHECK(split("a #b") == "a|#b");  // no comments
    CHECK(split("a $X *.c ~ | b") == "a|$X|*.c|~|||b");
    CHECK(split("").empty());
    CHECK(split("a 'b") == "<a quote ' is not closed>");
    CHECK(split("a \"b\\\"") == "<a quote \" is not closed>");
    CHECK(split("a \\") == "<it ends with a backslash>");
}

TEST_CASE("one group in brackets holds default arguments") {
    CHECK(split("echo [ foo ]") == "echo [foo]");
    CHECK(split("[ echo foo ]") == " [echo|foo]");
    CHECK(split("echo [ ]") == "echo []");
    CHECK(split("echo '[ foo ]'") == "echo|[ foo ]");
    CHECK(split("echo '[' foo ']'") == "echo [foo]");  // what counts is the word
    CHECK(split("echo [foo]") == "echo|[foo]");
    CHECK(split("echo [ a [ b ] ]") == "<'[' inside '[ ]'>");
    CHECK(split("echo [ a ] b") == "<nothing may follow the ']' of the arguments>");
    CHECK(split("echo [ a ] [ b ]") == "<nothing may follow the ']' of the arguments>");
    CHECK(split("echo ]") == "<']' without '[' before it>");
    CHECK(split("echo [ a") == "echo [a]");  // unclosed: taken, as upstream takes it
    CHECK(split("echo [") == "echo");        // and with no word after it, as if it weren't there
}
