#include "support/digest.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("SHA-256 of the standard's example") {
    // FIPS 180-2, appendix B.1
    CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(Sha256().update("a").update("bc").finish() == sha256("abc"));
}

TEST_CASE("a finished hash starts anew") {
    Sha256 hash;
    (void)hash.update("x").finish();
    CHECK(hash.update("abc").finish() == sha256("abc"));
}

TEST_CASE("digests are read strictly") {
    const auto digest = sha256("abc");
    CHECK(Digest::parse(digest.str()) == digest);
    CHECK(Digest::from_hex(digest.hex()) == digest);
    CHECK_FALSE(Digest::parse(digest.hex()));
    CHECK_FALSE(Digest::parse("sha256:BA" + digest.hex().substr(2)));
    CHECK_FALSE(Digest::parse(digest.str() + "0"));
    CHECK_FALSE(Digest::parse("sha512:" + digest.hex()));
    CHECK(Digest::parse("sha512:" + digest.hex()).error().code == "RB0001");
    CHECK(Digest::from_hex("2C26").error().code == "RB0001");
}
