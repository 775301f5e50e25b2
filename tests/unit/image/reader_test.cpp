#include "image/reader.hpp"

#include "unit/image/tar_fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

std::string ref(const fs::path& path) { return "oci:" + path.native(); }

Layout::LayerBlob gzip_layer(const Scratch& scratch, Members members) {
    const auto tar = tar_of(std::move(members));
    return {filtered(scratch, "gzip -nc", tar), sha256(tar)};
}

}  // namespace

TEST_CASE("what we write we read, as an archive and unpacked") {
    const Scratch scratch;
    const auto lower = Tree::of({scratch.file("a", "1"), scratch.file("d/x", "2"), folder("d", 0700)});
    const auto upper = Tree::of({whiteout("a"), folder("d", 0700), scratch.file("d/y", noise(3 << 20, 1))});
    ImageDescription image{.arch = *arch_from_debian("amd64"), .created = "2024-01-01T00:00:00Z"};
    for (const auto& tree : {lower, upper}) {
        image.layers.push_back(get(make_layer(*scratch.store, get(scratch.store->put_tree(tree)), {.threads = 2}, {})));
        image.layers.back().created_by = "layer " + std::to_string(image.layers.size());
    }
    const auto manifest = get(write_image(*scratch.store, image));
    const auto rock = scratch.folder.path() / "x.rock", layout = scratch.folder.path() / "layout";
    get(write_archive(*scratch.store, manifest, "1.0", rock));
    run("mkdir " + layout.native() + " && tar xf " + rock.native() + " -C " + layout.native());

    for (const auto& reference :
         {rock.native(), rock.native() + ":1.0", ref(layout), ref(layout) + ":1.0", layout.native()}) {
        INFO(reference);
        const auto reader = get(ImageReader::open(reference));
        CHECK(reader->manifest().digest == manifest.digest);
        CHECK(sha256(reader->manifest_json()) == manifest.digest);
        CHECK(reader->config_json().find("2024-01-01") != std::string::npos);
        REQUIRE(reader->layers().size() == 2);
        CHECK(reader->layers()[1].diff_id == image.layers[1].diff_id);
        CHECK(reader->layers()[1].descriptor.digest == image.layers[1].digest);
        CHECK(reader->layers()[1].created_by == "layer 2");
        const Scratch other;
        CHECK(get(reader->layer(*other.store, 0)) == lower);
        CHECK(get(reader->layer(*other.store, 1)) == upper);
        CHECK(get(reader->root(*other.store)) == apply(lower, upper));
        CHECK(get(reader->unpack(*other.store, 1)).uncompressed_size == image.layers[1].uncompressed_size);
        CHECK(other.store->has(upper.find("d/y")->digest));
    }
}

TEST_CASE("layers of all codecs and of Docker's types are read") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    const auto tar = tar_of({{member("x"), "hello"}});
    const auto diff_id = sha256(tar);
    std::vector<Layout::LayerBlob> layers{
        {tar, diff_id, "application/vnd.oci.image.layer.v1.tar"},
        {filtered(scratch, "gzip -c", tar), diff_id, "application/vnd.docker.image.rootfs.diff.tar.gzip"}};
    // One frame, uncompressed blocks: RFC 8878 by hand, so that no zstd program is needed.
    std::string zstd("\x28\xb5\x2f\xfd\x00\x58", 6);
    const auto header = static_cast<std::uint32_t>(tar.size() << 3 | 1);
    for (unsigned shift = 0; shift < 24; shift += 8) zstd += static_cast<char>(header >> shift & 0xffU);
    layers.push_back({zstd + tar, diff_id, "application/vnd.oci.image.layer.v1.tar+zstd"});
    for (const bool docker : {false, true}) {
        layout.index(layout.image(layers, {}, docker));
        const auto reader = get(ImageReader::open(ref(layout.path())));
        for (std::size_t i = 0; i < layers.size(); ++i)
            CHECK(get(reader->layer(*scratch.store, i)).find("x")->digest == sha256("hello"));
    }
}

TEST_CASE("of several images a tag chooses one") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    const auto one = layout.image({gzip_layer(scratch, {{member("1"), ""}})}, Layout::tag("one"));
    const auto two = layout.image({gzip_layer(scratch, {{member("2"), ""}})}, Layout::tag("two"));
    layout.index(one + "," + two);
    CHECK(get(get(ImageReader::open(ref(layout.path()) + ":two"))->layer(*scratch.store, 0)).find("2") != nullptr);

    const auto none = ImageReader::open(ref(layout.path()));
    REQUIRE(code_of(none) == "RB0721");
    REQUIRE(none.error().notes.size() == 2);
    CHECK(none.error().notes[0].message.find("one") != std::string::npos);
    const auto wrong = ImageReader::open(ref(layout.path()) + ":twoo");
    REQUIRE(code_of(wrong) == "RB0721");
    CHECK(wrong.error().suggestions == std::vector<std::string>{"two"});
    SECTION("two tags of one image are one image") {
        const auto same = layout.image({gzip_layer(scratch, {{member("1"), ""}})}, Layout::tag("other"));
        layout.index(one + "," + same);
        CHECK(ImageReader::open(ref(layout.path())));
    }
}

