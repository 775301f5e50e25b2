#include "registry/upload.hpp"

#include "fakes/events.hpp"
#include "fakes/local_registry.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::LocalRegistry;
using fakes::ScriptedHttp;

namespace {

const std::string uploads = "/v2/a/b/blobs/uploads/";

BodyReader reader_of(std::string bytes) {
    return
        [bytes = std::move(bytes), at = std::size_t{0}](char* buffer, std::size_t most) mutable -> Result<std::size_t> {
            const auto count = bytes.copy(buffer, most, at);
            at += count;
            return count;
        };
}

struct Sender {
    explicit Sender(ScriptedHttp::Script script) : http(std::move(script)) {}

    /// `source`: what is read; the blob is `named`.
    Result<UploadResult> send(const std::string& source, const std::string& named, const std::string& mount_from = {}) {
        const UploadBlob blob{hash_of(named, algorithm), named.size(), [&](std::uint64_t offset) -> Result<BodyReader> {
                                  return reader_of(source.substr(std::min<std::size_t>(offset, source.size())));
                              }};
        return upload_blob(client, "a/b", blob, mount_from, [&](std::uint64_t done) { progress = done; });
    }
    Result<UploadResult> send(const std::string& bytes) { return send(bytes, bytes); }
    /// A blob whose bytes nobody reads.
    Result<UploadResult> send_large(std::uint64_t size) {
        const UploadBlob blob{hash_of("large"), size, [](std::uint64_t) { return Result<BodyReader>(reader_of("")); }};
        return upload_blob(client, "a/b", blob, {}, [](std::uint64_t) {});
    }

    ScriptedHttp http;
    fakes::KeptEvents events;
    RegistryClient client{http, "registry.example", {"repository:a/b:pull,push"}, {}, events, {}};
    HashAlgorithm algorithm = HashAlgorithm::sha256;
    std::uint64_t progress = 0;
};

HttpReply busy() { return {503, {{"retry-after", "0"}}}; }
HttpReply accepted(const std::string& place, const std::string& range = "0-0") {
    return {202, {{"location", place}, {"range", range}}};
}

}  // namespace

TEST_CASE("a blob that is there is not sent") {
    LocalRegistry registry;
    Sender sender(std::ref(registry));
    for (const auto outcome : {UploadOutcome::uploaded, UploadOutcome::present}) {
        const auto result = get(sender.send("hello"));
        CHECK(result.outcome == outcome);
        CHECK(result.sent == (outcome == UploadOutcome::uploaded ? 5 : 0));
    }
    CHECK(sender.progress == 5);
    const auto lines = sender.http.lines();
    REQUIRE(lines.size() == 4);  // HEAD, POST, PUT, HEAD
    CHECK(lines[1] == "POST " + uploads);
    const auto put = sender.http.asked()[2];
    CHECK(put.method == "PUT");
    CHECK(put.query.find("digest="
                         "sha256%3A2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824") !=
          std::string::npos);
    CHECK(put.header("content-type") == "application/octet-stream");
    CHECK(put.body == "hello");
}

TEST_CASE("empty blobs and those named by SHA-512 are sent too") {
    LocalRegistry registry;
    Sender sender(std::ref(registry));
    CHECK(get(sender.send("")).outcome == UploadOutcome::uploaded);
    sender.algorithm = HashAlgorithm::sha512;
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::uploaded);
    CHECK(sender.http.asked()[4].query == "digest-algorithm=sha512");
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::present);
}

TEST_CASE("a place with a query of its own, on another host, is used as it is") {
    Sender sender([](const HttpAsked& asked) -> HttpReply {
        if (asked.method == "HEAD") return {404};
        if (asked.method == "POST") return accepted("https://storage.example/up?_state=x%2Fy");
        return {201};
    });
    get(sender.send("hello"));
    const auto put = sender.http.asked().back();
    CHECK(put.url.starts_with("https://storage.example/up?_state=x%2Fy&digest=sha256%3A"));
}

