#include "support/shell.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("words are quoted where a shell would read more than a word") {
    CHECK(shell_word("rocks/web-1.0_x:y") == "rocks/web-1.0_x:y");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("$(x)`y`\"z\"") == "'$(x)`y`\"z\"'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("~") == "'~'");
    CHECK(shell_word("a=b") == "'a=b'");
}
