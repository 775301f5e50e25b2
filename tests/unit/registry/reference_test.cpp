#include "registry/reference.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string hex64(64, 'a');

std::string parsed(const std::string& text) { return get(ImageReference::parse(text)).str(); }

}  // namespace

TEST_CASE("the parts of a reference") {
    const auto all = get(ImageReference::parse("registry.example:5000/team/app:1.0@sha256:" + hex64));
    CHECK(all.host == "registry.example:5000");
    CHECK(all.repository == "team/app");
    CHECK(all.tag == "1.0");
    REQUIRE(all.digest);
    CHECK(all.digest->str() == "sha256:" + hex64);
    CHECK(all.name() == "sha256:" + hex64);
    CHECK(all.place() == "registry.example:5000/team/app");
    CHECK(all.endpoint() == "registry.example:5000");

    const auto plain = get(ImageReference::parse("docker://ghcr.io/a/b"));
    CHECK(plain.host == "ghcr.io");
    CHECK(plain.tag.empty());
    CHECK(plain.name() == "latest");
    CHECK(get(ImageReference::parse("ghcr.io/a/b:x")).name() == "x");
    CHECK(get(ImageReference::parse("ghcr.io/a@sha512:" + hex64 + hex64)).digest->algorithm() == HashAlgorithm::sha512);
}

TEST_CASE("a first part with a dot, a colon or the name localhost is a host, any other is Docker Hub's") {
    CHECK(parsed("ubuntu") == "docker.io/library/ubuntu");
    CHECK(parsed("ubuntu:22.04") == "docker.io/library/ubuntu:22.04");
    CHECK(parsed("team/app") == "docker.io/team/app");
    CHECK(parsed("localhost/app") == "localhost/app");
    CHECK(parsed("a.b/app") == "a.b/app");
    CHECK(parsed("a:1/app") == "a:1/app");
    CHECK(parsed("127.0.0.1:5000/app:t") == "127.0.0.1:5000/app:t");
    CHECK(parsed("[::1]:5000/app") == "[::1]:5000/app");
    CHECK(parsed("[2001:db8::1]/app") == "[2001:db8::1]/app");
    CHECK(parsed("Registry.Example/app") == "Registry.Example/app");
}

TEST_CASE("Docker Hub's names are one, and its registry another") {
    for (const std::string host : {"docker.io", "index.docker.io", "registry-1.docker.io"}) {
        const auto reference = get(ImageReference::parse(host + "/nginx"));
        CHECK(reference.str() == "docker.io/library/nginx");
        CHECK(reference.endpoint() == "registry-1.docker.io");
        CHECK(parsed(host + "/team/app") == "docker.io/team/app");
    }
}

TEST_CASE("repository names follow the grammar") {
    for (const std::string good : {"a", "0", "a/b", "a.b", "a_b", "a__b", "a-b", "a---b", "a.b_c__d-e/f/0"})
        CHECK(is_repository_name(good));
    for (const std::string bad : {"",   "/",  "a/", "/a", "a//b", "A",   "aB",  "a..b", "a___b",     "a._b", "-a",
                                  "a-", ".a", "a.", "_a", "a_",   "a b", "a:b", "a@b",  "a\xc3\xa4", "a-.b", "a/_b"}) {
        INFO(bad);
        CHECK_FALSE(is_repository_name(bad));
    }
    CHECK_FALSE(is_repository_name(std::string("a\0b", 3)));
}

TEST_CASE("tags have at most 128 characters and begin with none of dot and dash") {
    for (const auto* good : {"1", "_", "v1.0-rc_2", "A"}) CHECK(is_tag(good));
    for (const auto* bad : {"", ".x", "-x", "a+b", "a~b", "a:b", "a b", "a/b"}) CHECK_FALSE(is_tag(bad));
    CHECK(is_tag(std::string(128, 'x')));
    CHECK_FALSE(is_tag(std::string(129, 'x')));
}