TEST_CASE("a blob is mounted, or the upload that was begun instead is used") {
    LocalRegistry registry;
    registry.ask("POST", "/v2/c/blobs/uploads/?digest=" + hash_of("hello").str(), "hello");
    Sender sender(std::ref(registry));
    CHECK(get(sender.send("hello", "hello", "c")).outcome == UploadOutcome::mounted);
    CHECK(sender.http.asked()[1].query.find("from=c") != std::string::npos);
    CHECK(get(sender.send("other", "other", "c")).outcome == UploadOutcome::uploaded);
    CHECK(sender.http.lines().size() == 5);  // HEAD, mount, HEAD, mount, PUT: no second upload
}

TEST_CASE("a mount that is refused is no reason to give up") {
    for (const int status : {400, 403, 404, 405}) {
        LocalRegistry registry;
        Sender sender([&](const HttpAsked& asked) {
            return asked.query.starts_with("mount=") ? HttpReply{status} : registry(asked);
        });
        CHECK(get(sender.send("hello", "hello", "c")).outcome == UploadOutcome::uploaded);
    }
}

TEST_CASE("after a fault the registry says how much it has, and the rest is sent") {
    LocalRegistry registry;
    const auto content = noise(10'000, 1);
    Sender sender([&](const HttpAsked& asked) {
        if (asked.method != "PUT" || asked.nth > 0 || asked.body.empty()) return registry(asked);
        // 4000 bytes arrive, and then the connection ends.
        auto handling = registry.api().begin(registry.request("PATCH", asked.path));
        handling.body->take(asked.body.substr(0, 4000));
        return HttpReply{.cut_after = 0};
    });
    const auto result = get(sender.send(content));
    CHECK(result.outcome == UploadOutcome::uploaded);
    const auto asked = sender.http.asked();
    const auto patch = std::ranges::find(asked, "PATCH", &HttpAsked::method);
    REQUIRE(patch != asked.end());
    CHECK(patch->header("content-range") == "4000-9999");
    CHECK(patch->body == content.substr(4000));
    CHECK(registry.ask("GET", "/v2/a/b/blobs/" + hash_of(content).str()).body == content);
}

TEST_CASE("a blob that came through although its answer did not is not sent again") {
    LocalRegistry registry;
    Sender sender([&](const HttpAsked& asked) {
        auto reply = registry(asked);
        return asked.method == "PUT" ? busy() : reply;
    });
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::uploaded);
    CHECK(std::ranges::count(sender.http.asked(), "PUT", &HttpAsked::method) == 1);
}

TEST_CASE("an upload that is gone is begun anew") {
    LocalRegistry registry;
    bool lost = false;
    Sender sender([&](const HttpAsked& asked) {
        if (asked.method == "PUT" && !lost) {
            lost = true;
            registry.ask("DELETE", asked.path);
            return HttpReply{404};
        }
        return registry(asked);
    });
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::uploaded);
    CHECK(sender.http.count("POST " + uploads) == 2);
}

TEST_CASE("a registry that is busy for ever is left with its words") {
    Sender sender([](const HttpAsked& asked) -> HttpReply {
        if (asked.method == "HEAD") return {404};
        if (asked.method == "POST") return accepted("/up");
        return {503, {{"retry-after", "0"}}, R"({"errors":[{"code":"X","message":"tired"}]})"};
    });
    const auto result = sender.send("hello");
    REQUIRE(code_of(result) == "RB1555");
    CHECK(result.error().message.find("tired") != std::string::npos);
    CHECK(result.error().exit == ExitCode::remote_timeout);
    CHECK(sender.http.asked().size() < 200);
}

TEST_CASE("a start or an end that is refused is told") {
    Sender start([](const HttpAsked& asked) { return HttpReply{asked.method == "HEAD" ? 404 : 418}; });
    CHECK(code_of(start.send("hello")) == "RB1555");
    Sender nowhere([](const HttpAsked& asked) { return HttpReply{asked.method == "HEAD" ? 404 : 202}; });
    CHECK(code_of(nowhere.send("hello")) == "RB1555");
    Sender end([](const HttpAsked& asked) -> HttpReply {
        return asked.method == "POST" ? accepted("/up") : HttpReply{asked.method == "HEAD" ? 404 : 415};
    });
    CHECK(code_of(end.send("hello")) == "RB1555");
    Sender small([](const HttpAsked& asked) -> HttpReply {
        return asked.method == "POST" ? accepted("/up") : HttpReply{asked.method == "HEAD" ? 404 : 413};
    });
    CHECK(code_of(small.send("hello")) == "RB1555");
}

