// As the real Pebble 1.32.1 answered in a chroot with these files: it reads them by Go's os/user, not by libc.
#include "pebble/image_users.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;

namespace {

/// The id of `web` where the file has this line: found by its name, and then by its id.
std::string web(const std::string& line) {
    const ImageUsers users(line + "\n", "");
    const auto user = users.user("web");
    if (!user) return "unknown user";
    return users.user_of(user->uid) ? std::to_string(user->uid) : "unknown userid " + std::to_string(user->uid);
}

std::string grp(const std::string& line) {
    const auto group = ImageUsers("", line + "\n").group("grp");
    return group ? std::to_string(group->gid) : "unknown group";
}

}  // namespace

TEST_CASE("a line of passwd is read as Pebble reads it") {
    CHECK(web("web:x:1000:1000::/:") == "1000");
    CHECK(web("web:x:1000:1000") == "unknown user");
    CHECK(web("web:x:1000:1000:") == "unknown user");
    CHECK(web("web:x:1000:1000::/") == "unknown user");
    CHECK(web("web:x:1:1::/:/bin/sh:more:fields") == "1");
    CHECK(web(" web:x:1000:1000::/:/bin/sh") == "1000");
    CHECK(web("web:x:1000:1000::/:\t\r") == "1000");
    CHECK(web("+web:x:1:1::/:") == "unknown user");
    CHECK(web("-web:x:1:1::/:") == "unknown user");
    CHECK(web("#web:x:1:1::/:") == "unknown user");
    CHECK(web("web:x:a:1::/:") == "unknown user");
    CHECK(web("web:x:1:a::/:") == "unknown user");
    CHECK(web("web:x:99999999999999999999:1::/:") == "unknown user");
    CHECK(web("web:x:-1:1::/:") == "-1");
    CHECK(web("web:x:4294967296:1::/:") == "4294967296");
    CHECK(web("web:x:1:4294967296::/:") == "1");
    CHECK(web("web:x:05:1000::/:") == "unknown userid 5");
    CHECK(web("web:x:+5:1::/:") == "unknown userid 5");
}

TEST_CASE("a line of group is read as Pebble reads it") {
    CHECK(grp("grp:x:5:") == "5");
    CHECK(grp("grp:x:5") == "unknown group");
    CHECK(grp("grp:x:5:a:b") == "5");
    CHECK(grp(" grp:x:5:") == "5");
    CHECK(grp("+grp:x:5:") == "unknown group");
    CHECK(grp("grp:x:a:") == "unknown group");
    CHECK(grp("grp:x:99999999999999999999:") == "unknown group");
    CHECK(grp("grp:x:-1:") == "-1");
    CHECK(grp("grp:x:05:") == "5");
    CHECK(grp("grp:x:4294967296:") == "4294967296");
}

TEST_CASE("of several lines the first that is right counts, for a name and for an id") {
    const ImageUsers users(
        "root:x:0:0:root:/root:/bin/sh\nweb:x:a:1:::\nweb:x:990:991::/:/bin/false\nweb:x:1:1:::\n"
        "other:x:990:7:::",
        "root:x:0:\nweb:x\nweb:x:991:a,b\nweb:x:5:");
    CHECK(users.user("web")->uid == 990);
    CHECK(users.user("web")->gid == 991);
    CHECK(users.user_of(990)->gid == 991);
    CHECK(users.user_of(1)->name == "web");  // each line counts for its id
    CHECK(users.user("other")->uid == 990);
    CHECK(users.user_of(0)->name == "root");
    CHECK(users.group("web")->gid == 991);
    CHECK_FALSE(users.user("nobody"));
    CHECK_FALSE(users.user(""));
    CHECK_FALSE(users.group("nobody"));
    CHECK_FALSE(users.user_of(5));
}
