#include "registry/content_digest.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

// FIPS 180-4's example "abc", and nothing.
const std::string abc256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string abc512 =
    "sha512:"
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643c"
    "e80e2a9ac94fa54ca49f";
const std::string nothing512 =
    "sha512:"
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd4741"
    "7a81a538327af927da3e";

}  // namespace

TEST_CASE("contents hash to the standard's values") {
    CHECK(hash_of("abc").str() == abc256);
    CHECK(hash_of("abc", HashAlgorithm::sha512).str() == abc512);
    CHECK(hash_of("", HashAlgorithm::sha512).str() == nothing512);
    // The image spec's empty descriptor.
    CHECK(hash_of("{}").str() == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    CHECK(ContentHash(HashAlgorithm::sha512).update("a").update("").update("bc").finish().str() == abc512);
    CHECK(ContentDigest(sha256("abc")).str() == abc256);
}

TEST_CASE("digests are read and written") {
    for (const auto& text : {abc256, abc512}) {
        const auto digest = get(ContentDigest::parse(text));
        CHECK(digest.str() == text);
        CHECK(digest.algorithm_name() == text.substr(0, 6));
        CHECK_FALSE(digest.empty());
    }
    CHECK(get(ContentDigest::parse(abc256)) == hash_of("abc"));
    CHECK(get(ContentDigest::parse(abc512)) != ContentDigest(sha256("abc")));
    CHECK(ContentDigest().empty());
}

TEST_CASE("what is no digest is refused as bad data") {
    const auto hex = abc256.substr(7);
    auto capital = abc256;
    capital[7] = 'B';
    for (const auto& bad :
         {std::string(), std::string("sha256"), std::string("sha256:"), hex, "sha256:" + hex.substr(1), abc256 + "0",
          "sha512:" + hex, "sha384:" + hex, "SHA256:" + hex, "sha256-" + hex, "sha256:" + hex.substr(1) + "g", capital,
          " " + abc256, abc256 + "\n", std::string("sha256:baddigeststring"), "sha256::" + hex.substr(1)}) {
        INFO(bad);
        const auto result = ContentDigest::parse(bad);
        REQUIRE(code_of(result) == "RB1501");
        CHECK(result.error().exit == ExitCode::bad_data);
    }
}
