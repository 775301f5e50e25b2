#include "registry/server/distribution_api.hpp"

#include "fakes/local_registry.hpp"
#include "image/documents.hpp"
#include "registry/base64.hpp"
#include "unit/image/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::LocalRegistry;
using Json = nlohmann::json;

namespace {

std::string code_in(const fakes::RegistryAnswer& answer) {
    CHECK(answer.header("content-type") == "application/json");
    return Json::parse(answer.body).at("errors").at(0).at("code");
}

std::string descriptor(const std::string& bytes, const std::string& type, const std::string& more = {}) {
    return R"({"mediaType":")" + type + R"(","digest":")" + hash_of(bytes).str() + R"(","size":)" +
           std::to_string(bytes.size()) + more + "}";
}

const std::string manifest_type(media_type::oci_manifest);
const std::string index_type(media_type::oci_index);

/// A manifest of the blobs `{}` and "hello".
std::string image(const std::string& more = {}) {
    return R"({"schemaVersion":2,"mediaType":")" + manifest_type + R"(","config":)" +
           descriptor("{}", "application/vnd.oci.image.config.v1+json") + R"(,"layers":[)" +
           descriptor("hello", "application/vnd.oci.image.layer.v1.tar") + "]" + more + "}";
}

void put_blob(LocalRegistry& registry, const std::string& bytes, const std::string& repository = "a/b") {
    const auto start = registry.ask("POST", "/v2/" + repository + "/blobs/uploads/");
    REQUIRE(start.status == 202);
    const auto end = registry.ask("PUT", start.header("location") + "?digest=" + hash_of(bytes).str(), bytes);
    REQUIRE(end.status == 201);
}

fakes::RegistryAnswer put_image(LocalRegistry& registry, const std::string& name, const std::string& bytes,
                                const LocalRegistry::Headers& more = {}) {
    auto headers = more;
    headers.emplace("Content-Type", manifest_type);
    return registry.ask("PUT", "/v2/a/b/manifests/" + name, bytes, headers);
}

}  // namespace

TEST_CASE("the root answers, anything else that is no address of the protocol doesn't") {
    LocalRegistry registry;
    for (const std::string root : {"/v2/", "/v2"}) {
        const auto answer = registry.ask("GET", root);
        CHECK(answer.status == 200);
        CHECK(answer.header("docker-distribution-api-version") == "registry/2.0");
    }
    for (const std::string path : {"/", "", "/v1/", "/v2/x", "/v2/a/b", "/v2/a/tags/other", "/v2/manifests/x", "/v2//"})
        CHECK(registry.ask("GET", path).status == 404);
    for (const std::string path : {"/v2/A/manifests/x", "/v2/../blobs/x", "/v2/a//b/manifests/x",
                                   "/v2/_blobs/tags/list", "/v2/a/_tags/manifests/x", "/v2//tags/list"}) {
        INFO(path);
        const auto answer = registry.ask("GET", path);
        CHECK(answer.status == 400);
        CHECK(code_in(answer) == "NAME_INVALID");
    }
    CHECK(registry.ask("GET", "/v2/" + std::string(256, 'x') + "/tags/list").status == 400);
    CHECK(registry.ask("POST", "/v2/").status == 405);
    CHECK(registry.ask("PUT", "/v2/a/tags/list").status == 405);
    CHECK(registry.ask("DELETE", "/v2/a/tags/list").status == 405);
    CHECK(registry.ask("BREW", "/v2/a/manifests/x").status == 405);
    CHECK(registry.ask("GET", "/metrics").header("content-type").starts_with("text/plain"));
}

