#include "system/http_client.hpp"

#include "fakes/web_server.hpp"
#include "system/host.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using fakes::WebReply;
using fakes::WebServer;

namespace {

struct Asker {
    std::unique_ptr<HttpClient> client = make_http_client({});
    std::stop_source stop;
    Result<HttpResponse> send(const HttpRequest& request) { return client->send(request, stop.get_token()); }
};

std::string code_of(const Result<HttpResponse>& result) { return result ? "" : result.error().code; }

}  // namespace

TEST_CASE("any status is an answer, with its headers in small letters") {
    for (const int status : {200, 204, 302, 404, 503}) {
        WebServer server([&](const auto&) {
            return WebReply{.status = status,
                            .body = status == 204 ? "" : "text",
                            .headers = {"Docker-Thing:  a b ", "X: 1", "X: 2"}};
        });
        Asker asker;
        const auto response = asker.send({.url = server.url("/x?y=1")}).value();
        CHECK(response.status == status);
        CHECK(response.body == (status == 204 ? "" : "text"));
        CHECK(response.header("docker-thing") == "a b");
        CHECK(response.header("x") == "1");
        CHECK_FALSE(response.header("none"));
        CHECK(server.requests().at(0).target == "/x?y=1");
        CHECK(server.requests().size() == 1);  // nothing followed, nothing tried again
    }
}

TEST_CASE("headers are sent as given, and no type that nobody named") {
    WebServer server([](const auto&) { return WebReply{}; });
    Asker asker;
    HttpRequest request{.method = "POST", .url = server.url("/"), .headers = {{"X-A", "b: c"}}, .body = "12345"};
    CHECK(asker.send(request).value().status == 200);
    request.headers.emplace_back("Content-Type", "text/plain");
    CHECK(asker.send(request).value().status == 200);
    const auto asked = server.requests();
    CHECK(asked[0].headers.at("x-a") == "b: c");
    CHECK(asked[0].headers.at("content-length") == "5");
    CHECK_FALSE(asked[0].headers.contains("content-type"));
    CHECK_FALSE(asked[0].headers.contains("expect"));
    CHECK(asked[1].headers.at("content-type") == "text/plain");
}

TEST_CASE("a reader's length is announced, its error is the answer") {
    WebServer server([](const auto&) { return WebReply{.status = 201}; });
    Asker asker;
    HttpRequest request{.method = "PUT", .url = server.url("/")};
    request.body_size = 100'000;
    request.reader = [left = std::size_t{100'000}](char* buffer, std::size_t size) mutable -> Result<std::size_t> {
        const auto count = std::min(size, left);
        std::fill_n(buffer, count, 'x');
        left -= count;
        return count;
    };
    (void)asker.send(request);  // this server reads no bodies: it may close before all is sent
    CHECK(server.requests().at(0).headers.at("content-length") == "100000");
    request.reader = [](char*, std::size_t) -> Result<std::size_t> { return fail("RB1557", "damaged"); };
    CHECK(code_of(asker.send(request)) == "RB1557");
}

TEST_CASE("a sink takes the bodies of good answers alone, and is told their status") {
    WebServer server(
        [](const auto& request) { return WebReply{.status = request.target == "/ok" ? 200 : 404, .body = "text"}; });
    Asker asker;
    std::string taken;
    HttpRequest request{.url = server.url("/ok")};
    request.sink = [&](int status, std::string_view bytes) -> Result<void> {
        taken += std::to_string(status) + ":" + std::string(bytes) + " ";
        return {};
    };
    CHECK(asker.send(request).value().body.empty());
    CHECK(taken == "200:text ");
    request.url = server.url("/gone");
    CHECK(asker.send(request).value().body == "text");
    request.url = server.url("/ok");
    request.headers = {{"Range", "bytes=1-"}};
    CHECK(asker.send(request).value().status == 206);
    CHECK(taken == "200:text 206:ext ");
    request.sink = [](int, std::string_view) -> Result<void> { return fail("RB0101", "full"); };
    CHECK(code_of(asker.send(request)) == "RB0101");
}

TEST_CASE("HEAD has no body") {
    WebServer server([](const auto&) { return WebReply{.headers = {"X: y"}}; });
    Asker asker;
    const auto response = asker.send({.method = "HEAD", .url = server.url("/")}).value();
    CHECK(response.header("x") == "y");
    CHECK(response.body.empty());
}

TEST_CASE("an answer that is larger than it may be is refused") {
    WebServer server([](const auto&) { return WebReply{.body = std::string(2000, 'x')}; });
    Asker asker;
    CHECK(code_of(asker.send({.url = server.url("/"), .most_collected = 1999})) == "RB0134");
    CHECK(asker.send({.url = server.url("/"), .most_collected = 2000}).value().body.size() == 2000);
}

TEST_CASE("a cut answer and a closed port are told with the host") {
    std::string url;
    {
        WebServer server([](const auto&) { return WebReply{.body = "hello", .cut_after = 2}; });
        url = server.url();
        Asker asker;
        CHECK(code_of(asker.send({.url = server.url("/x")})) == "RB0135");
    }
    Asker asker;
    const auto result = asker.send({.url = url + "/x"});
    REQUIRE(code_of(result) == "RB0130");
    CHECK(result.error().exit == ExitCode::remote_timeout);
    CHECK(result.error().message.find(url.substr(7)) != std::string::npos);
    CHECK_FALSE(asker.send({.url = "file:///etc/passwd"}));
}

TEST_CASE("a raised stop token ends a request at once, and before it begins") {
    WebServer server([](const auto&) { return WebReply{.body = "late", .before_body = std::chrono::seconds(20)}; });
    Asker asker;
    std::jthread raiser([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        asker.stop.request_stop();
    });
    const auto begin = monotonic_seconds();
    const auto result = asker.send({.url = server.url("/")});
    REQUIRE(code_of(result) == "RB0111");
    CHECK(result.error().exit == ExitCode::interrupted);
    CHECK(monotonic_seconds() - begin < 2);
    CHECK(code_of(asker.send({.url = server.url("/")})) == "RB0111");
}

TEST_CASE("many threads share one client") {
    WebServer server([](const auto& request) { return WebReply{.body = request.target}; });
    Asker asker;
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                for (int k = 0; k < 10; ++k) {
                    const auto target = "/" + std::to_string(i * 100 + k);
                    const auto response = asker.send({.url = server.url(target)});
                    right += response && response->body == target;
                }
            });
    }
    CHECK(right == 80);
}

TEST_CASE("the proxy is the given environment's") {
    WebServer proxy([](const auto&) { return WebReply{.body = "by proxy"}; });
    const auto client = make_http_client({{"http_proxy", proxy.url()}});
    CHECK(client->send({.url = "http://rocks.example.org/x"}, {}).value().body == "by proxy");
    CHECK(proxy.requests().at(0).target == "http://rocks.example.org/x");
}
