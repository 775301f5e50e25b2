#include "image/documents.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string hex_a(64, 'a'), hex_b(64, 'b');

Descriptor descriptor(const std::string& hex, std::uint64_t size, std::string type = "t") {
    return {std::move(type), get(Digest::from_hex(hex)), size};
}

ImageDescription full() {
    ImageDescription image{.arch = *arch_from_debian("arm64"),
                           .created = "2024-05-06T07:08:09Z",
                           .environment = {{"PATH", "/bin"}, {"A", ""}},
                           .entrypoint = {"/usr/bin/pebble", "enter"},
                           .command = {"x"},
                           .user = "584792",
                           .working_dir = "/srv",
                           .labels = {{"b", "2"}, {"a", "1"}}};
    Layer layer;
    layer.diff_id = get(Digest::from_hex(hex_a));
    layer.created_by = "rockbuild: part nginx";
    image.layers = {layer};
    return image;
}

}  // namespace

TEST_CASE("a config has its keys in one order and only those that are needed") {
    CHECK(
        get(config_json(full())) ==
        R"({"created":"2024-05-06T07:08:09Z","architecture":"arm64","variant":"v8","os":"linux","config":{"User":"584792",)"
        R"("Env":["PATH=/bin","A="],"Entrypoint":["/usr/bin/pebble","enter"],"Cmd":["x"],"WorkingDir":"/srv",)"
        R"("Labels":{"a":"1","b":"2"}},"rootfs":{"type":"layers","diff_ids":["sha256:)" +
            hex_a + R"("]},"history":[{"created":"2024-05-06T07:08:09Z","created_by":"rockbuild: part nginx"}]})");
    CHECK(
        get(config_json({.arch = *arch_from_debian("amd64"), .created = "x"})) ==
        R"({"created":"x","architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]},"history":[]})");
}

TEST_CASE("a manifest, an index and a layout's mark are canonical") {
    CHECK(
        get(manifest_json(
            {.config = descriptor(hex_a, 5), .layers = {descriptor(hex_b, 7)}, .annotations = {{"k", "v"}}})) ==
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"t","digest":"sha256:)" +
            hex_a + R"(","size":5},"layers":[{"mediaType":"t","digest":"sha256:)" + hex_b +
            R"(","size":7}],"annotations":{"k":"v"}})");
    CHECK(
        get(index_json(
            {.descriptor = descriptor(hex_a, 5), .platform = ImagePlatform{"linux", "arm", "v7"}, .tag = "1.0"})) ==
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"t","digest":"sha256:)" +
            hex_a + R"(","size":5,"annotations":{"org.opencontainers.image.ref.name":"1.0"},)" +
            R"("platform":{"architecture":"arm","os":"linux","variant":"v7"}}]})");
    CHECK(layout_json() == R"({"imageLayoutVersion":"1.0.0"})");
}

TEST_CASE("a text that is not UTF-8 is an error, not an exception") {
    auto image = full();
    image.labels["x"] = "\xff";
    CHECK(code_of(config_json(image)) == "RB0704");
    CHECK(code_of(manifest_json({.annotations = {{"x", "\xff"}}})) == "RB0704");
}

TEST_CASE("what was written is read again") {
    const auto config = get(read_config(get(config_json(full())), "config"));
    CHECK(config.platform.architecture == "arm64");
    CHECK(config.platform.os == "linux");
    CHECK(config.platform.variant == "v8");
    REQUIRE(config.diff_ids.size() == 1);
    CHECK(config.diff_ids[0].hex() == hex_a);
    CHECK(config.created_by == std::vector<std::string>{"rockbuild: part nginx"});

    const auto manifest = get(read_manifest(
        get(manifest_json(
            {.config = descriptor(hex_a, 5), .layers = {descriptor(hex_b, 7)}, .annotations = {{"k", "v"}}})),
        "m"));
    CHECK(manifest.config.digest.hex() == hex_a);
    CHECK(manifest.layers.at(0).size == 7);
    CHECK(manifest.annotations.at("k") == "v");

    const auto index = get(read_index(
        get(index_json(
            {.descriptor = descriptor(hex_a, 5), .platform = ImagePlatform{"linux", "arm", "v7"}, .tag = "1.0"})),
        "i"));
    REQUIRE(index.size() == 1);
    CHECK(index[0].tag == "1.0");
    CHECK(index[0].platform->variant == "v7");
}

TEST_CASE("history of steps that made no layer is passed over") {
    const auto config =
        get(read_config(R"({"rootfs":{"type":"layers","diff_ids":["sha256:)" + hex_a + R"(","sha256:)" + hex_b +
                            R"("]},"history":[{"created_by":"one"},{"created_by":"cfg","empty_layer":true},{}]})",
                        "config"));
    CHECK(config.created_by == std::vector<std::string>{"one", ""});
    // As umoci writes an image that has no layer yet.
    CHECK(get(read_config(R"({"rootfs":{"type":"layers","diff_ids":null}})", "config")).diff_ids.empty());
}

TEST_CASE("hostile documents are an error with a name and never an exception") {
    const std::string deep = std::string(100, '[') + std::string(100, ']');
    for (
        const std::string& text :
        {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("7"), std::string("{}"),
         deep, std::string(R"({"schemaVersion":2,"config":7,"layers":[],"manifests":7,"rootfs":7})"),
         std::string(
             R"({"schemaVersion":1,"config":{},"layers":{},"manifests":{"a":1},"rootfs":{"diff_ids":{"a":1}}})"),
         std::string(
             R"({"schemaVersion":2,"config":{"digest":"md5:1","size":1},"layers":[],"manifests":[{"digest":"sha256:../../etc","size":1}],"rootfs":{"diff_ids":["x"]}})"),
         R"({"schemaVersion":2,"config":{"digest":"sha256:)" + hex_a +
             R"(","size":-1},"layers":[],"manifests":[{"digest":"sha256:)" + hex_a +
             R"(","size":1.5}],"rootfs":{"diff_ids":[7]}})"}) {
        INFO(text);
        CHECK(code_of(read_index(text, "NAME")) == "RB0722");
        CHECK(code_of(read_config(text, "NAME")) == "RB0722");
        const auto manifest = read_manifest(text, "NAME");
        REQUIRE(code_of(manifest) == "RB0722");
        CHECK(manifest.error().exit == ExitCode::bad_data);
        CHECK(manifest.error().message.find("NAME") != std::string::npos);
    }
}