TEST_CASE("an index in the index is looked into, attestations are not images") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    const auto image = layout.image({gzip_layer(scratch, {{member("1"), ""}})},
                                    R"(,"platform":{"os":"linux","architecture":"amd64"})");
    const auto attestation = layout.image({gzip_layer(scratch, {{member("2"), ""}})},
                                          R"(,"platform":{"os":"unknown","architecture":"unknown"})");
    const auto signature = layout.blob("{}", "application/vnd.dev.cosign.artifact+json");
    std::string index = layout.blob(Layout::index_of(image + "," + attestation),
                                    "application/vnd.oci.image.index.v1+json", Layout::tag("t"));
    layout.index(index + "," + signature);
    CHECK(ImageReader::open(ref(layout.path())));
    CHECK(ImageReader::open(ref(layout.path()) + ":t"));
    for (int depth = 0; depth < 5; ++depth)
        index = layout.blob(Layout::index_of(index), "application/vnd.oci.image.index.v1+json");
    layout.index(index);
    CHECK(code_of(ImageReader::open(ref(layout.path()))) == "RB0722");
    layout.index(signature);
    CHECK(code_of(ImageReader::open(ref(layout.path()))) == "RB0720");
}

TEST_CASE("what is no image says what was looked for") {
    const Scratch scratch;
    const auto path = scratch.folder.path();
    for (const auto& reference : {(path / "absent.rock").native(), ref(path), std::string("docker://example.org/x")}) {
        INFO(reference);
        const auto reader = ImageReader::open(reference);
        REQUIRE(code_of(reader) == "RB0720");
        CHECK(reader.error().exit == ExitCode::bad_data);
        CHECK(reader.error().hint.find("oci:DIR") != std::string::npos);
    }
    get(write_file(path / "manifest.json", "[]"));
    const auto docker = ImageReader::open(ref(path));
    CHECK(docker.error().hint.find("docker save") != std::string::npos);
    get(write_file(path / "noise.rock", noise(5000, 1)));
    CHECK(code_of(ImageReader::open((path / "noise.rock").native())) == "RB0720");
}

TEST_CASE("a blob that isn't what its descriptor says is refused") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    const auto layer = gzip_layer(scratch, {{member("x"), noise(50000, 1)}});
    layout.index(layout.image({layer}));
    const auto path = layout.path() / "blobs/sha256" / sha256(layer.bytes).hex();
    const auto code = [&](const std::string& content) {
        get(write_file(path, content));
        const auto tree = get(ImageReader::open(ref(layout.path())))->layer(*scratch.store, 0);
        return code_of(tree);
    };
    CHECK(code(layer.bytes).empty());
    auto flipped = layer.bytes;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    CHECK(code(flipped) == "RB0725");
    auto trailer = layer.bytes;  // the CRC, which libarchive doesn't check
    trailer[trailer.size() - 6] = static_cast<char>(trailer[trailer.size() - 6] ^ 1);
    CHECK(code(trailer) == "RB0725");
    CHECK(code(layer.bytes + "x") == "RB0725");
    CHECK(code(layer.bytes.substr(0, 100)) == "RB0725");
    CHECK(code("") == "RB0725");
    fs::remove(path);
    CHECK(code_of(get(ImageReader::open(ref(layout.path())))->layer(*scratch.store, 0)) == "RB0720");
}

TEST_CASE("a diff ID that isn't the tar's is refused") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    auto layer = gzip_layer(scratch, {{member("x"), ""}});
    layer.diff_id = sha256("other");
    layout.index(layout.image({layer}));
    CHECK(code_of(get(ImageReader::open(ref(layout.path())))->layer(*scratch.store, 0)) == "RB0725");
}

TEST_CASE("a manifest or a config that was changed is refused") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    layout.index(layout.image({gzip_layer(scratch, {{member("x"), ""}})}));
    for (const auto& file : fs::directory_iterator(layout.path() / "blobs/sha256")) {
        auto text = get(read_file(file.path()));
        if (!text.starts_with('{')) continue;
        const auto good = text;
        text.back() = ' ';
        get(write_file(file.path(), text));
        CHECK(code_of(ImageReader::open(ref(layout.path()))) == "RB0725");
        get(write_file(file.path(), good));
    }
    CHECK(ImageReader::open(ref(layout.path())));
    get(write_file(layout.path() / "index.json", std::string(5 << 20, ' ')));
    CHECK(code_of(ImageReader::open(ref(layout.path()))) == "RB0722");
}

TEST_CASE("a layer of more zeros than its size allows is refused") {
    const Scratch scratch;
    Layout layout(scratch.folder.path() / "layout");
    // 3 GiB of zeros in 3 MB of gzip, within which a file says it has them all.
    auto huge = member("huge");
    huge.size = 3ULL << 30;
    get(write_file(scratch.folder.path() / "head", get(tar_header(huge))));
    const auto bomb = run("(cat " + (scratch.folder.path() / "head").native() +
                          "; head -c 1G /dev/zero) | gzip -1c | head -c 900000");
    layout.index(layout.image({{bomb, sha256("x")}}));
    CHECK(code_of(get(ImageReader::open(ref(layout.path())))->layer(*scratch.store, 0)) == "RB0724");
}
