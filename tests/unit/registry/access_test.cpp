#include "registry/server/access.hpp"

#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"

#include <atomic>
#include <thread>

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

bool admitted(PasswordFile& file, const std::string& authorization, double now) {
    const auto admission = file.admits(authorization, now);
    CHECK(admission != Admission::busy);
    return admission == Admission::admitted;
}

}  // namespace

TEST_CASE("users of a password file are admitted by their passwords alone") {
    auto file = get(PasswordFile::parse(users, "htpasswd"));
    CHECK(admitted(file, basic("ada:U*U"), 1));
    CHECK(admitted(file, basic("bob:U*U*"), 1));
    CHECK(admitted(file, basic("cyd:U*U*U"), 1));
    CHECK(admitted(file, basic("dee:pw:with:colons"), 1));
    CHECK(admitted(file, "bAsIc " + base64_encode("ada:U*U"), 1));
    for (const std::string pair : {"ada:U*U*", "ada:", "ada", ":U*U", "", "bob:U*U", "eve:U*U", "Ada:U*U", "dee:pw"})
        CHECK_FALSE(admitted(file, basic(pair), 1));
    for (const std::string header : {"", "Basic", "Basic ", "Basic !!!", "Bearer YWRhOlUqVQ==", "YWRhOlUqVQ=="})
        CHECK_FALSE(admitted(file, header, 1));
}

TEST_CASE("answers stay the same while they are remembered and after") {
    auto file = get(PasswordFile::parse(users, "htpasswd"));
    for (const double now : {0.0, 30.0, 59.0, 61.0, 200.0}) {
        CHECK(admitted(file, basic("ada:U*U"), now));
        CHECK_FALSE(admitted(file, basic("ada:wrong"), now));
    }
}

TEST_CASE("of many that ask at once some are told to come again, and nobody wrong is let in") {
    auto file = get(PasswordFile::parse(users, "htpasswd"));
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                for (int k = 0; k < 10; ++k) {
                    const bool knows = i % 2 == 0;
                    const auto pair = knows ? std::string("ada:U*U") : "ada:" + std::to_string(k);
                    wrong += file.admits(basic(pair), k) == (knows ? Admission::refused : Admission::admitted);
                }
            });
    }
    CHECK(wrong == 0);
}

TEST_CASE("a line that is none of a password file with bcrypt hashes is named") {
    const std::string good = "ada:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";
    for (const std::string bad :
         {"bob", "bob:", ":$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bob:plain",
          "bob:$apr1$abcdefgh$0123456789012345678901",
          "bob:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "bob:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
          "bob:$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}) {
        INFO(bad);
        const auto result = PasswordFile::parse(good + bad + "\n" + good, "htpasswd");
        REQUIRE(code_of(result) == "RB1531");
        CHECK(result.error().exit == ExitCode::bad_data);
        CHECK(result.error().message.starts_with("htpasswd:2:"));
        // A span would show the line, and with it what may be a password.
        CHECK_FALSE(result.error().span);
    }
    CHECK(code_of(PasswordFile::parse("", "htpasswd")) == "RB1531");
    CHECK(code_of(PasswordFile::parse("# nobody\n\n", "htpasswd")) == "RB1531");
}

TEST_CASE("only names of this machine are local") {
    for (const auto* local : {"localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "x.localhost"})
        CHECK(is_local_host_header(local));
    for (const auto* other : {"", "evil.example", "evil.example:5000", "127.0.0.1.evil.example",
                              "localhost.evil.example", "192.168.0.1:5000"})
        CHECK_FALSE(is_local_host_header(other));
}
