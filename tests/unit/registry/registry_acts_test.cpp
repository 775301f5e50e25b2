#include "registry/registry_acts.hpp"

#include "fakes/events.hpp"
#include "fakes/local_registry.hpp"
#include "image/documents.hpp"
#include "unit/image/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::LocalRegistry;
using fakes::ScriptedHttp;

namespace {

const std::string index_type(media_type::oci_index);

struct Asker {
    explicit Asker(ScriptedHttp::Script script) : http(std::move(script)) {}
    ScriptedHttp http;
    fakes::KeptEvents events;
    RegistryClient client{http, "registry.example", {"repository:a/b:pull,push"}, {}, events, {}};
};

Document index_of(const std::string& entries, const std::string& more = {}) {
    Document document{.media_type = index_type,
                      .bytes = R"({"schemaVersion":2,"manifests":[)" + entries + "]" + more + "}"};
    document.digest = hash_of(document.bytes);
    return document;
}

std::string entry(const std::string& bytes, const std::string& more = {}) {
    return R"({"mediaType":")" + std::string(media_type::oci_manifest) + R"(","digest":")" + hash_of(bytes).str() +
           R"(","size":)" + std::to_string(bytes.size()) + more + "}";
}

ContentReference reference(const std::string& bytes) { return {.digest = hash_of(bytes), .size = bytes.size()}; }

}  // namespace

TEST_CASE("a manifest's digest is taken from the header, or from its content where there is none") {
    const auto document = index_of("");
    for (const auto& header : {document.digest.str(), std::string(), std::string("nonsense")}) {
        Asker asker([&](const HttpAsked& asked) -> HttpReply {
            HttpReply reply{200, {}, asked.method == "HEAD" ? "" : document.bytes};
            if (!header.empty()) reply.headers.emplace_back("docker-content-digest", header);
            return reply;
        });
        CHECK(get(find_manifest(asker.client, "a/b", "1")) == document.digest);
        CHECK(asker.http.count("GET /v2/a/b/manifests/1") == (header == document.digest.str() ? 0 : 1));
        CHECK(asker.http.asked()[0].header("accept").find(index_type) != std::string::npos);
    }
    for (const int status : {405, 403}) {
        Asker asker([&](const HttpAsked& asked) -> HttpReply {
            return asked.method == "HEAD" ? HttpReply{status} : HttpReply{200, {}, document.bytes};
        });
        CHECK(get(find_manifest(asker.client, "a/b", "1")) == document.digest);
    }
    Asker none([](const auto&) { return HttpReply{404}; });
    CHECK_FALSE(get(find_manifest(none.client, "a/b", "1")));
    Asker denied([](const HttpAsked& asked) { return HttpReply{403, {}, asked.method == "GET" ? "x" : ""}; });
    CHECK(code_of(find_manifest(denied.client, "a/b", "1")) == "RB1550");
}

TEST_CASE("a manifest is what its name and the header say, or is refused") {
    const auto document = index_of("");
    const auto got = [&](const std::string& name, const std::string& header, const std::string& body) {
        Asker asker([&](const auto&) -> HttpReply {
            return {200,
                    {{"docker-content-digest", header}, {"content-type", index_type + "; x=y"}, {"etag", "\"e\""}},
                    body};
        });
        return get_manifest(asker.client, "a/b", name);
    };
    const auto right = get(got("1", document.digest.str(), document.bytes));
    CHECK(right.bytes == document.bytes);
    CHECK(right.digest == document.digest);
    CHECK(right.media_type == index_type);
    CHECK(right.etag == "\"e\"");
    const auto long_name = hash_of(document.bytes, HashAlgorithm::sha512);
    CHECK(get(got(long_name.str(), "", document.bytes)).digest == long_name);
    const auto wrong = got("1", document.digest.str(), document.bytes + " ");
    REQUIRE(code_of(wrong) == "RB1554");
    CHECK(wrong.error().message.find(document.digest.str()) != std::string::npos);
    CHECK(code_of(got(document.digest.str(), "", document.bytes + " ")) == "RB1554");
    CHECK(code_of(got("1", "", "{}")) == "RB1520");
    Asker none([](const auto&) { return HttpReply{404}; });
    CHECK(code_of(get_manifest(none.client, "a/b", "1")) == "RB1553");
    Asker broken([](const auto&) { return HttpReply{418}; });
    CHECK(code_of(get_manifest(broken.client, "a/b", "1")) == "RB1555");
}

