#include "image/image.hpp"

#include "image/documents.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("an image is a manifest that names a config and layers, all in the store") {
    const Scratch scratch;
    auto layer =
        get(make_layer(*scratch.store, get(scratch.store->put_tree(Tree::of({scratch.file("x", "y")}))), {}, {}));
    layer.created_by = "test";
    const ImageDescription image{.arch = *arch_from_debian("amd64"),
                                 .created = "2024-01-01T00:00:00Z",
                                 .annotations = {{"org.opencontainers.image.title", "T"}},
                                 .layers = {layer}};
    const auto written = get(write_image(*scratch.store, image));
    CHECK(written.media_type == "application/vnd.oci.image.manifest.v1+json");
    const auto text = get(scratch.store->read(written.digest));
    CHECK(text.size() == written.size);

    const auto manifest = get(read_manifest(text, "manifest"));
    REQUIRE(manifest.layers.size() == 1);
    CHECK(manifest.layers[0].digest == layer.digest);
    CHECK(manifest.layers[0].size == layer.size);
    CHECK(manifest.layers[0].media_type == "application/vnd.oci.image.layer.v1.tar+gzip");
    CHECK(manifest.config.media_type == "application/vnd.oci.image.config.v1+json");
    CHECK(manifest.annotations == image.annotations);
    CHECK(get(read_config(get(scratch.store->read(manifest.config.digest)), "config")).diff_ids.at(0) == layer.diff_id);

    const Scratch other;
    CHECK(get(write_image(*other.store, image)).digest == written.digest);
}

TEST_CASE("a tag is what registries take") {
    const std::vector<std::pair<std::string, std::string>> versions{
        {"1.0", "1.0"},
        {"1:2.0+git~rc1", "1-2.0-git-rc1"},
        {".1", "v.1"},
        {"-1", "v-1"},
        {"~1", "v-1"},
        {"_x", "_x"},
        {"", "v"},
        {"1.0 beta/2", "1.0-beta-2"},
        {std::string(200, '7'), std::string(128, '7')},
        {"." + std::string(200, '7'), "v." + std::string(126, '7')}};
    for (const auto& [version, tag] : versions) CHECK(legal_tag(version) == tag);
}
