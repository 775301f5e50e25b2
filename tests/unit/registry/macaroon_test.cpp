#include "registry/charmhub/macaroon.hpp"

#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

// All made with pymacaroons, which also verified `root` with `bound` under the root key.
const std::string root =
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxNmlkZW50aWZpZXIgcm9vdC0xCjAwMTljaWQgdGltZS1iZWZvcmUgMjAzMQowMDEzY2lkIG"
    "N"
    "hdmVhdC1vbmUKMDA1MXZpZCBGiVH9sKress-GcamHhfSYuRow8avTKrHUr67z2tSFy0YQ3rcml0uTakA52N_gQuEeu62mIqo-"
    "9cgGXwM6JUQHWqcLqu4"
    "EolkKMDAxOGNsIHNzby5leGFtcGxlLnRlc3QKMDAyZnNpZ25hdHVyZSBB9Yfgy0kJNq1KlmA3VhY3McZDImZpc0BETLLPhe5hQwo";
const std::string root_of_two =
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxNmlkZW50aWZpZXIgcm9vdC0yCjAwMTVjaWQgY2F2ZWF0LW90aGVyCjAwNTF2aWQgXshSIv"
    "D"
    "GIyXeLXClP9RVbHDthgBzzs6o9cYcfli8zAMFM323u1w9N46EvjrfoNBGcmzJHMHxRyk17F0Zr8PNpcyTdSzBwrUSCjAwMjRjbCBodHRwczovL290a"
    "GV"
    "yLmV4YW1wbGUudGVzdC94CjAwMTNjaWQgY2F2ZWF0LXNzbwowMDUxdmlkIDwF7rwkioGwiOyv6F4ZzRZhrbbOfW8zJudoiY1sTOKf2cEqknGPWt4lG"
    "So"
    "z4kg4odaNAggxxT1UtCv8Rfi7fDXI4S1uxIE_"
    "YgowMDJiY2wgaHR0cHM6Ly9zc28uZXhhbXBsZS50ZXN0Ojg0NDMvb2F1dGgKMDAyZnNpZ25hdHVyZSB"
    "RfyJ9dnJuNI0mk1d-7ILtkz8MXZq5TrWJpYN4aERMJAo";
const std::string root_of_none =
    "MDAxZWxvY2F0aW9uIGFwaS5leGFtcGxlLnRlc3QKMDAxNmlkZW50aWZpZXIgcm9vdC0zCjAwMmZzaWduYXR1cmUgbt3wjmTJRV79TQMnH0V1YY01PI"
    "N"
    "NM9-7SG2m5YZX-K4K";
const std::string discharge =
    "MDAxZWxvY2F0aW9uIHNzby5leGFtcGxlLnRlc3QKMDAxYWlkZW50aWZpZXIgY2F2ZWF0LW9uZQowMDE0Y2lkIGFjY291bnQgYWRhCjAwMmZzaWduYX"
    "R"
    "1cmUg-IdCr0IUPl_sVBLsHTMFmjqZHUtofX5Bw_833iirXtoK";
const std::string bound =
    "MDAxZWxvY2F0aW9uIHNzby5leGFtcGxlLnRlc3QKMDAxYWlkZW50aWZpZXIgY2F2ZWF0LW9uZQowMDE0Y2lkIGFjY291bnQgYWRhCjAwMmZzaWduYX"
    "R"
    "1cmUg8OkMFS7lWJQ4bDzyv68qy1Tmw0oETehW_bmWDcGMlIUK";

std::string meaning(const std::string& text) {
    const auto credentials = get(read_store_credentials(text));
    return credentials.authorization.empty() ? credentials.root + "|" + credentials.discharge
                                             : credentials.authorization;
}

}  // namespace

TEST_CASE("the caveat that the sign-on service must discharge") {
    CHECK(get(caveat_for(root, "sso.example.test")) == "caveat-one");
    CHECK(get(caveat_for(root, "elsewhere.example.test")) == "caveat-one");
    CHECK(get(caveat_for(root_of_two, "sso.example.test:8443")) == "caveat-sso");
    CHECK(get(caveat_for(root_of_two, "other.example.test")) == "caveat-other");
    CHECK(get(caveat_for(root_of_two, "unknown.example.test")) == "caveat-other");
    const auto none = caveat_for(root_of_none, "sso.example.test");
    REQUIRE(code_of(none) == "RB1611");
    CHECK(none.error().exit == ExitCode::not_allowed);
    for (const auto& bad : {std::string(), std::string("x"), root.substr(0, 100), std::string("!!!!")})
        CHECK(code_of(caveat_for(bad, "sso.example.test")) == "RB1611");
}

TEST_CASE("a discharge is bound to its root as other programs bind it") {
    CHECK(get(bound_discharge(root, discharge)) == bound);
    CHECK(code_of(bound_discharge(root, "x")) == "RB1611");
    CHECK(code_of(bound_discharge("", discharge)) == "RB1611");
}

TEST_CASE("credentials in all their forms") {
    const std::string pair = R"({"t":"u1-macaroon","v":{"r":"ROOT","d":"DISCHARGE"}})";
    for (const auto& [text, means] : {std::pair{std::string("opaque-token"), std::string("Macaroon opaque-token")},
                                      {pair, std::string("ROOT|DISCHARGE")},
                                      {std::string(R"({"t":"macaroon","v":"OLD"})"), std::string("Macaroon OLD")},
                                      {std::string(R"({"macaroon":"DEV"})"), std::string("Bearer DEV")},
                                      {std::string(R"({"identifier":"x","caveats":[]})"),
                                       std::string(R"(Macaroon {"identifier":"x","caveats":[]})")}}) {
        INFO(text);
        CHECK(meaning(text) == means);
        CHECK(meaning(base64_encode(text)) == means);
        CHECK(meaning(base64_encode(text) + "\n") == means);
    }
    // A bare macaroon decodes to packets, which are no text: it is sent as it is.
    CHECK(meaning(root) == "Macaroon " + root);
    CHECK(meaning(base64_encode(root)) == "Macaroon " + root);
}

TEST_CASE("empty or broken credentials are refused") {
    for (const std::string bad : {"", " \n", "tok!\nen", R"({"t":"u1-macaroon","v":{"r":"x"}})",
                                  R"({"t":"u1-macaroon","v":{"r":"","d":"y"}})", R"({"t":"u1-macaroon","v":7})"}) {
        INFO(bad);
        const auto result = read_store_credentials(bad);
        REQUIRE(code_of(result) == "RB1611");
        CHECK(result.error().exit == ExitCode::not_allowed);
    }
}

TEST_CASE("no text becomes an empty token or a header of its own") {
    for (const std::string bad :
         {R"({"t":"macaroon"})", R"({"t":"macaroon","v":"a\r\nX-Other: 1"})", R"({"macaroon":"a\nb"})",
          "a\x01"
          "b"}) {
        INFO(bad);
        CHECK(code_of(read_store_credentials(bad)) == "RB1611");
    }
}