TEST_CASE("what is no reference is refused as a wrong use") {
    for (const std::string bad : {"",
                                  ":",
                                  "@",
                                  "a:",
                                  "a@",
                                  "ghcr.io/",
                                  "ghcr.io//a",
                                  "ghcr.io/a:",
                                  "ghcr.io/a:.b",
                                  "ghcr.io/a:b+c",
                                  "ghcr.io/a@sha256:12",
                                  "ghcr.io/a@md5:12",
                                  "https://ghcr.io/a",
                                  "docker://https://ghcr.io/a",
                                  "gh_cr.io:/a",
                                  "ghcr.io:0/a",
                                  "ghcr.io:65536/a",
                                  "ghcr.io:x/a",
                                  "ghcr.io:-1/a",
                                  "-x.io/a",
                                  ".io/a",
                                  "[::1/a",
                                  "[]:1/a",
                                  "[x:]/a",
                                  "[::1]x/a",
                                  "::1/a",
                                  "u:p@ghcr.io/a",
                                  "ghcr.io/a b",
                                  "ghcr.io/a\n"}) {
        INFO(bad);
        const auto result = ImageReference::parse(bad);
        REQUIRE(code_of(result) == "RB1502");
        CHECK(result.error().exit == ExitCode::usage);
        CHECK(!result.error().hint.empty());
    }
}

TEST_CASE("a capital letter in a name is said to be one") {
    for (const std::string bad : {"ghcr.io/Team/app", "Ubuntu", "localhost/charm/ID42/img"}) {
        const auto result = ImageReference::parse(bad);
        REQUIRE(code_of(result) == "RB1502");
        CHECK(result.error().message.find("lower-case") != std::string::npos);
    }
}

TEST_CASE("64 hex digits alone are an id and no name") {
    CHECK(code_of(ImageReference::parse(hex64)) == "RB1502");
    CHECK(parsed(hex64 + "b") == "docker.io/library/" + hex64 + "b");
    CHECK(parsed("ghcr.io/" + hex64) == "ghcr.io/" + hex64);
}

TEST_CASE("host and path have at most 255 characters together") {
    const std::string host = "a.io/";
    CHECK(parsed(host + std::string(255 - host.size(), 'x')).size() == 255);
    CHECK(parsed(host + std::string(255 - host.size(), 'x') + ":tag").size() == 259);
    CHECK(code_of(ImageReference::parse(host + std::string(256 - host.size(), 'x'))) == "RB1502");
}

TEST_CASE("parsing what was written gives the same again") {
    for (const auto& text :
         {std::string("ubuntu"), std::string("a/b:c"), "localhost:5000/x@sha256:" + hex64, std::string("[::1]:1/a:b")})
        CHECK(parsed(parsed(text)) == parsed(text));
}

TEST_CASE("loopback names and addresses") {
    for (const std::string local : {"localhost", "localhost:5000", "LOCALHOST", "x.localhost:1", "127.0.0.1",
                                    "127.8.9.1:80", "[::1]:5000", "::1"})
        CHECK(is_loopback(local));
    for (const std::string other : {"", "localhost.example", "127.0.0.1.example", "128.0.0.1", "10.0.0.1", "[::2]:1",
                                    "::10", "notlocalhost", "127x"})
        CHECK_FALSE(is_loopback(other));
}

TEST_CASE("a host without its port and brackets") {
    CHECK(host_name("a.io:5000") == "a.io");
    CHECK(host_name("a.io") == "a.io");
    CHECK(host_name("[::1]:5000") == "::1");
    CHECK(host_name("[::1]") == "::1");
    CHECK(host_name("::1") == "::1");
}

TEST_CASE("a name without a host is measured with the host that it means") {
    const auto short_enough = get(ImageReference::parse(std::string(255 - 18, 'x')));  // docker.io/library/
    CHECK(short_enough.place().size() == 255);
    CHECK(code_of(ImageReference::parse(std::string(255 - 17, 'x'))) == "RB1502");
}
