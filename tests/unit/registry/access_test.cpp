#include "registry/server/access.hpp"

#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

// The published test vectors of crypt_blowfish; the $2y$ one is the $2a$ one, which differs for 8-bit passwords alone.
const std::string users =
    "# who may\n"
    "ada:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n"
    "bob:$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK\r\n"
    "\n"
    "cyd:$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a  \n"
    // pw:with:colons, by Python's bcrypt.
    "dee:$2b$05$abcdefghijklmnopqrstuuJbriffl1.V2n.5byivEFv9dgwbHiJd6";

std::string basic(const std::string& pair) { return "Basic " + base64_encode(pair); }

}  // namespace

TEST_CASE("users of a password file are admitted by their passwords alone") {
    auto file = get(PasswordFile::parse(users, "htpasswd"));
    CHECK(file.admits(basic("ada:U*U"), 1));
    CHECK(file.admits(basic("bob:U*U*"), 1));
    CHECK(file.admits(basic("cyd:U*U*U"), 1));
    CHECK(file.admits(basic("dee:pw:with:colons"), 1));
    CHECK(file.admits("bAsIc " + base64_encode("ada:U*U"), 1));
    for (const std::string pair : {"ada:U*U*", "ada:", "ada", ":U*U", "", "bob:U*U", "eve:U*U", "Ada:U*U", "dee:pw"})
        CHECK_FALSE(file.admits(basic(pair), 1));
    for (const std::string header : {"", "Basic", "Basic ", "Basic !!!", "Bearer YWRhOlUqVQ==", "YWRhOlUqVQ=="})
        CHECK_FALSE(file.admits(header, 1));
}

TEST_CASE("a right answer is remembered for a minute, a wrong one never") {
    auto file = get(PasswordFile::parse(users, "htpasswd"));
    for (const double now : {0.0, 30.0, 59.0, 61.0, 200.0}) {
        CHECK(file.admits(basic("ada:U*U"), now));
        CHECK_FALSE(file.admits(basic("ada:wrong"), now));
    }
}

TEST_CASE("a line that is none of a password file with bcrypt hashes is named") {
    const std::string good = "ada:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";
    for (const std::string bad :
         {"bob", "bob:", ":$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bob:plain",
          "bob:$apr1$abcdefgh$0123456789012345678901", "bob:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=",
          "bob:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
          "bob:$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}) {
        INFO(bad);
        const auto result = PasswordFile::parse(good + bad + "\n" + good, "htpasswd");
        REQUIRE(code_of(result) == "RB1531");
        CHECK(result.error().exit == ExitCode::bad_data);
        REQUIRE(result.error().span);
        CHECK(result.error().span->file == "htpasswd");
        CHECK(result.error().span->begin.line == 2);
    }
    CHECK(code_of(PasswordFile::parse("", "htpasswd")) == "RB1531");
    CHECK(code_of(PasswordFile::parse("# nobody\n\n", "htpasswd")) == "RB1531");
}

TEST_CASE("only names of this machine are local") {
    for (const auto* local : {"localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "x.localhost"})
        CHECK(is_local_host_header(local));
    for (const auto* other : {"", "evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example",
                              "192.168.0.1:5000"})
        CHECK_FALSE(is_local_host_header(other));
}
