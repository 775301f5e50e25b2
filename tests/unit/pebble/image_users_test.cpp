#include "pebble/image_users.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("users and groups are read as libc reads them") {
    const ImageUsers users("root:x:0:0:root:/root:/bin/sh\nweb:x:990:991::/:/bin/false\nweb:x:1:1:::\n",
                           "root:x:0:\nweb:x:991:a,b\n");
    CHECK(users.user("web")->uid == 990);  // the first line of a name counts
    CHECK(users.user("web")->gid == 991);
    CHECK(users.user_of(0)->name == "root");
    CHECK(users.group("web")->gid == 991);
    CHECK_FALSE(users.user("nobody"));
    CHECK_FALSE(users.group("nobody"));
    CHECK_FALSE(users.user_of(5));
    CHECK_FALSE(users.user_of(1));  // its line does not count
}

TEST_CASE("lines that break the format are left out") {
    const ImageUsers users("\n:x:1:1:\nshort:x\nletters:x:a:1:\nnegative:x:-1:1:\nhuge:x:4294967296:1:\nlast:x:3:4:::",
                           "short\nbad:x:y\nlast:x:9");
    for (const auto* name : {"", "short", "letters", "negative", "huge"}) CHECK_FALSE(users.user(std::string(name)));
    CHECK(users.user("last")->uid == 3);
    CHECK_FALSE(users.group("bad"));
    CHECK(users.group("last")->gid == 9);
}