TEST_CASE("a blob by POST and PUT, by one POST, by chunks and as a stream") {
    const std::string content(5000, 'c');
    for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha512}) {
        const auto digest = hash_of(content, algorithm).str();
        const auto pulled = [&](LocalRegistry& registry, const fakes::RegistryAnswer& pushed) {
            CHECK(pushed.status == 201);
            CHECK(pushed.header("docker-content-digest") == digest);
            CHECK(registry.ask("GET", pushed.header("location")).body == content);
        };
        {
            LocalRegistry registry;
            const auto start = registry.ask("POST", "/v2/a/b/blobs/uploads/");
            CHECK(start.status == 202);
            CHECK(start.header("range") == "0-0");
            pulled(registry, registry.ask("PUT", start.header("location") + "?digest=" + digest, content));
        }
        {
            LocalRegistry registry;
            pulled(registry, registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=" + digest, content));
        }
        {
            LocalRegistry registry;
            auto location = registry.ask("POST", "/v2/a/b/blobs/uploads").header("location");
            const auto first = registry.ask("PATCH", location, content.substr(0, 2000),
                                            {{"Content-Range", "0-1999"}, {"Content-Length", "2000"}});
            CHECK(first.status == 202);
            CHECK(first.header("range") == "0-1999");
            const auto second = registry.ask("PATCH", first.header("location"), content.substr(2000, 2000),
                                             {{"Content-Range", "2000-3999"}});
            CHECK(second.status == 202);
            pulled(registry, registry.ask("PUT", second.header("location") + "?digest=" + digest, content.substr(4000),
                                          {{"Content-Range", "4000-4999"}}));
        }
        {
            LocalRegistry registry;
            const auto start = registry.ask("POST", "/v2/a/b/blobs/uploads/?digest-algorithm=" + digest.substr(0, 6));
            const auto stream = registry.ask("PATCH", start.header("location"), content);
            CHECK(stream.header("range") == "0-4999");
            pulled(registry, registry.ask("PUT", stream.header("location") + "?digest=" + digest));
        }
    }
    LocalRegistry registry;
    put_blob(registry, "");
    CHECK(registry.ask("GET", "/v2/a/b/blobs/" + hash_of("").str()).body.empty());
}

TEST_CASE("chunks out of order are refused and leave the upload as it was") {
    LocalRegistry registry;
    const auto location = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    CHECK(registry.ask("PATCH", location, "lo", {{"Content-Range", "3-4"}}).status == 416);
    CHECK(registry.ask("PATCH", location, "hel", {{"Content-Range", "0-2"}}).status == 202);
    const auto refused = registry.ask("PATCH", location, "hel", {{"Content-Range", "0-2"}});
    CHECK(refused.status == 416);
    CHECK(refused.header("range") == "0-2");
    CHECK(registry.ask("PUT", location + "?digest=" + hash_of("hello").str(), "o", {{"Content-Range", "4-4"}}).status ==
          416);
    for (const std::string odd : {"bytes 3-4", "x", "4-3"})
        CHECK(registry.ask("PATCH", location, "lo", {{"Content-Range", odd}}).status == 416);
    CHECK(registry.ask("PATCH", location, "lo", {{"Content-Range", "3-4"}, {"Content-Length", "7"}}).status == 400);
    const auto status = registry.ask("GET", location);
    CHECK(status.status == 204);
    CHECK(status.header("range") == "0-2");
    CHECK(registry.ask("PATCH", status.header("location"), "lo", {{"Content-Range", "3-4"}}).status == 202);
    CHECK(registry.ask("PUT", location + "?digest=" + hash_of("hello").str()).status == 201);
    CHECK(registry.ask("GET", location).status == 404);
}

TEST_CASE("what a client that went away had sent is kept") {
    LocalRegistry registry;
    const auto location = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    auto handling = registry.api().begin(registry.request("PATCH", location));
    REQUIRE(handling.body);
    handling.body->take("he");
    CHECK(registry.ask("GET", location).header("range") == "0-1");
    CHECK(registry.ask("PATCH", location, "l", {{"Content-Range", "2-2"}}).status == 202);
    handling.body->take("x");  // the old request wakes up: a newer one has gone on
    CHECK(handling.body->is_refused());
    CHECK(handling.body->finish().status == 409);
    handling.body.reset();
    CHECK(registry.ask("GET", location).header("range") == "0-2");
    CHECK(registry.ask("PUT", location + "?digest=" + hash_of("hello").str(), "lo").status == 201);
}

