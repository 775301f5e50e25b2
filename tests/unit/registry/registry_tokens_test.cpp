// How a client proves who asks: tokens, passwords, refusals.
#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"
#include "unit/registry/asker.hpp"

#include <chrono>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a token is fetched once, with the scopes in their order") {
    for (const bool known : {false, true}) {
        Asker asker(
            [](const HttpAsked& asked) -> HttpReply {
                if (asks_token(asked)) return {200, {}, R"({"token":"T1","expires_in":300})"};
                return asked.header("authorization") == "Bearer T1" ? HttpReply{200, {}, "ok"} : bearer();
            },
            "registry.example", known ? std::optional(ada) : std::nullopt);
        CHECK(get(asker.get()).body == "ok");
        CHECK(get(asker.get()).body == "ok");
        const auto asked = asker.http.asked();
        REQUIRE(asked.size() == 4);
        CHECK(asked[1].method == "GET");
        CHECK(asked[1].url.starts_with("https://auth.example/token?"));
        CHECK(
            asked[1].query ==
            std::string("service=registry.example&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%3Apull") +
                (known ? "&account=ada" : ""));
        CHECK(asked[1].header("authorization") == (known ? "Basic " + base64_encode("ada:p:w") : ""));
        CHECK(asked[3].header("authorization") == "Bearer T1");
    }
}

TEST_CASE("an identity token is exchanged by POST, and never sent as a password") {
    for (const bool knows_post : {true, false}) {
        Asker asker(
            [&](const HttpAsked& asked) -> HttpReply {
                if (asks_token(asked) && asked.method == "POST" && !knows_post) return {404};
                if (asks_token(asked)) return {200, {}, R"({"access_token":"T","refresh_token":"next"})"};
                return asked.header("authorization") == "Bearer T" ? HttpReply{} : bearer();
            },
            "registry.example", Credential{"<token>", "secret+token", true, "x"});
        CHECK(get(asker.get()).status == 200);
        const auto asked = asker.http.asked();
        CHECK(asked[1].method == "POST");
        CHECK(asked[1].header("content-type") == "application/x-www-form-urlencoded");
        CHECK(asked[1].body ==
              "grant_type=refresh_token&refresh_token=secret%2Btoken&service=registry.example&client_id=rockbuild&"
              "scope=repository%3Aa%2Fb%3Apull%2Cpush%20repository%3Ac%3Apull");
        for (const auto& one : asked) CHECK_FALSE(one.header("authorization").starts_with("Basic"));
        CHECK(asked.size() == (knows_post ? 3 : 4));
    }
}

TEST_CASE("a token that has ended is renewed, and the request made again") {
    int tokens = 0;
    std::string good = "Bearer T1";
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (asks_token(asked)) return {200, {}, R"({"token":"T)" + std::to_string(++tokens) + "\"}"};
        if (asked.header("authorization") == good) return {};
        return bearer(asked.header("authorization").empty() ? "" : ",error=\"invalid_token\"");
    });
    CHECK(get(asker.get()).status == 200);
    good = "Bearer T2";
    CHECK(get(asker.get()).status == 200);
    CHECK(tokens == 2);
}

TEST_CASE("a token is renewed before its end") {
    int tokens = 0;
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (asks_token(asked)) return {200, {}, R"({"expires_in":0.1,"token":"T)" + std::to_string(++tokens) + "\"}"};
        return asked.header("authorization") == "Bearer T" + std::to_string(tokens) ? HttpReply{} : bearer();
    });
    CHECK(get(asker.get()).status == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    CHECK(get(asker.get()).status == 200);
    CHECK(tokens == 2);
    CHECK(asker.http.count("GET /v2/a/b/tags/list") == 3);  // refused once, at the beginning
}

TEST_CASE("a token that a registry forgot without a word is renewed too") {
    int tokens = 0;
    std::string good = "Bearer T1";
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (asks_token(asked)) return {200, {}, R"({"token":"T)" + std::to_string(++tokens) + "\"}"};
        return asked.header("authorization") == good ? HttpReply{} : bearer();
    });
    CHECK(get(asker.get()).status == 200);
    good = "Bearer T2";
    CHECK(asker.get());
}

TEST_CASE("a scope that is asked for later comes first") {
    Asker asker([](const HttpAsked& asked) -> HttpReply {
        if (asks_token(asked))
            return {
                200, {}, asked.query.find("delete") == std::string::npos ? R"({"token":"T1"})" : R"({"token":"T2"})"};
        if (asked.header("authorization") == "Bearer T2") return {};
        return bearer(asked.header("authorization").empty()
                          ? ""
                          : ",scope=\"repository:a/b:delete\",error=\"insufficient_scope\"");
    });
    CHECK(get(asker.get()).status == 200);
    const auto asked = asker.http.asked();
    REQUIRE(asked.size() == 5);
    CHECK(asked[3].query.starts_with("service=registry.example&scope=repository%3Aa%2Fb%3Adelete&scope="));
}

