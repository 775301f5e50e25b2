#include "registry/url.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("relative addresses are seen from their base") {
    const std::string base = "https://registry.example:5000/v2/a/blobs/uploads/?x=1";
    CHECK(resolve_url(base, "/v2/b?y=2") == "https://registry.example:5000/v2/b?y=2");
    CHECK(resolve_url(base, "../c") == "https://registry.example:5000/v2/a/blobs/c");
    CHECK(resolve_url(base, "https://storage.example/z?sig=%2F") == "https://storage.example/z?sig=%2F");
    CHECK(resolve_url(base, "//other.example/z") == "https://other.example/z");
    CHECK(resolve_url(base, "http://other.example/z#part") == "http://other.example/z");
}

TEST_CASE("nothing but http and https is an address, and none that names a user") {
    const std::string base = "https://registry.example/v2/";
    for (const auto* bad : {"file:///etc/passwd", "ftp://x.example/", "gopher://x.example/", "javascript:alert(1)",
                            "https://user:secret@x.example/", "https://user@x.example/", "http://", "https://x y/"}) {
        INFO(bad);
        CHECK_FALSE(resolve_url(base, bad));
    }
    CHECK_FALSE(resolve_url("not an address", "/x"));
}

TEST_CASE("host and port of an address, without the scheme's own port") {
    CHECK(url_host("https://a.example/x") == "a.example");
    CHECK(url_host("https://a.example:443/x") == "a.example");
    CHECK(url_host("http://a.example:80") == "a.example");
    CHECK(url_host("http://a.example:443/") == "a.example:443");
    CHECK(url_host("http://[::1]:5000/x") == "[::1]:5000");
    CHECK(url_host("nothing at all").empty());
}

TEST_CASE("parameters go behind those that are there") {
    CHECK(with_query("http://a/x", {}) == "http://a/x");
    CHECK(with_query("http://a/x", {{"digest", "sha256:1"}}) == "http://a/x?digest=sha256%3A1");
    CHECK(with_query("http://a/x?_state=q%3D", {{"digest", "s:1"}}) == "http://a/x?_state=q%3D&digest=s%3A1");
    CHECK(with_query("http://a/x?", {{"n", "1"}}) == "http://a/x?n=1");
    CHECK(with_query("http://a/x?n=1&", {{"m", "2"}}) == "http://a/x?n=1&m=2");
    CHECK(form({{"a b", "c&d=e"}, {"f", "\xc3\xa4~-._/"}}) == "a%20b=c%26d%3De&f=%C3%A4~-._%2F");
}

TEST_CASE("addresses that only one machine or network reaches") {
    for (const auto* host : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254",
                             "0.0.0.0", "::1", "fe80::1", "fd00::1", "fc00::1", "::ffff:10.0.0.1", "localhost"}) {
        INFO(host);
        CHECK(is_private_address(host));
    }
    for (const auto* host :
         {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "11.0.0.1", "2001:db8::1", "registry.example", ""}) {
        INFO(host);
        CHECK_FALSE(is_private_address(host));
    }
}