TEST_CASE("an answer that was cut short is asked for again") {
    const auto document = index_of("");
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        return {200, {}, asked.nth == 0 ? document.bytes.substr(1) : document.bytes};
    });
    CHECK(get(get_manifest(asker.client, "a/b", document.digest.str())).bytes == document.bytes);
}

TEST_CASE("a manifest is put as it is, and the registry must say that it has it") {
    const auto document = index_of("");
    for (const int status : {200, 201, 202}) {
        Asker asker([&](const HttpAsked& asked) {
            return HttpReply{asked.method == "PUT" ? status : 200, {{"docker-content-digest", document.digest.str()}}};
        });
        CHECK(get(put_manifest(asker.client, "a/b", "1", document)));
        const auto asked = asker.http.asked();
        CHECK(asked.size() == (status == 201 ? 1 : 2));  // what isn't said to be created is looked at
        CHECK(asked[0].line() == "PUT /v2/a/b/manifests/1");
        CHECK(asked[0].header("content-type") == index_type);
        CHECK(asked[0].body == document.bytes);
    }
    Asker lying([](const auto&) { return HttpReply{201, {{"docker-content-digest", hash_of("x").str()}}}; });
    CHECK(code_of(put_manifest(lying.client, "a/b", "1", document)) == "RB1554");
    for (const int status : {302, 400, 404, 413, 415, 204}) {
        Asker asker([&](const auto&) {
            return HttpReply{status, {}, R"({"errors":[{"code":"MANIFEST_INVALID","message":"no"}]})"};
        });
        const auto refused = put_manifest(asker.client, "a/b", "1", document);
        REQUIRE(code_of(refused) == "RB1555");
        CHECK(refused.error().message.find("MANIFEST_INVALID") != std::string::npos);
    }
}

TEST_CASE("what takes everything with a page of its own is no registry") {
    Asker asker([](const auto&) { return HttpReply{200, {{"content-type", "text/html"}}, "<html>sign in</html>"}; });
    CHECK_FALSE(put_manifest(asker.client, "a/b", "1", index_of("")));
    CHECK_FALSE(get(has_blob(asker.client, "a/b", hash_of("x"), 1)));
}

TEST_CASE("an ETag that no longer holds is no error but a no") {
    LocalRegistry registry;
    Asker asker(std::ref(registry));
    CHECK(get(put_manifest(asker.client, "a/b", "1", index_of(""), "*")));
    CHECK_FALSE(get(put_manifest(asker.client, "a/b", "1", index_of("", R"(,"x":1)"), "*")));
    const auto etag = get(get_manifest(asker.client, "a/b", "1")).etag;
    CHECK(get(put_manifest(asker.client, "a/b", "1", index_of("", R"(,"x":1)"), etag)));
    CHECK_FALSE(get(put_manifest(asker.client, "a/b", "1", index_of("", R"(,"x":2)"), etag)));
}

TEST_CASE("a blob is there or not") {
    LocalRegistry registry;
    Asker asker(std::ref(registry));
    CHECK_FALSE(get(has_blob(asker.client, "a/b", hash_of("x"), 1)));
    registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=" + hash_of("x").str(), "x");
    CHECK(get(has_blob(asker.client, "a/b", hash_of("x"), 1)));
}