TEST_CASE("a password goes to its registry, and a refused one is told with its source") {
    std::string right = "Basic " + base64_encode("ada:p:w");
    Asker asker(
        [&](const HttpAsked& asked) -> HttpReply {
            if (asked.header("authorization") == right) return {};
            return {401,
                    {{"www-authenticate", "Negotiate"}, {"www-authenticate", "Basic realm=\"x\""}},
                    R"({"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]})"};
        },
        "registry.example", ada);
    CHECK(get(asker.get()).status == 200);
    right = "changed";
    const auto refused = asker.get();
    REQUIRE(code_of(refused) == "RB1550");
    CHECK(refused.error().exit == ExitCode::not_allowed);
    CHECK(refused.error().message.find("the test's file") != std::string::npos);
    CHECK(refused.error().message.find("who are you") != std::string::npos);
    CHECK(refused.error().message.find("p:w") == std::string::npos);
}

TEST_CASE("a registry that refuses for ever is left after some requests") {
    for (const std::string challenge :
         {"", "Negotiate", "Basic realm=\"x\"", "Bearer realm=\"https://auth.example/token\"",
          "Bearer realm=\"https://auth.example/token\",error=\"invalid_token\"",
          "Bearer realm=\"https://auth.example/token\",error=\"x\",scope=\"s\""}) {
        INFO(challenge);
        Asker asker(
            [&](const HttpAsked& asked) -> HttpReply {
                if (asks_token(asked)) return {200, {}, R"({"token":"T"})"};
                return {401, {{"www-authenticate", challenge}}};
            },
            "registry.example", ada);
        CHECK(code_of(asker.get()) == "RB1550");
        CHECK(asker.http.asked().size() <= 8);
    }
    Asker anonymous([](const auto&) -> HttpReply { return {401, {{"www-authenticate", "Basic realm=\"x\""}}}; });
    const auto refused = anonymous.get();
    REQUIRE(code_of(refused) == "RB1550");
    CHECK(refused.error().message.find("without a password") != std::string::npos);
    CHECK(anonymous.http.asked().size() == 1);
}

TEST_CASE("403 is a refusal, but for HEAD an answer") {
    Asker asker([](const auto&) -> HttpReply { return {403, {}, R"({"errors":[{"code":"DENIED"}]})"}; });
    CHECK(code_of(asker.get()) == "RB1550");
    RegistryRequest head;
    head.method = "HEAD";
    head.path = "/v2/a/b/manifests/x";
    CHECK(get(asker.client.send(head)).status == 403);
}

TEST_CASE("no token is fetched from where it isn't safe") {
    const auto code = [](const std::string& realm, const std::string& host) {
        Asker asker(
            [&](const HttpAsked& asked) -> HttpReply {
                if (asked.path == "/v2/") return {};  // the scheme is known then
                if (asks_token(asked)) return {200, {}, R"({"token":"T"})"};
                return asked.header("authorization").empty() ? bearer("", realm) : HttpReply{};
            },
            host, ada);
        get(asker.get("/v2/"));
        return code_of(asker.get());
    };
    CHECK(code("https://auth.example/token", "registry.example") == "");
    CHECK(code("https://registry.example/token", "registry.example") == "");
    CHECK(code("/token", "registry.example") == "");
    for (const std::string bad :
         {"http://auth.example/token", "https://127.0.0.1/token", "https://10.0.0.1/token",
          "https://169.254.169.254/token", "https://[::1]/token", "https://localhost:5000/token", "file:///token",
          "ftp://auth.example/token", "", "https://user:pw@auth.example/token"}) {
        INFO(bad);
        CHECK(code(bad, "registry.example") == "RB1552");
    }
    CHECK(code("http://127.0.0.1:5001/token", "127.0.0.1:5000") == "");
    CHECK(code("http://localhost:5001/token", "127.0.0.1:5000") == "");
}

TEST_CASE("a registry's first answer can't send a password in the clear") {
    Asker asker(
        [&](const HttpAsked& asked) -> HttpReply {
            if (asks_token(asked)) return {200, {}, R"({"token":"T"})"};
            return asked.header("authorization").empty() ? bearer("", "http://auth.example/token") : HttpReply{};
        },
        "registry.example", ada);
    CHECK(code_of(asker.get()) == "RB1552");
    CHECK(asker.http.count("GET /token") == 0);
}

TEST_CASE("a relative realm of the first answer is seen from the address that answered") {
    Asker asker(
        [&](const HttpAsked& asked) -> HttpReply {
            if (asks_token(asked)) return {200, {}, R"({"token":"T"})"};
            return asked.header("authorization").empty() ? bearer("", "/token") : HttpReply{};
        },
        "127.0.0.1:5000", ada);
    CHECK(get(asker.get()).status == 200);
    for (const auto& asked : asker.http.asked()) CHECK(asked.url.starts_with("http://127.0.0.1:5000/"));
}

TEST_CASE("a token server's odd answers give no token") {
    for (const std::string body : {"", "{}", "[]", "x", R"({"token":7})", R"({"token":"a\nb"})"}) {
        Asker asker([&](const HttpAsked& asked) -> HttpReply {
            return asks_token(asked) ? HttpReply{200, {}, body} : bearer();
        });
        CHECK(code_of(asker.get()) == "RB1552");
    }
    Asker refusing([](const HttpAsked& asked) -> HttpReply { return asks_token(asked) ? HttpReply{403} : bearer(); });
    CHECK(code_of(refusing.get()) == "RB1550");
}
