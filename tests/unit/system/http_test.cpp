#include "system/http.hpp"

#include "fakes/web_server.hpp"
#include "system/file.hpp"
#include "system/host.hpp"
#include "system/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <thread>

using namespace rockbuild;
using fakes::WebReply;
using fakes::WebRequest;
using fakes::WebServer;

namespace {

struct Place {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "http-test-").value();
    std::unique_ptr<Http> http = make_http({});

    Result<void> fetch(const std::vector<Download>& downloads) { return http->fetch(downloads, {}, {}); }
    Download to(const std::string& name, const std::string& url) const { return {url, folder.path() / name}; }
    std::string text(const std::string& name) const { return read_file(folder.path() / name).value_or("(absent)"); }
    /// Nothing but what was asked for may stay behind.
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
    }
};

std::string code_of(const Result<void>& result) { return result ? "" : result.error().code; }

const std::string long_text = [] {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += std::to_string(i) + "\n";
    return text;
}();

}  // namespace

TEST_CASE("a file is fetched and its digest and size are checked") {
    WebServer server([](const auto&) { return WebReply{.body = "hello"}; });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.sha256 = Digest::from_hex("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824").value();
    download.size = 5;
    REQUIRE(place.fetch({download}));
    CHECK(place.text("x") == "hello");
    CHECK(place.files() == 1);
}

TEST_CASE("what may be tried once isn't tried again, and caches are told to ask where it is to be fresh") {
    WebServer server([](const auto&) { return WebReply{.status = 503}; });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.tries = 1;
    CHECK(code_of(place.fetch({download})) == "RB0131");
    REQUIRE(server.requests().size() == 1);
    CHECK_FALSE(server.requests()[0].headers.contains("cache-control"));
    download.fresh = true;
    CHECK_FALSE(place.fetch({download}));
    CHECK(server.requests()[1].headers.at("cache-control") == "max-age=0");
}

TEST_CASE("whoever waits for a file hears of it when it is whole, and may end the rest") {
    WebServer server(
        [](const auto& request) { return WebReply{.status = request.target == "/b" ? 404 : 200, .body = "hello"}; });
    Place place;
    std::vector<std::string> heard;
    auto first = place.to("a", server.url("/a"));
    first.arrived = [&]() -> Result<void> {
        heard.push_back(place.text("a"));
        return {};
    };
    auto second = place.to("b", server.url("/b"));
    second.arrived = [&]() -> Result<void> {
        heard.emplace_back("b");
        return {};
    };
    REQUIRE(place.fetch({first}));
    CHECK(code_of(place.fetch({second})) == "RB0131");
    CHECK(heard == std::vector<std::string>{"hello"});
    first.arrived = []() -> Result<void> { return fail("RB0101", "no space left"); };
    CHECK(code_of(place.fetch({first})) == "RB0101");
}

TEST_CASE("an answer of 404 is lasting: asked for once, said with its address") {
    WebServer server([](const auto&) { return WebReply{.status = 404, .body = "no such thing"}; });
    Place place;
    const auto result = place.fetch({place.to("x", server.url("/gone"))});
    REQUIRE(code_of(result) == "RB0131");
    CHECK(result.error().message.find("404") != std::string::npos);
    CHECK(result.error().message.find("/gone") != std::string::npos);
    CHECK(server.requests().size() == 1);
    CHECK(place.files() == 0);
}

TEST_CASE("a busy server is asked again, after the time it names") {
    WebServer server([](const auto& request) {
        if (request.nth == 0) return WebReply{.status = 429, .headers = {"Retry-After: 1"}};
        return WebReply{.body = "at last"};
    });
    Place place;
    const auto begin = monotonic_seconds();
    REQUIRE(place.fetch({place.to("x", server.url("/x"))}));
    CHECK(place.text("x") == "at last");
    CHECK(monotonic_seconds() - begin > 0.95);
    CHECK(server.requests().size() == 2);
}

TEST_CASE("a server that stays busy is given up") {
    WebServer server([](const auto&) { return WebReply{.status = 503, .body = "busy"}; });
    Place place;
    const auto result = place.fetch({place.to("x", server.url("/x"))});
    REQUIRE(code_of(result) == "RB0131");
    CHECK(result.error().message.find("503") != std::string::npos);
    CHECK(server.requests().size() > 2);
    CHECK(place.files() == 0);
}

TEST_CASE("a cut connection is resumed where it ended") {
    WebServer server([](const auto& request) {
        WebReply reply{.body = long_text};
        if (request.nth == 0) reply.cut_after = 100'000;
        return reply;
    });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.sha256 = sha256(long_text);
    REQUIRE(place.fetch({download}));
    CHECK(place.text("x") == long_text);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].headers.at("range") == "bytes=100000-");
}

