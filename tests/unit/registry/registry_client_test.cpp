#include "registry/registry_client.hpp"

#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"
#include "unit/registry/asker.hpp"

#include <chrono>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a registry that asks for nothing gets nothing") {
    Asker asker([](const auto&) { return HttpReply{200, {}, "ok"}; }, "registry.example", ada);
    CHECK(get(asker.get()).body == "ok");
    const auto asked = asker.http.asked();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].url == "https://registry.example/v2/a/b/tags/list");
    CHECK(asked[0].header("authorization").empty());
    CHECK(asked[0].header("user-agent") == "rockbuild/test");
    CHECK(asker.client.requests() == 1);
}

TEST_CASE("a redirect to another host gets no proof, one on the same host does") {
    Asker asker(
        [](const HttpAsked& asked) -> HttpReply {
            if (asked.url.starts_with("https://storage.example/")) return {200, {}, "blob"};
            if (asked.header("authorization").empty()) return {401, {{"www-authenticate", "Basic realm=\"x\""}}};
            if (asked.path == "/v2/blob") return {307, {{"location", "/v2/moved"}}};
            return {307, {{"location", "https://storage.example/z?sig=1"}}};
        },
        "registry.example", ada);
    const auto response = get(asker.get("/v2/blob"));
    CHECK(response.body == "blob");
    CHECK(response.url == "https://storage.example/z?sig=1");
    const auto asked = asker.http.asked();
    REQUIRE(asked.size() == 4);
    CHECK_FALSE(asked[2].header("authorization").empty());
    CHECK(asked[3].header("authorization").empty());
}

TEST_CASE("redirects that lead nowhere good are refused") {
    const auto code = [](const std::string& location, const std::string& host = "registry.example") {
        Asker asker(
            [&](const HttpAsked& asked) -> HttpReply {
                if (asked.path == "/v2/") return {};
                return {307, {{"location", location}}};
            },
            host);
        get(asker.get("/v2/"));
        const auto result = asker.get();
        CHECK(asker.http.asked().size() <= 12);
        return code_of(result);
    };
    for (const std::string bad : {"https://10.0.0.1/x", "https://127.0.0.1:80/x", "https://169.254.169.254/latest",
                                  "https://[fd00::1]/x", "https://localhost/x", "http://storage.example/x",
                                  "http://registry.example/x", "file:///etc/passwd", "", "/again"}) {
        INFO(bad);
        CHECK(code(bad) == "RB1551");
    }
    CHECK(code("http://127.0.0.1:81/x", "127.0.0.1:80") == "RB1551");  // in a circle, but allowed to go there
}

TEST_CASE("a place for an upload isn't asked in the clear with a proof") {
    Asker asker(
        [](const HttpAsked& asked) -> HttpReply {
            if (asked.header("authorization").empty()) return {401, {{"www-authenticate", "Basic realm=\"x\""}}};
            return {202};
        },
        "registry.example", ada);
    get(asker.get());
    RegistryRequest request;
    request.method = "PUT";
    request.path = "http://registry.example/v2/a/b/blobs/uploads/1";
    (void)asker.client.send(request);
    for (const auto& asked : asker.http.asked())
        CHECK((asked.url.starts_with("https://") || asked.header("authorization").empty()));
}

TEST_CASE("a PUT that is redirected by 302 is answered so, one by 307 is made again") {
    for (const int status : {302, 307}) {
        Asker asker([&](const HttpAsked& asked) -> HttpReply {
            return asked.path == "/v2/x" ? HttpReply{status, {{"location", "/v2/y"}}} : HttpReply{201};
        });
        RegistryRequest request;
        request.method = "PUT";
        request.path = "/v2/x";
        request.body = "body";
        CHECK(get(asker.client.send(request)).status == (status == 302 ? 302 : 201));
        CHECK(asker.http.asked().back().body == "body");
    }
}

TEST_CASE("faults that pass are asked again, after the time that the registry names") {
    for (const int status : {408, 425, 429, 500, 502, 503, 504, 522}) {
        Asker asker([&](const HttpAsked& asked) -> HttpReply {
            return asked.nth < 2 ? HttpReply{status, {{"retry-after", "0"}}} : HttpReply{};
        });
        CHECK(get(asker.get()).status == 200);
        CHECK(asker.http.asked().size() == 3);
    }
    for (const int status : {400, 404, 405, 409, 413, 415, 501}) {
        Asker asker([&](const auto&) { return HttpReply{status}; });
        CHECK(get(asker.get()).status == status);
        CHECK(asker.http.asked().size() == 1);
    }
    Asker down([](const auto&) { return HttpReply{503, {{"retry-after", "0"}}}; });
    CHECK(get(down.get()).status == 503);
    CHECK(down.http.asked().size() == 6);
    Asker slow([](const HttpAsked& asked) -> HttpReply {
        return asked.nth == 0 ? HttpReply{429, {{"retry-after", "1"}}} : HttpReply{};
    });
    const auto begin = std::chrono::steady_clock::now();
    CHECK(get(slow.get()).status == 200);
    CHECK(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(950));
}