namespace {

/// Takes no body above `most`; the answers' places change each time.
struct Limited {
    std::uint64_t most = 0;
    std::string least;
    std::uint64_t has = 0;
    int place = 0;
    bool stumbles = false;
    std::vector<std::string> ranges = {};

    HttpReply operator()(const HttpAsked& asked) {
        if (asked.method == "HEAD") return {404};
        if (asked.method == "GET")
            return {204,
                    {{"location", "/up/" + std::to_string(place)},
                     {"range", "0-" + std::to_string(has == 0 ? 0 : has - 1)}}};
        if (asked.method == "POST") {
            has = 0;
            return {202, {{"location", "/up/" + std::to_string(++place)}, {"oci-chunk-min-length", least}}};
        }
        if (asked.path != "/up/" + std::to_string(place)) return {404};
        if (std::exchange(stumbles, false)) return busy();
        if (asked.body_size > most) return {413};
        if (asked.method == "PUT") return {201};
        ranges.push_back(asked.header("content-range"));
        has += asked.body_size;
        return accepted("/up/" + std::to_string(++place), "0-" + std::to_string(has - 1));
    }
};

constexpr std::uint64_t mib = 1 << 20;

}  // namespace

TEST_CASE("what is refused as too large goes by chunks, each to the newest place") {
    Limited limited{.most = 40 * mib};
    Sender sender(std::ref(limited));
    CHECK(get(sender.send_large(70 * mib)).outcome == UploadOutcome::uploaded);
    CHECK(limited.ranges == std::vector<std::string>{"0-33554431", "33554432-67108863", "67108864-73400319"});
}

TEST_CASE("a registry's least chunk is heeded") {
    Limited limited{.most = 60 * mib, .least = std::to_string(50 * mib)};
    Sender sender(std::ref(limited));
    CHECK(get(sender.send_large(70 * mib)).outcome == UploadOutcome::uploaded);
    CHECK(limited.ranges == std::vector<std::string>{"0-52428799", "52428800-73400319"});
}

TEST_CASE("too large is answered by chunks after an earlier fault too") {
    Limited limited{.most = 40 * mib, .stumbles = true};
    Sender sender(std::ref(limited));
    CHECK(get(sender.send_large(70 * mib)).outcome == UploadOutcome::uploaded);
}

TEST_CASE("416 asks where to go on") {
    LocalRegistry registry;
    bool refused = false;
    Sender sender([&](const HttpAsked& asked) {
        if (asked.method == "PUT" && !refused) {
            refused = true;
            registry.ask("PATCH", asked.path, "hel");
            return HttpReply{416};
        }
        return registry(asked);
    });
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::uploaded);
    CHECK(registry.ask("GET", "/v2/a/b/blobs/" + hash_of("hello").str()).body == "hello");
}

TEST_CASE("a registry that takes no parts gets all at once") {
    LocalRegistry registry;
    int patches = 0;
    Sender sender([&](const HttpAsked& asked) -> HttpReply {
        if (asked.method == "PATCH") {
            ++patches;
            return {405};
        }
        if (asked.method == "PUT" && asked.nth == 0 && patches == 0) {
            registry.ask("PATCH", asked.path, "hel");
            return busy();
        }
        return registry(asked);
    });
    CHECK(get(sender.send("hello")).outcome == UploadOutcome::uploaded);
    CHECK(patches == 1);
    CHECK(sender.http.count("POST " + uploads) == 2);
}

TEST_CASE("of a wrong digest it is told who is wrong") {
    LocalRegistry registry;
    Sender damaged(std::ref(registry));
    const auto ours = damaged.send("hellO", "hello");
    REQUIRE(code_of(ours) == "RB1557");
    CHECK(ours.error().exit == ExitCode::bad_data);
    CHECK(code_of(damaged.send("hel", "hello")) == "RB1557");

    const auto garble = [&](int times) {
        return [&registry, times](HttpAsked asked) mutable {
            if (asked.method == "PUT" && times-- > 0) asked.body[0] = 'X';
            return registry(asked);
        };
    };
    Sender once(garble(1));
    CHECK(get(once.send("hello")).outcome == UploadOutcome::uploaded);
    Sender always(garble(100));
    CHECK(code_of(always.send("other")) == "RB1554");
}
