// Whom the embedded registry lets in, and how much it takes.
#include "fakes/local_registry.hpp"
#include "registry/base64.hpp"
#include "registry/server/distribution_api.hpp"
#include "unit/image/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::LocalRegistry;
using Json = nlohmann::json;

namespace {

std::string code_in(const fakes::RegistryAnswer& answer) {
    return Json::parse(answer.body).at("errors").at(0).at("code");
}

}  // namespace

TEST_CASE("a read-only registry takes nothing and gives all") {
    LocalRegistry registry({.read_only = true});
    for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"})
        CHECK(registry.ask(method, "/v2/a/b/manifests/1").status == 405);
    CHECK(registry.ask("POST", "/v2/a/b/blobs/uploads/").status == 405);
    CHECK(registry.ask("GET", "/v2/").status == 200);
}

TEST_CASE("passwords are asked for before anything else is said") {
    auto passwords = get(PasswordFile::parse("ada:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "x"));
    LocalRegistry registry({.passwords = &passwords});
    for (const std::string path : {"/v2/", "/metrics", "/nothing", "/v2/a/b/manifests/1"}) {
        const auto answer = registry.ask("GET", path);
        CHECK(answer.status == 401);
        CHECK(answer.header("www-authenticate").starts_with("Basic realm="));
        CHECK(code_in(answer) == "UNAUTHORIZED");
    }
    CHECK(registry.ask("GET", "/v2/", "", {{"Authorization", "Basic " + base64_encode("ada:U*U")}}).status == 200);
}

TEST_CASE("a web page can't reach a registry of this machine by a name of its own") {
    LocalRegistry registry({.local_only = true});
    CHECK(registry.ask("GET", "/v2/", "", {{"Host", "localhost:5000"}}).status == 200);
    CHECK(registry.ask("GET", "/v2/", "", {{"Host", "evil.example:5000"}}).status == 403);
    CHECK(registry.ask("GET", "/v2/").status == 403);
}

TEST_CASE("a web page of another place may not write, but what is no browser may") {
    LocalRegistry registry;
    const auto status = [&](const LocalRegistry::Headers& headers) {
        return registry.ask("POST", "/v2/a/b/blobs/uploads/", "", headers).status;
    };
    CHECK(status({{"Host", "localhost:5000"}}) == 202);
    CHECK(status({{"Host", "localhost:5000"}, {"Origin", "http://localhost:5000"}}) == 202);
    CHECK(status({{"Host", "localhost:5000"}, {"Origin", "http://evil.example"}}) == 403);
    CHECK(status({{"Host", "localhost:5000"}, {"Origin", "null"}}) == 403);
    CHECK(status({{"Host", "localhost:5000"}, {"Sec-Fetch-Site", "cross-site"}}) == 403);
    CHECK(registry.ask("GET", "/v2/", "", {{"Origin", "http://evil.example"}}).status == 200);
}

TEST_CASE("blobs and the quota have their limits") {
    LocalRegistry registry({.largest_blob = 5}, 100);
    const auto location = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    CHECK(registry.ask("PATCH", location, "123456", {{"Content-Length", "6"}}).status == 413);
    CHECK(registry.ask("PUT", location + "?digest=" + hash_of("hello").str(), "hello").status == 201);
    const auto second = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    CHECK(registry.ask("PATCH", second, "123456").status == 413);
    CHECK(registry.ask("GET", second).status == 404);  // what is too much is not kept
    LocalRegistry small({}, 4);
    const auto place = small.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    const auto full = small.ask("PATCH", place, "hello");
    CHECK(full.status == 413);
    CHECK(code_in(full) == "DENIED");
}

TEST_CASE("each request is a line of JSON in the log and a count") {
    LocalRegistry registry;
    ServedRequest served{.method = "GET", .path = "/v2/\xff\"", .remote = "127.0.0.1", .agent = "x\ny", .status = 200};
    registry.api().finished(served);
    REQUIRE(registry.log().size() == 1);
    CHECK(registry.log()[0].find('\n') == std::string::npos);
    const auto line = Json::parse(registry.log()[0]);
    CHECK(line["method"] == "GET");
    CHECK(line["status"] == 200);
    CHECK(line["agent"] == "x\ny");
    CHECK(registry.ask("GET", "/metrics").body.find("{method=\"GET\",code=\"200\"} 1\n") != std::string::npos);
}
