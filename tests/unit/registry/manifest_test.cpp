#include "registry/manifest.hpp"

#include "image/documents.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string empty_digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

std::string descriptor(const std::string& type, std::uint64_t size = 2, const std::string& more = {}) {
    return R"({"mediaType":")" + type + R"(","digest":")" + empty_digest + R"(","size":)" + std::to_string(size) +
           more + "}";
}

std::string image(const std::string& layers, const std::string& more = {}) {
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
           descriptor("application/vnd.oci.image.config.v1+json") + R"(,"layers":[)" + layers + "]" + more + "}";
}

}  // namespace

TEST_CASE("the facts of an image") {
    const auto facts = get(read_manifest_facts(
        image(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", 77), R"(,"annotations":{"a":"b"})"), ""));
    CHECK(facts.media_type == media_type::oci_manifest);
    CHECK_FALSE(facts.is_index);
    CHECK(facts.artifact_type == media_type::oci_config);
    CHECK_FALSE(facts.subject);
    REQUIRE(facts.blobs.size() == 2);
    CHECK(facts.blobs[0].media_type == media_type::oci_config);
    CHECK(facts.blobs[0].size == 2);
    CHECK(facts.blobs[1].size == 77);
    CHECK(facts.blobs[1].digest.str() == empty_digest);
    CHECK(facts.annotations == R"({"a":"b"})");
    CHECK(facts.manifests.empty());
}

TEST_CASE("the facts of an index, also without a type and of Docker's") {
    const auto entries =
        descriptor("application/vnd.oci.image.manifest.v1+json", 9,
                   R"(,"platform":{"os":"linux","architecture":"arm","variant":"v7","os.version":"1"})") +
        "," + descriptor("application/vnd.oci.image.index.v1+json");
    for (const std::string type : {"", R"("mediaType":"application/vnd.oci.image.index.v1+json",)",
                                   R"("mediaType":"application/vnd.docker.distribution.manifest.list.v2+json",)"}) {
        const auto facts =
            get(read_manifest_facts("{" + type + R"("schemaVersion":2,"manifests":[)" + entries + "]}", ""));
        CHECK(facts.is_index);
        CHECK(is_index_type(facts.media_type));
        REQUIRE(facts.manifests.size() == 2);
        CHECK(facts.manifests[0].os == "linux");
        CHECK(facts.manifests[0].architecture == "arm");
        CHECK(facts.manifests[0].variant == "v7");
        CHECK(facts.manifests[0].size == 9);
        CHECK(facts.manifests[1].os.empty());
        CHECK(facts.blobs.empty());
    }
    CHECK(get(read_manifest_facts(R"({"schemaVersion":2,"manifests":[]})", "")).manifests.empty());
}

TEST_CASE("an artifact has its own type and names its subject") {
    const auto subject = R"(,"subject":)" + descriptor("application/vnd.oci.image.manifest.v1+json");
    const auto own = get(read_manifest_facts(image("", subject + R"(,"artifactType":"application/spdx+json")"), ""));
    CHECK(own.artifact_type == "application/spdx+json");
    REQUIRE(own.subject);
    CHECK(own.subject->str() == empty_digest);
    CHECK_FALSE(get(read_manifest_facts(image("", R"(,"subject":null)"), "")).subject);
    CHECK(get(read_manifest_facts(R"({"schemaVersion":2,"manifests":[],"artifactType":"x/y")" + subject + "}",
                                  "application/vnd.oci.image.index.v1+json"))
              .artifact_type == "x/y");
}

TEST_CASE("layers that are fetched from elsewhere are foreign") {
    const auto facts =
        get(read_manifest_facts(image(descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip") + "," +
                                      descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip") + "," +
                                      descriptor("application/vnd.example.unknown")),
                                ""));
    REQUIRE(facts.blobs.size() == 4);
    CHECK(facts.blobs[1].is_foreign);
    CHECK(facts.blobs[2].is_foreign);
    CHECK_FALSE(facts.blobs[3].is_foreign);
    CHECK_FALSE(facts.blobs[0].is_foreign);
}

TEST_CASE("the type that it was sent as must be its own") {
    CHECK(code_of(read_manifest_facts(image(""), "application/vnd.oci.image.index.v1+json")) == "RB1520");
    CHECK(code_of(read_manifest_facts(image(""), "text/html")) == "RB1520");
    get(read_manifest_facts(image(""), "application/vnd.oci.image.manifest.v1+json; charset=utf-8"));
    const auto untyped = R"({"schemaVersion":2,"config":)" + descriptor("x/y") + R"(,"layers":[]})";
    CHECK(get(read_manifest_facts(untyped, media_type::docker_manifest)).media_type == media_type::docker_manifest);
    CHECK(get(read_manifest_facts(untyped, "")).media_type == media_type::oci_manifest);
    CHECK(get(read_manifest_facts(untyped, "")).artifact_type == "x/y");
}

TEST_CASE("what is no manifest is refused with a reason") {
    const auto config = descriptor("application/vnd.oci.image.config.v1+json");
    for (const auto& bad : {std::string(),
                            std::string("x"),
                            std::string("[]"),
                            std::string("{}"),
                            std::string("\"text\""),
                            std::string(R"({"schemaVersion":1,"manifests":[]})"),
                            std::string(R"({"schemaVersion":"2","manifests":[]})"),
                            std::string(R"({"manifests":[]})"),
                            std::string(R"({"schemaVersion":2})"),
                            std::string(R"({"schemaVersion":2,"manifests":{}})"),
                            std::string(R"({"schemaVersion":2,"manifests":[1]})"),
                            std::string(R"({"schemaVersion":2,"mediaType":"text/plain","manifests":[]})"),
                            R"({"schemaVersion":2,"config":)" + config + "}",
                            R"({"schemaVersion":2,"config":)" + config + R"(,"layers":1})",
                            std::string(R"({"schemaVersion":2,"layers":[]})"),
                            image(R"({"digest":"sha256:12","size":1})"),
                            image(R"({"digest":")" + empty_digest + R"("})"),
                            image(R"({"digest":")" + empty_digest + R"(","size":-1})"),
                            image(R"({"digest":")" + empty_digest + R"(","size":1.5})"),
                            image(R"({"digest":7,"size":1})"),
                            image("null"),
                            image("", R"(,"subject":{})"),
                            image("", R"(,"subject":"x")"),
                            image("") + "x",
                            std::string("{\"schemaVersion\":2,\"manifests\":[],\"x\":\"\xff\"}")}) {
        INFO(bad);
        const auto result = read_manifest_facts(bad, "");
        REQUIRE(code_of(result) == "RB1520");
        CHECK(result.error().exit == ExitCode::bad_data);
        CHECK(!result.error().message.empty());
    }
}

TEST_CASE("members of odd types do no harm") {
    get(read_manifest_facts(image("", R"(,"artifactType":7,"annotations":[],"unknown":{"a":[null]})"), ""));
    CHECK(get(read_manifest_facts(image("", R"(,"annotations":null)"), "")).annotations.empty());
    get(read_manifest_facts(R"({"schemaVersion":2,"manifests":[)" + descriptor("x", 1, R"(,"platform":null)") + "]}",
                            ""));
    get(read_manifest_facts(
        R"({"schemaVersion":2,"manifests":[)" + descriptor("x", 1, R"(,"platform":{"os":1,"architecture":[]})") + "]}",
        ""));
}
