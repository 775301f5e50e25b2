#include "registry/image_source.hpp"

#include "fakes/events.hpp"
#include "fakes/local_registry.hpp"
#include "image/documents.hpp"
#include "registry/push.hpp"
#include "registry/save.hpp"
#include "unit/image/tar_fixture.hpp"

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::LocalRegistry;
using fakes::ScriptedHttp;
using Json = nlohmann::json;

namespace {

const std::string manifest_type(media_type::oci_manifest);

struct Place {
    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "source-test-"));
    fakes::KeptEvents events;

    fs::path path(const std::string& name) const { return folder.path() / name; }
    Layout layout(const std::string& name) const { return Layout(path(name)); }
    std::unique_ptr<ImageSource> open(const std::string& reference) const { return get(open_local_image(reference)); }
};

/// An image for a platform with one layer; its descriptor.
std::string image_for(Layout& layout, const std::string& architecture, const std::string& layer,
                      const std::string& more = {}, const std::string& manifest_more = {}) {
    const auto config = layout.blob(
        R"({"architecture":")" + architecture + R"(","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})",
        "application/vnd.oci.image.config.v1+json");
    return layout.blob(R"({"schemaVersion":2,"mediaType":")" + manifest_type + R"(","config":)" + config +
                           R"(,"layers":[)" + layout.blob(layer, "application/vnd.oci.image.layer.v1.tar") + "]" +
                           manifest_more + "}",
                       manifest_type, more);
}

std::unique_ptr<ImageSource> single(const Place& place, const std::string& architecture, const std::string& layer,
                                    const std::string& manifest_more = {}) {
    const auto name = architecture + "-" + sha256(layer + manifest_more).short_hex();
    auto layout = place.layout(name);
    layout.index(image_for(layout, architecture, layer, {}, manifest_more));
    return place.open("oci:" + place.path(name).native());
}

std::string content(ImageSource& source, const ContentReference& blob) {
    std::string bytes;
    get(source.read(blob, [&](std::string_view part) -> Result<void> {
        bytes += part;
        return {};
    }));
    return bytes;
}

std::string platforms(const std::string& index) {
    std::string all;
    const auto json = Json::parse(index);
    for (const auto& entry : json.at("manifests"))
        all += (all.empty() ? "" : " ") + entry.at("platform").at("architecture").get<std::string>();
    return all;
}

std::vector<std::unique_ptr<ImageSource>> all_of(std::unique_ptr<ImageSource> a, std::unique_ptr<ImageSource> b) {
    std::vector<std::unique_ptr<ImageSource>> sources;
    sources.push_back(std::move(a));
    sources.push_back(std::move(b));
    return sources;
}

}  // namespace

