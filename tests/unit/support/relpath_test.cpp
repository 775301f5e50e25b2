#include "support/relpath.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("a clean relative path is taken as it stands") {
    CHECK(RelPath::parse("usr/bin/x")->str() == "usr/bin/x");
    CHECK(RelPath::parse("")->empty());
    CHECK(RelPath::parse("caf\xe9/\xff")->str() == "caf\xe9/\xff");
}

TEST_CASE("a path that could leave its root is refused") {
    for (const auto* text : {"/etc", "..", "a/../b", "a/..", "a//b", "a/", "./a", "a/./b"})
        CHECK(RelPath::parse(text).error().code == "RB0002");
    CHECK_FALSE(RelPath::parse(std::string_view("a\0b", 3)));
}

TEST_CASE("archive spellings are cleaned, not trusted") {
    CHECK(RelPath::from_archive("./usr//bin/")->str() == "usr/bin");
    CHECK(RelPath::from_archive("/etc/passwd")->str() == "etc/passwd");
    CHECK(RelPath::from_archive("./")->empty());
    CHECK_FALSE(RelPath::from_archive("./a/../../etc"));
}

TEST_CASE("within goes by components") {
    CHECK(is_within("lib", "lib/x"));
    CHECK(is_within("lib", "lib"));
    CHECK(is_within("", "anything"));
    CHECK_FALSE(is_within("lib", "libexec/x"));
    CHECK(parent_of("a/b/c") == "a/b");
    CHECK(parent_of("a").empty());
    CHECK(RelPath::parse("a/b")->name() == "b");
    CHECK((*RelPath::parse("a") / "b").str() == "a/b");
}