TEST_CASE("a wrong or missing digest ends in 400") {
    LocalRegistry registry;
    auto location = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    CHECK(registry.ask("PUT", location, "hello").status == 400);
    CHECK(registry.ask("PUT", location + "?digest=sha256:baddigeststring", "hello").status == 400);
    const auto wrong = registry.ask("PUT", location + "?digest=" + hash_of("other").str(), "hello");
    CHECK(wrong.status == 400);
    CHECK(code_in(wrong) == "DIGEST_INVALID");
    CHECK(registry.ask("GET", location).status == 404);
    CHECK(registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=" + hash_of("other").str(), "hello").status == 400);
    CHECK(registry.ask("POST", "/v2/a/b/blobs/uploads/?digest=x").status == 400);
    CHECK(registry.ask("POST", "/v2/a/b/blobs/uploads/?digest-algorithm=md5").status == 400);
    CHECK(registry.ask("GET", "/v2/a/b/blobs/" + hash_of("other").str()).status == 404);
    CHECK(code_in(registry.ask("PATCH", "/v2/a/b/blobs/uploads/" + std::string(32, '0'), "x")) ==
          "BLOB_UPLOAD_UNKNOWN");
}

TEST_CASE("an upload is cancelled once") {
    LocalRegistry registry;
    const auto location = registry.ask("POST", "/v2/a/b/blobs/uploads/").header("location");
    CHECK(registry.ask("DELETE", location).status == 204);
    CHECK(registry.ask("DELETE", location).status == 404);
    CHECK(registry.ask("PATCH", location, "x").status == 404);
}

TEST_CASE("a mount gives the blob or an upload") {
    LocalRegistry registry;
    put_blob(registry, "hello");
    const auto digest = hash_of("hello").str();
    const auto mounted = registry.ask("POST", "/v2/c/blobs/uploads/?mount=" + digest + "&from=a/b");
    CHECK(mounted.status == 201);
    CHECK(registry.ask("GET", mounted.header("location")).body == "hello");
    CHECK(registry.ask("POST", "/v2/d/blobs/uploads/?mount=" + digest).status == 201);
    for (const std::string from : {"&from=nowhere", "&from=../x", "&from=A"})
        CHECK(registry.ask("POST", "/v2/e/blobs/uploads/?mount=" + digest + from).status == 202);
    const auto fallback = registry.ask("POST", "/v2/e/blobs/uploads/?mount=" + hash_of("gone").str() + "&from=a/b");
    CHECK(fallback.status == 202);
    CHECK(registry.ask("PUT", fallback.header("location") + "?digest=" + hash_of("gone").str(), "gone").status == 201);
    CHECK(registry.ask("POST", "/v2/e/blobs/uploads/?mount=x").status == 400);
}

TEST_CASE("parts of a blob") {
    LocalRegistry registry;
    std::string content;
    for (int i = 0; i < 2000; ++i) content += static_cast<char>('a' + i % 26);
    put_blob(registry, content);
    const auto path = "/v2/a/b/blobs/" + hash_of(content).str();
    const auto whole = registry.ask("GET", path);
    CHECK(whole.status == 200);
    CHECK(whole.body == content);
    CHECK(whole.header("accept-ranges") == "bytes");
    const auto part = registry.ask("GET", path, "", {{"Range", "bytes=500-1499"}});
    CHECK(part.status == 206);
    CHECK(part.header("content-range") == "bytes 500-1499/2000");
    CHECK(part.body == content.substr(500, 1000));
    CHECK(registry.ask("GET", path, "", {{"Range", "bytes=-7"}}).body == content.substr(1993));
    const auto clamped = registry.ask("GET", path, "", {{"Range", "bytes=1990-9000"}});
    CHECK(clamped.header("content-range") == "bytes 1990-1999/2000");
    const auto none = registry.ask("GET", path, "", {{"Range", "bytes=2000-"}});
    CHECK(none.status == 416);
    CHECK(none.header("content-range") == "bytes */2000");
    CHECK(registry.ask("HEAD", path).header("docker-content-digest") == hash_of(content).str());
    CHECK(code_in(registry.ask("GET", "/v2/a/b/blobs/" + hash_of("gone").str())) == "BLOB_UNKNOWN");
    CHECK(registry.ask("GET", "/v2/a/b/blobs/x").status == 400);
    CHECK(registry.ask("DELETE", path).status == 202);
    CHECK(registry.ask("DELETE", path).status == 404);
    CHECK(registry.ask("DELETE", "/v2/a/b/blobs/x").status == 400);
}

TEST_CASE("a manifest comes back byte for byte, by tag and by either digest") {
    LocalRegistry registry;
    put_blob(registry, "{}");
    put_blob(registry, "hello");
    const auto bytes = image() + "\n ";
    const auto put = put_image(registry, "1.0", bytes);
    REQUIRE(put.status == 201);
    CHECK(put.header("docker-content-digest") == hash_of(bytes).str());
    CHECK(put.header("warning").empty());
    for (const auto& name : {std::string("1.0"), hash_of(bytes).str()}) {
        const auto got = registry.ask("GET", "/v2/a/b/manifests/" + name);
        CHECK(got.status == 200);
        CHECK(got.body == bytes);
        CHECK(got.header("content-type") == manifest_type);
        CHECK(got.header("docker-content-digest") == hash_of(bytes).str());
        CHECK(registry.ask("HEAD", "/v2/a/b/manifests/" + name).status == 200);
        CHECK(registry.ask("GET", "/v2/a/b/manifests/" + name, "", {{"If-None-Match", got.header("etag")}}).status ==
              304);
    }
    const auto long_name = hash_of(bytes, HashAlgorithm::sha512).str();
    CHECK(put_image(registry, long_name, bytes).header("docker-content-digest") == long_name);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/" + long_name).body == bytes);
    CHECK(code_in(registry.ask("GET", "/v2/a/b/manifests/2.0")) == "MANIFEST_UNKNOWN");
    CHECK(registry.ask("GET", "/v2/c/manifests/1.0").status == 404);
}

TEST_CASE("manifests that can't be are refused") {
    LocalRegistry registry;
    CHECK(put_image(registry, "sha256:baddigeststring", image()).status == 400);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/sha256:baddigeststring").status == 404);
    CHECK(code_in(put_image(registry, hash_of("other").str(), image())) == "DIGEST_INVALID");
    CHECK(code_in(put_image(registry, "1", "{}")) == "MANIFEST_INVALID");
    CHECK(code_in(put_image(registry, "1", image(), {{"Content-Type", index_type}})) == "MANIFEST_INVALID");
    CHECK(put_image(registry, ".dot", image()).status == 400);
    CHECK(put_image(registry, "1", std::string((4 << 20) + 1, ' ')).status == 413);
    CHECK(registry.ask("GET", "/v2/a/b/tags/list").status == 404);
}

TEST_CASE("without its blobs a manifest is taken with a warning or refused, as the policy says") {
    LocalRegistry lenient;
    const auto taken = put_image(lenient, "1", image());
    CHECK(taken.status == 201);
    CHECK(taken.header("warning").starts_with("299 - \"2 of"));
    LocalRegistry strict({.require_blobs = true});
    put_blob(strict, "{}");
    const auto refused = put_image(strict, "1", image());
    CHECK(refused.status == 404);
    CHECK(code_in(refused) == "MANIFEST_BLOB_UNKNOWN");
    CHECK(Json::parse(refused.body)["errors"][0]["detail"]["digest"] == hash_of("hello").str());
    put_blob(strict, "hello");
    CHECK(put_image(strict, "1", image()).status == 201);
}

TEST_CASE("several tags in one PUT") {
    LocalRegistry registry;
    const auto name = hash_of(image()).str();
    const auto put = put_image(registry, name + "?tag=a&tag=b&tag=c", image());
    CHECK(put.status == 201);
    CHECK(put.header("oci-tag") == "a, b, c");
    CHECK(registry.ask("GET", "/v2/a/b/manifests/b").status == 200);
    std::string many = "?tag=x";
    for (int i = 0; i < 64; ++i) many += "&tag=x" + std::to_string(i);
    CHECK(put_image(registry, name + many, image()).status == 414);
    CHECK(put_image(registry, name + "?tag=a&tag=-b", image()).status == 400);
}

TEST_CASE("a tag is changed only if it is what the client saw") {
    LocalRegistry registry;
    CHECK(put_image(registry, "1", image(), {{"If-None-Match", "*"}}).status == 201);
    CHECK(put_image(registry, "1", image(" "), {{"If-None-Match", "*"}}).status == 412);
    const auto etag = registry.ask("GET", "/v2/a/b/manifests/1").header("etag");
    CHECK(put_image(registry, "1", image(" "), {{"If-Match", etag}}).status == 201);
    CHECK(put_image(registry, "1", image("  "), {{"If-Match", etag}}).status == 412);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/1").body == image(" "));
}

TEST_CASE("tags are listed in order, by pages") {
    LocalRegistry registry;
    CHECK(code_in(registry.ask("GET", "/v2/a/b/tags/list")) == "NAME_UNKNOWN");
    for (const std::string tag : {"b", "a", "d", "c", "B"}) put_image(registry, tag, image());
    const auto tags = [&](const std::string& query) {
        std::string all;
        const auto list = Json::parse(registry.ask("GET", "/v2/a/b/tags/list" + query).body);
        for (const auto& tag : list.at("tags")) all += tag.get<std::string>();
        return all;
    };
    CHECK(tags("") == "Babcd");
    CHECK(tags("?n=2") == "Ba");
    CHECK(tags("?last=a") == "bcd");
    CHECK(tags("?n=2&last=a") == "bc");
    CHECK(tags("?last=zzz").empty());
    CHECK(tags("?n=0").empty());
    CHECK(registry.ask("GET", "/v2/a/b/tags/list?n=0").header("link").empty());
    CHECK(registry.ask("GET", "/v2/a/b/tags/list?n=2").header("link") ==
          "</v2/a/b/tags/list?n=2&last=a>; rel=\"next\"");
    CHECK(registry.ask("GET", "/v2/a/b/tags/list?n=5").header("link").empty());
    CHECK(registry.ask("GET", "/v2/a/b/tags/list?n=x").status == 400);
}

TEST_CASE("referrers of an image, all and by type") {
    LocalRegistry registry;
    const auto subject = hash_of(image()).str();
    const auto path = "/v2/a/b/referrers/" + subject;
    const auto none = registry.ask("GET", path);
    CHECK(none.status == 200);
    CHECK(none.header("content-type") == index_type);
    CHECK(Json::parse(none.body) ==
          Json{{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", Json::array()}});
    const auto about = [&](const std::string& more) {
        return image(R"(,"subject":)" + descriptor(image(), manifest_type) + more);
    };
    const auto typed = about(R"(,"artifactType":"application/spdx+json","annotations":{"k":"v"})");
    CHECK(put_image(registry, hash_of(typed).str(), typed).header("oci-subject") == subject);
    const auto plain = about("");
    CHECK(put_image(registry, hash_of(plain).str(), plain).status == 201);
    const auto all = Json::parse(registry.ask("GET", path).body).at("manifests");
    CHECK(all.size() == 2);
    const auto filtered = registry.ask("GET", path + "?artifactType=application%2Fspdx%2Bjson");
    CHECK(filtered.header("oci-filters-applied") == "artifactType");
    const auto list = Json::parse(filtered.body).at("manifests");
    REQUIRE(list.size() == 1);
    CHECK(list[0] == Json{{"mediaType", manifest_type},
                          {"digest", hash_of(typed).str()},
                          {"size", typed.size()},
                          {"artifactType", "application/spdx+json"},
                          {"annotations", {{"k", "v"}}}});
    CHECK(Json::parse(registry.ask("GET", path + "?artifactType=application/vnd.oci.image.config.v1%2Bjson").body)
              .at("manifests")
              .size() == 1);
    CHECK(registry.ask("GET", "/v2/a/b/referrers/x").status == 400);
    CHECK(registry.ask("DELETE", "/v2/a/b/manifests/" + hash_of(typed).str()).status == 202);
    CHECK(Json::parse(registry.ask("GET", path).body).at("manifests").size() == 1);
}

TEST_CASE("tags and manifests are deleted at once") {
    LocalRegistry registry;
    const auto name = hash_of(image()).str();
    put_image(registry, name + "?tag=1&tag=2", image());
    CHECK(registry.ask("DELETE", "/v2/a/b/manifests/1").status == 202);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/1").status == 404);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/" + name).status == 200);
    CHECK(registry.ask("DELETE", "/v2/a/b/manifests/" + name).status == 202);
    CHECK(registry.ask("GET", "/v2/a/b/manifests/2").status == 404);
    CHECK(registry.ask("DELETE", "/v2/a/b/manifests/" + name).status == 404);
    CHECK(registry.ask("DELETE", "/v2/a/b/manifests/sha256:x").status == 400);
}
