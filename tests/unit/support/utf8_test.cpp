// What is UTF-8 and what only looks like it (RFC 3629).
#include "support/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>

using rockbuild::not_utf8;

TEST_CASE("text of all lengths is UTF-8") {
    CHECK(not_utf8("") == std::string_view::npos);
    CHECK(not_utf8("a\u00e9\u20ac\U0001f600\U0010ffff\ud7ff\ue000") == std::string_view::npos);
}

TEST_CASE("the first byte that is none is found") {
    CHECK(not_utf8("ab\xff") == 2);
    CHECK(not_utf8("\x80") == 0);
    CHECK(not_utf8("a\xc3") == 1);             // cut
    CHECK(not_utf8("a\xe2\x82") == 1);         // cut
    CHECK(not_utf8("\xc0\xaf") == 0);          // too long a form
    CHECK(not_utf8("\xe0\x80\xaf") == 0);      // too long a form
    CHECK(not_utf8("\xf0\x80\x80\xaf") == 0);  // too long a form
    CHECK(not_utf8("\xed\xa0\x80") == 0);      // a surrogate
    CHECK(not_utf8("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
    CHECK(not_utf8("\xe2\x28\xa1") == 0);
    CHECK(not_utf8("\xf0\x9f\x98\x28") == 0);
}