TEST_CASE("a blob that is cut goes on where it ended") {
    const auto content = noise(40'000, 1);
    LocalRegistry registry;
    registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=" + hash_of(content).str(), content);
    Asker asker([&](const HttpAsked& asked) {
        auto reply = registry(asked);
        if (asked.nth < 2) reply.cut_after = 15'000;
        return reply;
    });
    std::string got;
    const auto sink = [&](std::string_view bytes) -> Result<void> {
        got += bytes;
        return {};
    };
    get(get_blob(asker.client, "a/b", reference(content), 0, sink));
    CHECK(got == content);
    CHECK(asker.http.asked().at(1).header("range") == "bytes=15000-39999");
    CHECK(asker.http.asked().at(2).header("range") == "bytes=30000-39999");
    got.clear();
    get(get_blob(asker.client, "a/b", reference(content), 39'000, sink));
    CHECK(got == content.substr(39'000));
    got.clear();
    registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=" + hash_of("").str());
    get(get_blob(asker.client, "a/b", reference(""), 0, sink));
    CHECK(got.empty());
}

TEST_CASE("a blob whose connection ends after its last byte is whole") {
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (!asked.header("range").empty()) return {416};
        return {.status = 200, .body = "hello", .cut_after = 5};
    });
    get(get_blob(asker.client, "a/b", reference("hello"), 0, [](auto) { return Result<void>(); }));
}

TEST_CASE("a blob with another content, more or fewer bytes is refused") {
    const auto code = [](const std::string& body, int status = 200) {
        Asker asker([&](const auto&) { return HttpReply{status, {{"retry-after", "0"}}, body}; });
        return code_of(get_blob(asker.client, "a/b", reference("hello"), 0, [](auto) { return Result<void>(); }));
    };
    CHECK(code("hello") == "");
    CHECK(code("hellO") == "RB1554");
    CHECK(code("hello!") == "RB1554");
    CHECK(code("x", 404) == "RB1555");
    Asker asker([](const auto&) { return HttpReply{200, {}, "hello"}; });
    CHECK(code_of(get_blob(asker.client, "a/b", reference("hello"), 0,
                           [](auto) -> Result<void> { return fail("RB0101", "full"); })) == "RB0101");
}

TEST_CASE("where a registry knows no ranges, what is here already is passed over") {
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        HttpReply reply{.status = 200, .body = "hello"};
        if (asked.nth == 0) reply.cut_after = 2;
        return reply;
    });
    std::string got;
    get(get_blob(asker.client, "a/b", reference("hello"), 0, [&](std::string_view bytes) -> Result<void> {
        got += bytes;
        return {};
    }));
    CHECK(got == "hello");
}

TEST_CASE("referrers come from the API, filtered by us where it doesn't") {
    const auto body =
        index_of(entry("one", R"(,"artifactType":"a/b")") + "," + entry("two", R"(,"artifactType":"c/d")")).bytes;
    for (const bool filters : {false, true}) {
        Asker asker([&](const auto&) -> HttpReply {
            if (filters) return {200, {{"oci-filters-applied", "artifactType"}}, index_of(entry("one")).bytes};
            return {200, {}, body};
        });
        const auto found = get(referrers(asker.client, "a/b", hash_of("s"), "a/b"));
        REQUIRE(found.size() == 1);
        CHECK(found[0].digest == hash_of("one"));
        CHECK(asker.http.asked()[0].query == "artifactType=a%2Fb");
    }
    Asker paged([&](const HttpAsked& asked) -> HttpReply {
        if (asked.query == "page=2") return {200, {}, index_of(entry("two")).bytes};
        return {200, {{"link", "<" + asked.path + "?page=2>; rel=\"next\""}}, index_of(entry("one")).bytes};
    });
    CHECK(get(referrers(paged.client, "a/b", hash_of("s"))).size() == 2);
}

TEST_CASE("an entry of odd types among referrers does no harm") {
    Asker asker(
        [&](const auto&) -> HttpReply { return {200, {}, index_of(entry("one", R"(,"artifactType":7)")).bytes}; });
    CHECK_NOTHROW((void)referrers(asker.client, "a/b", hash_of("s"), "a/b"));
}

TEST_CASE("the fallback tag is the subject's digest, cut to what a tag may be") {
    CHECK(fallback_tag(hash_of("abc")) == "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(fallback_tag(hash_of("abc", HashAlgorithm::sha512)) ==
          "sha512-ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a");
}

TEST_CASE("where there is no API, referrers are kept under the fallback tag") {
    LocalRegistry registry;
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (asked.path.find("/referrers/") != std::string::npos) return {404};
        auto reply = registry(asked);
        std::erase_if(reply.headers, [](const auto& header) { return header.first == "oci-subject"; });
        return reply;
    });
    const auto subject = hash_of("the image");
    CHECK(get(referrers(asker.client, "a/b", subject)).empty());
    const auto about = [&](const std::string& note) {
        return index_of(
            "", R"(,"artifactType":"a/b","annotations":{"n":")" + note + R"("},"subject":)" + entry("the image"));
    };
    for (const std::string note : {"1", "2", "1"})
        CHECK(get(put_manifest(asker.client, "a/b", about(note).digest.str(), about(note))));
    const auto found = get(referrers(asker.client, "a/b", subject, "a/b"));
    REQUIRE(found.size() == 2);
    CHECK(found[0].digest == about("1").digest);
    CHECK(found[0].size == about("1").bytes.size());
    CHECK(found[1].digest == about("2").digest);
    CHECK(get(referrers(asker.client, "a/b", subject, "x/y")).empty());
    const auto stored = nlohmann::json::parse(get(get_manifest(asker.client, "a/b", fallback_tag(subject))).bytes);
    CHECK(stored["manifests"][0]["artifactType"] == "a/b");
    CHECK(stored["manifests"][0]["annotations"]["n"] == "1");
}