TEST_CASE("a layout, an archive and a compressed archive give the same image, from any offset") {
    const Place place;
    auto layout = place.layout("x");
    const auto layer = noise(300'000, 1);
    layout.index(image_for(layout, "amd64", layer, Layout::tag("1.0")));
    run("cd " + place.path("x").native() + " && tar cf ../x.rock * && gzip -k ../x.rock && mv ../x.rock.gz ../y.rock");
    for (const auto& reference :
         {"oci:" + place.path("x").native(), place.path("x").native(), "oci:" + place.path("x").native() + ":1.0",
          place.path("x.rock").native(), "oci-archive:" + place.path("x.rock").native() + ":1.0",
          place.path("y.rock").native()}) {
        INFO(reference);
        const auto source = place.open(reference);
        CHECK(source->root().media_type == manifest_type);
        CHECK(source->root().digest == hash_of(source->root().bytes));
        const auto contents = get(contents_of(*source));
        CHECK(contents.documents.size() == 1);
        REQUIRE(contents.blobs.size() == 2);
        CHECK(content(*source, contents.blobs[1]) == layer);
        const auto reader = get(source->open(contents.blobs[1], 299'990));
        char buffer[100];
        CHECK(get(reader(buffer, sizeof buffer)) == 10);
        CHECK(std::string_view(buffer, 10) == std::string_view(layer).substr(299'990));
        CHECK(get(reader(buffer, sizeof buffer)) == 0);
        CHECK(get(index_entry(*source, source->root())).architecture == "amd64");
    }
}

TEST_CASE("of several images a tag chooses one, and what there is is told") {
    const Place place;
    auto layout = place.layout("x");
    layout.index(image_for(layout, "amd64", "1", Layout::tag("one")) + "," +
                 image_for(layout, "amd64", "2", Layout::tag("two")));
    const auto reference = "oci:" + place.path("x").native();
    CHECK(place.open(reference + ":one")->root().digest != place.open(reference + ":two")->root().digest);
    const auto several = open_local_image(reference);
    REQUIRE(code_of(several) == "RB1558");
    CHECK(several.error().exit == ExitCode::bad_data);
    CHECK(several.error().notes.size() == 2);
    const auto mistyped = open_local_image(reference + ":onw");
    REQUIRE(code_of(mistyped) == "RB1558");
    REQUIRE(!mistyped.error().suggestions.empty());
    CHECK(mistyped.error().suggestions.front() == "one");
}

TEST_CASE("what is no image is refused") {
    const Place place;
    CHECK(code_of(open_local_image(place.path("gone").native())) != "");
    get(write_file(place.path("text"), "just a text"));
    CHECK(code_of(open_local_image(place.path("text").native())) != "");
    auto layout = place.layout("x");
    for (const std::string index : {"", "[]", "{}", R"({"schemaVersion":2,"manifests":[]})", R"({"manifests":[7]})",
                                    R"({"schemaVersion":2,"manifests":[{"digest":"x","size":1}]})"}) {
        get(write_file(layout.path() / "index.json", index));
        CHECK(code_of(open_local_image("oci:" + layout.path().native())) == "RB1558");
    }
    fs::remove(layout.path() / "oci-layout");
    CHECK(code_of(open_local_image("oci:" + layout.path().native())) == "RB1558");
}

TEST_CASE("a blob that is missing or damaged is told") {
    const Place place;
    auto layout = place.layout("x");
    layout.index(image_for(layout, "amd64", "layer"));
    const auto reference = "oci:" + layout.path().native();
    const auto source = place.open(reference);
    const auto blob = get(contents_of(*source)).blobs[1];
    const auto file = layout.path() / "blobs/sha256" / blob.digest.encoded();
    get(write_file(file, "laye"));
    CHECK(code_of(source->open(blob, 0)) == "RB1557");
    get(write_file(file, "lAyer"));
    CHECK(code_of(save_archive(*source, place.path("y.rock"), "", 2, *std::make_unique<fakes::KeptEvents>())) ==
          "RB1557");
    CHECK_FALSE(fs::exists(place.path("y.rock")));
    fs::remove(file);
    CHECK(code_of(source->open(blob, 0)) == "RB1557");
    fs::create_directory(file);
    CHECK(code_of(source->open(blob, 0)) == "RB1557");
    get(write_file(layout.path() / "blobs/sha256" / source->root().digest.encoded(), "{}"));
    CHECK(code_of(open_local_image(reference)) == "RB1557");
}

TEST_CASE("a manifest that is missing is told as such") {
    const Place place;
    auto layout = place.layout("x");
    const auto entry = image_for(layout, "amd64", "layer");
    layout.index(entry);
    fs::remove(layout.path() / "blobs/sha256" /
               ContentDigest::parse(Json::parse(entry)["digest"].get<std::string>())->encoded());
    CHECK(code_of(open_local_image("oci:" + layout.path().native())) == "RB1557");
}

TEST_CASE("indexes may nest, but not without end") {
    const Place place;
    auto layout = place.layout("x");
    auto entry = image_for(layout, "amd64", "layer");
    for (int depth = 1; depth <= 4; ++depth) {
        entry = layout.blob(Layout::index_of(entry), std::string(media_type::oci_index));
        layout.index(entry);
        const auto source = place.open("oci:" + layout.path().native());
        const auto contents = contents_of(*source);
        if (depth < 4) {
            CHECK(get(contents).documents.size() == static_cast<std::size_t>(depth) + 1);
            CHECK(get(contents).documents.back().digest == source->root().digest);
            CHECK(get(contents).blobs.size() == 2);
        } else {
            CHECK(code_of(contents) == "RB1559");
        }
    }
}

TEST_CASE("several images become an index by platform, with the annotations that all share") {
    const Place place;
    auto both = all_of(single(place, "arm64", "1", R"(,"annotations":{"a":"1","b":"2"})"),
                       single(place, "amd64", "2", R"(,"annotations":{"a":"1","b":"3"})"));
    const auto image = get(compose_index(std::move(both)));
    CHECK(image->root().media_type == media_type::oci_index);
    CHECK(platforms(image->root().bytes) == "arm64 amd64");
    CHECK(Json::parse(image->root().bytes)["annotations"] == Json{{"a", "1"}});
    CHECK(image->root().digest == hash_of(image->root().bytes));
    const auto contents = get(contents_of(*image));
    CHECK(contents.documents.size() == 3);
    CHECK(contents.blobs.size() == 4);
    for (const auto& blob : contents.blobs) CHECK(hash_of(content(*image, blob)) == blob.digest);
    const auto twice = compose_index(all_of(single(place, "amd64", "1"), single(place, "amd64", "2")));
    REQUIRE(code_of(twice) == "RB1560");
    CHECK(twice.error().message.find("linux/amd64") != std::string::npos);
    CHECK(code_of(compose_index(all_of(single(place, "amd64", "1"), single(place, "", "2")))) == "RB1560");
}

TEST_CASE("an index among the images gives its entries") {
    const Place place;
    const auto pair = get(compose_index(all_of(single(place, "arm64", "1"), single(place, "amd64", "2"))));
    fakes::KeptEvents events;
    get(save_archive(*pair, place.path("pair.rock"), "", 2, events));
    const auto all =
        get(compose_index(all_of(place.open(place.path("pair.rock").native()), single(place, "s390x", "3"))));
    CHECK(platforms(all->root().bytes) == "arm64 amd64 s390x");
    for (const auto& blob : get(contents_of(*all)).blobs) CHECK(hash_of(content(*all, blob)) == blob.digest);
}

TEST_CASE("merging replaces the same platforms and keeps the others, whatever the order") {
    const Place place;
    std::vector<std::unique_ptr<ImageSource>> one;
    one.push_back(single(place, "s390x", "new"));
    const auto added = get(compose_index(std::move(one)));
    const auto present = get(compose_index(all_of(single(place, "s390x", "old"), single(place, "amd64", "2"))));
    const auto merged = get(merge_index(present->root(), std::nullopt, added->root()));
    CHECK(platforms(merged.bytes) == "amd64 s390x");
    CHECK(merged.bytes.find(Json::parse(added->root().bytes)["manifests"][0]["digest"].get<std::string>()) !=
          std::string::npos);
    CHECK(get(merge_index(merged, std::nullopt, added->root())).digest == merged.digest);
    CHECK(get(merge_index(std::nullopt, std::nullopt, added->root())).digest == added->root().digest);
    const auto alone = single(place, "amd64", "2");
    const auto entry = get(index_entry(*alone, alone->root()));
    CHECK(platforms(get(merge_index(alone->root(), entry, added->root())).bytes) == "amd64 s390x");
}

TEST_CASE("an index with odd members can be merged or is refused with words") {
    const Place place;
    std::vector<std::unique_ptr<ImageSource>> one;
    one.push_back(single(place, "s390x", "new"));
    const auto added = get(compose_index(std::move(one)));
    for (const std::string platform : {"null", "7", R"({"os":7})", R"({"architecture":null})"}) {
        Document present{.media_type = std::string(media_type::oci_index)};
        present.bytes = R"({"schemaVersion":2,"manifests":[{"digest":")" + hash_of("x").str() +
                        R"(","size":1,"platform":)" + platform + "}]}";
        present.digest = hash_of(present.bytes);
        CHECK_NOTHROW((void)merge_index(present, std::nullopt, added->root()));
    }
}