TEST_CASE("a cut connection to a server without ranges is begun anew, as often as one with them") {
    WebServer server([](const auto& request) {
        WebReply reply{.body = long_text, .ranges = false};
        if (request.nth == 0 || request.nth == 2) reply.cut_after = 100'000;
        return reply;
    });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.sha256 = sha256(long_text);
    REQUIRE(place.fetch({download}));
    CHECK(place.text("x") == long_text);
    CHECK(server.requests().size() == 4);
}

TEST_CASE("without a digest nothing is pieced together from two answers") {
    WebServer server([](const auto& request) {
        WebReply reply{.body = std::string(200'000, request.nth == 0 ? 'a' : 'b')};
        if (request.nth == 0) reply.cut_after = 100'000;
        return reply;
    });
    Place place;
    REQUIRE(place.fetch({place.to("x", server.url("/x"))}));
    CHECK(place.text("x") == std::string(200'000, 'b'));
}

TEST_CASE("bytes with another digest are refused and leave nothing") {
    WebServer server([](const auto&) { return WebReply{.body = "hellO"}; });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.sha256 = sha256("hello");
    const auto result = place.fetch({download});
    REQUIRE(code_of(result) == "RB0132");
    CHECK(result.error().message.find(sha256("hello").str()) != std::string::npos);
    CHECK(result.error().message.find(sha256("hellO").str()) != std::string::npos);
    CHECK(place.files() == 0);
}

TEST_CASE("more or fewer bytes than announced are refused") {
    WebServer server([](const auto&) { return WebReply{.body = long_text}; });
    Place place;
    for (const auto size : {long_text.size() - 1, long_text.size() + 1, std::size_t{10}}) {
        auto download = place.to("x", server.url("/x"));
        download.size = size;
        const auto result = place.fetch({download});
        REQUIRE(code_of(result) == "RB0132");
        CHECK(result.error().message.find(std::to_string(size)) != std::string::npos);
    }
    CHECK(place.files() == 0);
}

TEST_CASE("more than is taken of an address is refused while it arrives") {
    WebServer server([](const auto&) { return WebReply{.body = long_text}; });
    Place place;
    auto download = place.to("x", server.url("/x"));
    download.most = long_text.size() - 1;
    CHECK(code_of(place.fetch({download})) == "RB0134");
    CHECK(place.files() == 0);
    download.most = long_text.size();
    CHECK(place.fetch({download}));
}

TEST_CASE("redirects are followed, their body is not the file's") {
    WebServer server([](const auto& request) {
        if (request.target == "/new") return WebReply{.body = "moved here"};
        return WebReply{.status = 302, .body = "look elsewhere", .headers = {"Location: /new"}};
    });
    Place place;
    REQUIRE(place.fetch({place.to("x", server.url("/old"))}));
    CHECK(place.text("x") == "moved here");
}

TEST_CASE("a redirect cannot lead to a file of this machine") {
    Place place;
    REQUIRE(write_file(place.folder.path() / "secret", "secret"));
    WebServer server([&](const auto&) {
        return WebReply{.status = 302, .headers = {"Location: file://" + (place.folder.path() / "secret").native()}};
    });
    CHECK(code_of(place.fetch({place.to("x", server.url("/old"))})) == "RB0130");
    CHECK(place.text("x") == "(absent)");
}

TEST_CASE("file addresses are read, with one slash or three") {
    Place place;
    const auto from = (place.folder.path() / "from").native();
    REQUIRE(write_file(from, "local"));
    auto one = place.to("one", "file:" + from);
    one.sha256 = sha256("local");
    REQUIRE(place.fetch({one, place.to("three", "file://" + from)}));
    CHECK(place.text("one") == "local");
    CHECK(place.text("three") == "local");
    CHECK(code_of(place.fetch({place.to("x", "file://" + from + ".gone")})) == "RB0131");
}

TEST_CASE("a port where nobody listens is unreachable, with host and reason") {
    std::string url;
    {
        WebServer server([](const auto&) { return WebReply{}; });
        url = server.url();
    }
    Place place;
    const auto result = place.fetch({place.to("x", url + "/x")});
    REQUIRE(code_of(result) == "RB0130");
    CHECK(result.error().exit == ExitCode::remote_timeout);
    CHECK(result.error().message.find(url.substr(7)) != std::string::npos);
    CHECK(result.error().message.find("onnect") != std::string::npos);
}

TEST_CASE("a raised stop token ends a slow download at once") {
    WebServer server([](const auto&) { return WebReply{.body = "late", .before_body = std::chrono::seconds(20)}; });
    Place place;
    std::stop_source source;
    std::thread raiser([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        source.request_stop();
    });
    const auto begin = monotonic_seconds();
    const auto result = place.http->fetch({place.to("x", server.url("/x"))}, {}, source.get_token());
    raiser.join();
    REQUIRE(code_of(result) == "RB0111");
    CHECK(result.error().exit == ExitCode::interrupted);
    CHECK(monotonic_seconds() - begin < 1);
    CHECK(place.files() == 0);
}

TEST_CASE("many files come side by side, four from one host, with their sum as progress") {
    WebServer server(
        [](const auto&) { return WebReply{.body = "12345", .before_body = std::chrono::milliseconds(50)}; });
    Place place;
    std::vector<Download> downloads;
    for (int i = 0; i < 20; ++i) {
        downloads.push_back(place.to(std::to_string(i), server.url("/" + std::to_string(i))));
        downloads.back().size = 5;
    }
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    bool grows = true;
    const auto report = [&](std::uint64_t done, std::uint64_t all) {
        grows = grows && done >= last;
        last = done;
        total = all;
    };
    REQUIRE(place.http->fetch(downloads, report, {}));
    CHECK(place.files() == 20);
    CHECK(server.most_at_once() == 4);
    CHECK(grows);
    CHECK(last == 100);
    CHECK(total == 100);
}

TEST_CASE("the first lasting failure ends the rest") {
    WebServer server([](const auto& request) {
        if (request.target == "/bad") return WebReply{.status = 410};
        return WebReply{.body = "late", .before_body = std::chrono::seconds(20)};
    });
    Place place;
    const auto begin = monotonic_seconds();
    CHECK(code_of(place.fetch({place.to("x", server.url("/slow")), place.to("y", server.url("/bad"))})) == "RB0131");
    CHECK(monotonic_seconds() - begin < 2);
    CHECK(place.files() == 0);
}

TEST_CASE("the proxy is the given environment's, in either case, and no_proxy is heeded") {
    WebServer proxy([](const auto&) { return WebReply{.body = "by proxy"}; });
    WebServer direct([](const auto&) { return WebReply{.body = "direct"}; });
    Place place;
    for (const auto* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
        const auto http = make_http({{name, proxy.url()}});
        REQUIRE(http->fetch({place.to("x", "http://rocks.example.org/x")}, {}, {}));
        CHECK(place.text("x") == "by proxy");
        CHECK(proxy.requests().back().target == "http://rocks.example.org/x");
    }
    for (const auto* name : {"no_proxy", "NO_PROXY"}) {
        const auto http = make_http({{"http_proxy", proxy.url()}, {name, "127.0.0.1"}});
        REQUIRE(http->fetch({place.to("y", direct.url("/y"))}, {}, {}));
        CHECK(place.text("y") == "direct");
    }
    CHECK(direct.requests().size() == 2);
}

TEST_CASE("the process's own proxy variables are not looked at") {
    WebServer server([](const auto&) { return WebReply{.body = "direct"}; });
    Place place;
    const auto* before = ::getenv("http_proxy");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("http_proxy", "http://127.0.0.1:9", 1);
    const auto result = place.fetch({place.to("x", server.url("/x"))});
    if (before == nullptr) ::unsetenv("http_proxy");
    else ::setenv("http_proxy", kept.c_str(), 1);
    CHECK(result);
}

namespace {

/// `openssl s_server` with a certificate of its own making, serving the files of a folder. Ended by its process id.
class TlsServer {
public:
    explicit TlsServer(const fs::path& folder) {
        const std::string make =
            "cd '" + folder.native() +
            "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=loopback -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>log";
        REQUIRE(std::system(make.c_str()) == 0);
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            if (::chdir(folder.c_str()) == 0)
                ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key",
                         "key.pem", "-WWW", nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        const Fd out(ends[0]);
        constexpr std::string_view before_port = "ACCEPT 127.0.0.1:";
        std::string text;
        char byte = 0;
        for (std::size_t at = 0; ::read(out.get(), &byte, 1) == 1;) {
            text += byte;
            at = text.find(before_port);
            if (byte != '\n' || at == std::string::npos) continue;
            port_ = text.substr(at + before_port.size());
            port_.pop_back();
            break;
        }
        REQUIRE(!port_.empty());
    }
    ~TlsServer() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    std::string url(const std::string& path) const { return "https://127.0.0.1:" + port_ + path; }

private:
    pid_t pid_ = -1;
    std::string port_;
};

}  // namespace

TEST_CASE("certificates are checked against the bundle that the environment names") {
    Place place;
    const auto served = TempFolder::make(fs::temp_directory_path(), "http-test-tls-").value();
    REQUIRE(write_file(served.path() / "x", "over TLS"));
    const TlsServer server(served.path());
    const auto refused = place.fetch({place.to("x", server.url("/x"))});
    REQUIRE(code_of(refused) == "RB0130");
    CHECK(refused.error().message.find("certificate") != std::string::npos);
    for (const auto* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
        const auto http = make_http({{name, (served.path() / "cert.pem").native()}});
        REQUIRE(http->fetch({place.to("x", server.url("/x"))}, {}, {}));
        CHECK(place.text("x") == "over TLS");
    }
    const auto lost =
        make_http({{"SSL_CERT_FILE", "/nowhere/bundle.pem"}})->fetch({place.to("y", server.url("/x"))}, {}, {});
    CHECK(code_of(lost) == "RB0130");
}
