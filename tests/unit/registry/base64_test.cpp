#include "registry/base64.hpp"

#include <catch2/catch.hpp>

#include <utility>

using namespace rockbuild;

TEST_CASE("RFC 4648's vectors") {
    for (const auto& [bytes, text] : {std::pair{"", ""},
                                      {"f", "Zg=="},
                                      {"fo", "Zm8="},
                                      {"foo", "Zm9v"},
                                      {"foob", "Zm9vYg=="},
                                      {"fooba", "Zm9vYmE="},
                                      {"foobar", "Zm9vYmFy"}}) {
        CHECK(base64_encode(bytes) == text);
        CHECK(base64_decode(text) == bytes);
    }
}

TEST_CASE("all bytes survive, also those whose letters are plus and slash") {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    CHECK(base64_decode(base64_encode(all)) == all);
    CHECK(base64_encode("\xfb\xff\xbf") == "+/+/");
    CHECK(base64_decode("+/+/") == "\xfb\xff\xbf");
}

TEST_CASE("padding may be left out, line ends and outer spaces are passed over") {
    CHECK(base64_decode("Zg") == "f");
    CHECK(base64_decode("Zm8") == "fo");
    CHECK(base64_decode(" Zm9v\r\nYmFy\n") == "foobar");
}

TEST_CASE("anything else is no base64") {
    for (const auto* bad : {"Z", "Zm9vY", "Zg===", "====", "Z=g=", "Zm9v-", "Zm9_", "Zm\t9v", "Zm9v!", "\xc3\xa4"})
        CHECK_FALSE(base64_decode(bad));
    CHECK_FALSE(base64_decode(std::string("Zm9v\0", 5)));
}