TEST_CASE("an archive has the image under its tag and nothing else") {
    const Place place;
    fakes::KeptEvents events;
    const auto source = single(place, "amd64", noise(70'000, 3));
    const auto file = place.path("x.rock");
    get(save_archive(*source, file, "1.0", 4, events));
    CHECK(run("tar tf " + file.native())
              .starts_with("blobs/\nblobs/sha256/\noci-layout\nindex.json\nblobs/sha256/" +
                           source->root().digest.encoded()));
    const auto saved = place.open(file.native() + ":1.0");
    CHECK(saved->root().bytes == source->root().bytes);
    for (const auto& blob : get(contents_of(*saved)).blobs) CHECK(content(*saved, blob) == content(*source, blob));
    const auto first = get(read_file(file));
    get(save_archive(*source, file, "1.0", 1, events));
    CHECK(get(read_file(file)) == first);
    CHECK(code_of(save_archive(*source, place.path("no/such/x.rock"), "", 1, events)) == "RB0100");
}

TEST_CASE("a layout takes further images, and a tag moves") {
    const Place place;
    fakes::KeptEvents events;
    const auto one = single(place, "amd64", "1"), two = single(place, "amd64", "2");
    const auto folder = place.path("new/layout");
    get(save_layout(*one, folder, "a", 2, events));
    get(save_layout(*two, folder, "b", 2, events));
    CHECK(place.open("oci:" + folder.native() + ":a")->root().digest == one->root().digest);
    get(save_layout(*two, folder, "a", 2, events));
    CHECK(place.open("oci:" + folder.native() + ":a")->root().digest == two->root().digest);
    CHECK(Json::parse(get(read_file(folder / "index.json")))["manifests"].size() == 2);
    get(write_file(folder / "index.json", "no"));
    CHECK(code_of(save_layout(*one, folder, "a", 2, events)) == "RB1558");
}

TEST_CASE("a layout whose index has odd members is taken or refused with words") {
    const Place place;
    fakes::KeptEvents events;
    const auto one = single(place, "amd64", "1");
    auto layout = place.layout("odd");
    for (const std::string entry : {"7", R"({"annotations":null})",
                                    R"({"annotations":{"org.opencontainers.image.ref.name":7}})", R"({"digest":7})"}) {
        layout.index(entry);
        CHECK_NOTHROW((void)save_layout(*one, layout.path(), "a", 1, events));
    }
}

namespace {

struct Remote {
    explicit Remote(ScriptedHttp::Script script) : http(script), script_(std::move(script)) {}
    HttpMaker maker() {
        return [this] { return std::make_unique<ScriptedHttp>(script_); };
    }
    ScriptedHttp http;
    fakes::KeptEvents events;
    RegistryClient client{http, "registry.example", {"repository:a/b:pull,push"}, {}, events, {}};

private:
    ScriptedHttp::Script script_;
};

ImageReference named(const std::string& name) { return get(ImageReference::parse("registry.example/a/b" + name)); }

}  // namespace

TEST_CASE("an image is pushed once, and pulled as it was") {
    const Place place;
    LocalRegistry registry({.require_blobs = true});
    Remote remote(std::ref(registry));
    const auto image =
        get(compose_index(all_of(single(place, "arm64", noise(50'000, 4)), single(place, "amd64", "layer"))));
    auto report = get(push_image(remote.client, *image, named(":1.0"), {.tags = {"latest", "1.0"}}));
    CHECK(report.digest == image->root().digest);
    CHECK(report.uploaded == 4);
    CHECK(get(registry.storage().tags("a/b")) == std::vector<std::string>{"1.0", "latest"});
    const auto before = remote.http.asked().size();
    report = get(push_image(remote.client, *image, named(":1.0"), {}));
    CHECK(report.uploaded_bytes == 0);
    CHECK(remote.http.asked().size() == before + 1);  // one HEAD tells all

    const auto pulled = get(open_remote_image(remote.client, remote.maker(), named(":1.0")));
    CHECK(pulled->root().bytes == image->root().bytes);
    const auto contents = get(contents_of(*pulled));
    for (const auto& blob : contents.blobs) {
        CHECK(content(*pulled, blob) == content(*image, blob));
        const auto reader = get(pulled->open(blob, 1));
        std::string rest(blob.size, '\0');
        std::size_t size = 0;
        while (const auto count = get(reader(rest.data() + size, rest.size() - size))) size += count;
        CHECK(rest.substr(0, size) == content(*image, blob).substr(1));
        (void)get(pulled->open(blob, 0));  // and dropped
    }
    CHECK(code_of(push_image(remote.client, *image, named("@" + hash_of("x").str()), {})) == "RB1561");
    CHECK(code_of(open_remote_image(remote.client, remote.maker(), named(":gone"))) == "RB1553");
}

TEST_CASE("nothing is left of a remote blob behind its last byte") {
    const Place place;
    LocalRegistry registry;
    Remote remote(std::ref(registry));
    get(push_image(remote.client, *single(place, "amd64", "layer"), named(":1"), {}));
    const auto pulled = get(open_remote_image(remote.client, remote.maker(), named(":1")));
    const auto reader = get(pulled->open(get(contents_of(*pulled)).blobs[1], 5));
    char byte = 0;
    const auto count = reader(&byte, 1);
    REQUIRE(count);
    CHECK(*count == 0);
}

TEST_CASE("a blob that the registry misses a moment later is sent once more") {
    const Place place;
    LocalRegistry registry({.require_blobs = true});
    Remote remote([&](const HttpAsked& asked) {
        if (asked.method == "PUT" && asked.path.find("/manifests/") != std::string::npos && asked.nth == 0)
            registry.storage().remove_blob("a/b", hash_of("layer")).value();
        return registry(asked);
    });
    const auto image = single(place, "amd64", "layer");
    CHECK(get(push_image(remote.client, *image, named(":1"), {.jobs = 1})).uploaded == 3);
    CHECK(get(registry.storage().manifest("a/b", "1")));
}

TEST_CASE("appending keeps the other platforms") {
    const Place place;
    LocalRegistry registry;
    Remote remote(std::ref(registry));
    const auto wrapped = [&](const std::string& architecture) {
        std::vector<std::unique_ptr<ImageSource>> one;
        one.push_back(single(place, architecture, "layer of " + architecture));
        return get(compose_index(std::move(one)));
    };
    get(push_image(remote.client, *single(place, "riscv64", "alone"), named(":1"), {}));
    for (const std::string architecture : {"amd64", "arm64"})
        get(push_image(remote.client, *wrapped(architecture), named(":1"), {.append = true}));
    CHECK(platforms(get(registry.storage().manifest("a/b", "1"))->bytes) == "amd64 arm64 riscv64");
}