TEST_CASE("a fallback tag that is no index is left alone, with a warning") {
    LocalRegistry registry;
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        auto reply = registry(asked);
        std::erase_if(reply.headers, [](const auto& header) { return header.first == "oci-subject"; });
        return reply;
    });
    const auto subject = hash_of("the image");
    Document image{.media_type = std::string(media_type::oci_manifest),
                   .bytes = R"({"schemaVersion":2,"config":)" + entry("{}") + R"(,"layers":[]})"};
    image.digest = hash_of(image.bytes);
    get(put_manifest(asker.client, "a/b", fallback_tag(subject), image));
    CHECK(get(put_manifest(asker.client, "a/b", "x", index_of("", R"(,"subject":)" + entry("the image")))));
    CHECK(asker.events.count("no index") == 1);
    CHECK(get(get_manifest(asker.client, "a/b", fallback_tag(subject))).digest == image.digest);
}

TEST_CASE("an index that others change each time is given up, in the end") {
    Asker asker([](const HttpAsked& asked) -> HttpReply {
        if (asked.path.find("/manifests/sha256-") == std::string::npos)
            return {201, {{"docker-content-digest", hash_of(asked.body).str()}}};
        // Whatever we enter, somebody else's is there when it is read again.
        if (asked.method == "PUT") return {201, {{"docker-content-digest", hash_of(asked.body).str()}}};
        const auto document = index_of(entry(std::to_string(asked.nth)));
        return {200, {{"content-type", index_type}}, asked.method == "HEAD" ? "" : document.bytes};
    });
    const auto put = put_manifest(asker.client, "a/b", "x", index_of("", R"(,"subject":)" + entry("the image")));
    REQUIRE_FALSE(put);
    CHECK(put.error().code == "RB1556");
    CHECK(put.error().exit == ExitCode::remote_timeout);
}

TEST_CASE("a fallback index that names its own subject doesn't keep us for ever") {
    const auto subject = entry("the image");
    std::string stored = index_of("", R"(,"subject":)" + subject).bytes;
    const auto tag = "/v2/a/b/manifests/" + fallback_tag(hash_of("the image"));
    int puts = 0;
    Asker asker([&](const HttpAsked& asked) -> HttpReply {
        if (asked.method == "PUT" && ++puts > 50) return {400};
        if (asked.method == "PUT" && asked.path == tag) stored = asked.body;
        if (asked.method == "PUT") return {201, {{"docker-content-digest", hash_of(asked.body).str()}}};
        return {200, {}, stored};
    });
    CHECK(put_manifest(asker.client, "a/b", "x", index_of("", R"(,"annotations":{"a":"b"},"subject":)" + subject)));
    CHECK(puts <= 10);
}