TEST_CASE("a caller with better means is told of the first fault") {
    Asker asker([](const auto&) { return HttpReply{503}; });
    RegistryRequest request;
    request.path = "/v2/";
    request.try_again = false;
    CHECK(get(asker.client.send(request)).status == 503);
    CHECK(asker.http.asked().size() == 1);
}

TEST_CASE("an interrupted pause ends at once") {
    Asker asker([](const auto&) { return HttpReply{503, {{"retry-after", "100"}}}; });
    std::jthread raiser([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        asker.stop.request_stop();
    });
    CHECK(code_of(asker.get()) == "RB0111");
}

TEST_CASE("a name of this machine is asked in the clear first, others only when told so") {
    Asker local([](const auto&) { return HttpReply{}; }, "localhost:5000");
    get(local.get());
    CHECK(local.http.asked().at(0).url.starts_with("http://localhost:5000/"));

    Asker secure(
        [](const HttpAsked& asked) -> HttpReply {
            return asked.url.starts_with("https:") ? HttpReply{} : HttpReply{400, {}, "Client sent an HTTP request"};
        },
        "127.0.0.1:5000");
    get(secure.get());
    get(secure.get());
    CHECK(secure.http.asked().size() == 3);
    CHECK(secure.http.asked().back().url.starts_with("https:"));

    const auto plain = [](const HttpAsked& asked) -> HttpReply {
        return asked.url.starts_with("https:") ? HttpReply{.unreachable = true} : HttpReply{};
    };
    Asker insecure(plain, "registry.example", std::nullopt, true);
    get(insecure.get());
    CHECK(insecure.events.count("plain HTTP") == 1);
    Asker strict(plain);
    CHECK(code_of(strict.get()) == "RB0130");
    for (const auto& asked : strict.http.asked()) CHECK(asked.url.starts_with("https:"));
}

TEST_CASE("a warning is shown once, without its control characters") {
    Asker asker([](const auto&) -> HttpReply {
        return {200,
                {{"warning", "299 - \"this is \\\"old\\\"\x1b[31m\""},
                 {"warning", "199 - \"no\""},
                 {"warning", "299 x \"no\""}}};
    });
    get(asker.get());
    get(asker.get());
    const auto said = asker.events.messages();
    REQUIRE(said.size() == 1);
    CHECK(said[0].find("registry.example") != std::string::npos);
    CHECK(said[0].find("this is \"old\"") != std::string::npos);
    CHECK(said[0].find('\x1b') == std::string::npos);
}

TEST_CASE("a sibling knows what its elder has learnt") {
    Asker asker([](const HttpAsked& asked) -> HttpReply {
        if (asks_token(asked)) return {200, {}, R"({"token":"T"})"};
        return asked.header("authorization") == "Bearer T" ? HttpReply{} : bearer();
    });
    get(asker.get());
    ScriptedHttp other([](const auto&) { return HttpReply{}; });
    const auto sibling = asker.client.sibling(other, {});
    RegistryRequest request;
    request.path = "/v2/";
    get(sibling->send(request));
    REQUIRE(other.asked().size() == 1);
    CHECK(other.asked()[0].header("authorization") == "Bearer T");
}

TEST_CASE("a registry's words are short and clean") {
    const auto words = [](int status, const std::string& body) {
        return error_words({.status = status, .headers = {}, .body = body});
    };
    CHECK(words(404, R"({"errors":[{"code":"NAME_UNKNOWN","message":"no such\nthing"},{"message":"b"}]})") ==
          "NAME_UNKNOWN: no such thing; b (HTTP 404)");
    CHECK(words(502, "<html><body>Bad gateway</body></html>") == "HTTP 502");
    for (const auto* odd :
         {"", "[]", "{}", R"({"errors":{}})", R"({"errors":[7,null,{}]})", R"({"errors":[{"code":7}]})"})
        CHECK(words(500, odd) == "HTTP 500");
    CHECK(words(500, R"({"errors":[{"message":")" + std::string(9000, 'x') + "\"}]}").size() < 400);
    const HttpResponse invalid{.status = 400, .headers = {}, .body = R"({"errors":[{"code":"DIGEST_INVALID"}]})"};
    CHECK(has_error_code(invalid, "DIGEST_INVALID"));
    CHECK_FALSE(has_error_code(invalid, "NAME_INVALID"));
    CHECK_FALSE(has_error_code({.status = 400, .headers = {}, .body = "[]"}, "DIGEST_INVALID"));
}
