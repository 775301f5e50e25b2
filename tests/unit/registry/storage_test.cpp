#include "registry/server/storage.hpp"

#include "image/documents.hpp"
#include "unit/image/fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

constexpr const char* repository = "team/app";

struct Registry {
    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "storage-test-"));
    std::unique_ptr<RegistryStorage> storage;

    explicit Registry(std::uint64_t quota = 0) { reopen(quota); }
    void reopen(std::uint64_t quota = 0) {
        storage.reset();
        storage = get(RegistryStorage::open(folder.path() / "data", true, quota));
    }
    fs::path data() const { return folder.path() / "data"; }

    Result<bool> put(std::string_view bytes, const ContentDigest& digest, const std::string& into = repository) {
        const auto id = TRY(storage->begin_upload(into));
        auto session = TRY(storage->upload(into, id));
        TRY_VOID(session->append(bytes));
        return session->commit(digest);
    }
    ContentDigest blob(std::string_view bytes, const std::string& into = repository) {
        REQUIRE(get(put(bytes, hash_of(bytes), into)));
        return hash_of(bytes);
    }
    std::string read(const ContentDigest& digest, const std::string& from = repository) {
        const auto found = get(storage->blob(from, digest));
        if (!found) return "(none)";
        std::string text(found->size, '\0');
        REQUIRE(::pread(found->file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
        return text;
    }
    /// An image with that config and layers; the digest.
    ContentDigest image(const ContentDigest& config, const std::vector<ContentDigest>& layers,
                        const std::vector<std::string>& tags, const std::string& more = {}, bool may_lack = false) {
        const auto item = [](const ContentDigest& digest) {
            return R"({"mediaType":"x/y","digest":")" + digest.str() + R"(","size":5})";
        };
        std::string list;
        for (const auto& layer : layers) list += (list.empty() ? "" : ",") + item(layer);
        const auto bytes =
            R"({"schemaVersion":2,"config":)" + item(config) + R"(,"layers":[)" + list + "]" + more + "}";
        const auto facts = get(read_manifest_facts(bytes, media_type::oci_manifest));
        const auto missing = get(storage->put_manifest(repository, hash_of(bytes), bytes, facts, tags, {}, may_lack));
        CHECK(missing.empty() != may_lack);
        return hash_of(bytes);
    }
    std::int64_t now() const { return static_cast<std::int64_t>(::time(nullptr)); }
};

/// What has just been touched stays, whatever the collector's clock says.
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }

}  // namespace

TEST_CASE("a blob is written by pieces and read where its repository has it") {
    Registry registry;
    const auto id = get(registry.storage->begin_upload(repository));
    for (const std::string part : {"he", "ll", "o"}) {
        const auto session = get(registry.storage->upload(repository, id));
        REQUIRE(session);
        get(session->append(part));
    }
    const auto digest = hash_of("hello");
    CHECK(registry.read(digest) == "(none)");
    {
        const auto session = get(registry.storage->upload(repository, id));
        CHECK(session->size() == 5);
        CHECK(get(session->commit(digest)));
    }
    CHECK(registry.read(digest) == "hello");
    CHECK(registry.read(digest, "other") == "(none)");
    CHECK(get(registry.storage->upload(repository, id)) == nullptr);
    CHECK(fs::is_empty(registry.data() / "uploads"));
    CHECK(registry.storage->has_repository(repository));
    CHECK_FALSE(registry.storage->has_repository("team"));
    CHECK(get(registry.storage->remove_blob(repository, digest)));
    CHECK_FALSE(get(registry.storage->remove_blob(repository, digest)));
    CHECK(registry.read(digest) == "(none)");
}

TEST_CASE("an upload goes on after the process ended, also under a name of SHA-512") {
    Registry registry;
    const auto id = get(registry.storage->begin_upload(repository));
    get(get(registry.storage->upload(repository, id))->append("hel"));
    registry.reopen();
    const auto session = get(registry.storage->upload(repository, id));
    REQUIRE(session);
    CHECK(session->size() == 3);
    get(session->append("lo"));
    const auto long_name = hash_of("hello", HashAlgorithm::sha512);
    CHECK(get(session->commit(long_name)));
    CHECK(registry.read(long_name) == "hello");
    CHECK(registry.read(hash_of("hello")) == "(none)");  // the repository was told one name
    CHECK(get(registry.storage->verify()).problems.empty());
}

TEST_CASE("content with another digest is not taken and its upload is gone") {
    Registry registry;
    const auto id = get(registry.storage->begin_upload(repository));
    {
        const auto session = get(registry.storage->upload(repository, id));
        get(session->append("hellO"));
        CHECK_FALSE(get(session->commit(hash_of("hello"))));
    }
    CHECK(get(registry.storage->upload(repository, id)) == nullptr);
    CHECK(registry.read(hash_of("hellO")) == "(none)");
    CHECK(fs::is_empty(registry.data() / "uploads"));
}

TEST_CASE("an upload belongs to its repository, and to the newest request for it") {
    Registry registry;
    const auto id = get(registry.storage->begin_upload(repository));
    CHECK(get(registry.storage->upload("other", id)) == nullptr);
    for (const std::string odd : {"", "x", "../../format", "gggggggggggggggggggggggggggggggg"})
        CHECK(get(registry.storage->upload(repository, odd)) == nullptr);
    const auto old = get(registry.storage->upload(repository, id));
    get(old->append("x"));
    const auto session = get(registry.storage->upload(repository, id));
    CHECK(code_of(old->append("y")) == "RB1511");
    CHECK(code_of(old->commit(hash_of("x"))) == "RB1511");
    CHECK(code_of(old->cancel()) == "RB1511");
    CHECK(session->size() == 1);
    get(session->append("z"));
    CHECK(get(registry.storage->upload_size(repository, id)) == 2);
    CHECK_FALSE(get(registry.storage->upload_size("other", id)));
    get(session->cancel());
    CHECK_FALSE(get(registry.storage->upload_size(repository, id)));
    CHECK(get(registry.storage->upload(repository, id)) == nullptr);
}

TEST_CASE("a blob is mounted from one repository or from any") {
    Registry registry;
    const auto digest = registry.blob("hello");
    CHECK_FALSE(get(registry.storage->mount("b", digest, "other")));
    CHECK(get(registry.storage->mount("b", digest, repository)));
    CHECK(get(registry.storage->mount("c/d", digest, "")));
    CHECK(registry.read(digest, "b") == "hello");
    CHECK(registry.read(digest, "c/d") == "hello");
    CHECK_FALSE(get(registry.storage->mount("c", hash_of("nothing"), "")));
    CHECK(get(registry.storage->repositories()) == std::vector<std::string>{"b", "c/d", repository});
}

TEST_CASE("a manifest has its tags, and without its blobs it is refused or sparse") {
    Registry registry;
    const auto config = registry.blob("{}");
    const auto bytes =
        R"({"schemaVersion":2,"config":{"digest":")" + config.str() + R"(","size":2},"layers":[{"digest":")" +
        hash_of("gone").str() +
        R"(","size":4},{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":")" +
        hash_of("far").str() + R"(","size":3}]})";
    const auto facts = get(read_manifest_facts(bytes, media_type::oci_manifest));
    const auto digest = hash_of(bytes, HashAlgorithm::sha512);
    const std::vector<ContentDigest> gone{hash_of("gone")};
    CHECK(get(registry.storage->put_manifest(repository, digest, bytes, facts, {"1"}, {}, false)) == gone);
    CHECK_FALSE(get(registry.storage->manifest(repository, "1")));
    CHECK(get(registry.storage->put_manifest(repository, digest, bytes, facts, {"1", "2"}, {}, true)) == gone);
    const auto stored = get(registry.storage->manifest(repository, "2"));
    REQUIRE(stored);
    CHECK(stored->digest == digest);
    CHECK(stored->bytes == bytes);
    CHECK(stored->media_type == media_type::oci_manifest);
    CHECK(stored->sparse);
    CHECK(get(registry.storage->manifest(repository, digest.str())));
    CHECK_FALSE(get(registry.storage->manifest(repository, hash_of(bytes).str())));
    CHECK(get(registry.storage->tags(repository)) == std::vector<std::string>{"1", "2"});
    CHECK(get(registry.storage->verify()).problems.empty());

    registry.blob("gone");
    CHECK(get(registry.storage->put_manifest(repository, digest, bytes, facts, {}, {}, false)).empty());
    CHECK_FALSE(get(registry.storage->manifest(repository, "1"))->sparse);
    CHECK(get(registry.storage->remove_tag(repository, "1")));
    CHECK_FALSE(get(registry.storage->remove_tag(repository, "1")));
    CHECK(get(registry.storage->remove_manifest(repository, digest)));
    CHECK(get(registry.storage->tags(repository)).empty());
    CHECK_FALSE(get(registry.storage->remove_manifest(repository, digest)));
}

TEST_CASE("a tag is swapped only by who knows what it stands for") {
    Registry registry;
    const auto put = [&](const std::string& note, const std::optional<std::string>& expected) {
        const auto bytes = R"({"schemaVersion":2,"manifests":[],"annotations":{"n":")" + note + "\"}}";
        const auto facts = get(read_manifest_facts(bytes, media_type::oci_index));
        return code_of(
            registry.storage->put_manifest(repository, hash_of(bytes), bytes, facts, {"t"}, expected, false));
    };
    const auto present = [&] { return get(registry.storage->manifest(repository, "t"))->digest.str(); };
    CHECK(put("1", hash_of("x").str()) == "RB1512");
    CHECK(put("1", "") == "");
    const auto first = present();
    CHECK(put("2", "") == "RB1512");
    CHECK(put("2", first) == "");
    CHECK(put("3", first) == "RB1512");
    CHECK(present() != first);
    CHECK(put("3", std::nullopt) == "");
}

TEST_CASE("referrers are found by their subject, also when that isn't there") {
    Registry registry;
    const auto config = registry.blob("{}");
    const auto subject = hash_of("the image");
    const auto more = R"(,"subject":{"digest":")" + subject.str() + R"(","size":9},"artifactType":"a/b")";
    const auto digest = registry.image(config, {}, {}, more);
    const auto found = get(registry.storage->referrers(repository, subject));
    REQUIRE(found.size() == 1);
    CHECK(found[0] == digest);
    CHECK(get(registry.storage->referrers("other", subject)).empty());
    CHECK(get(registry.storage->remove_manifest(repository, digest)));
    CHECK(get(registry.storage->referrers(repository, subject)).empty());
}

TEST_CASE("the collector takes what no manifest names, after its grace") {
    Registry registry;
    const auto config = registry.blob("{}");
    const auto layer = registry.blob("layer");
    const auto stray = registry.blob("stray");
    const auto image = registry.image(config, {layer}, {"1"});
    const auto id = get(registry.storage->begin_upload(repository));
    get(get(registry.storage->upload(repository, id))->append("half"));

    auto freed = get(registry.storage->collect_garbage(registry.now(), 3600, 3600));
    CHECK(freed.links + freed.blobs + freed.uploads == 0);
    CHECK(registry.read(stray) == "stray");
    settle();

    const auto later = registry.now() + 7200;
    freed = get(registry.storage->collect_garbage(later, 3600, 3600));
    CHECK(freed.links == 1);
    CHECK(freed.blobs == 1);
    CHECK(freed.uploads == 1);
    CHECK(freed.bytes == 9);
    CHECK(registry.read(stray) == "(none)");
    CHECK(registry.read(layer) == "layer");
    CHECK(get(registry.storage->upload(repository, id)) == nullptr);
    CHECK(fs::is_empty(registry.data() / "uploads"));

    CHECK(get(registry.storage->remove_manifest(repository, image)));
    settle();
    freed = get(registry.storage->collect_garbage(later, 3600, 3600));
    CHECK(freed.links == 2);
    CHECK(freed.blobs == 3);  // the manifest's bytes too
    CHECK(get(registry.storage->verify()).blobs == 0);
}

TEST_CASE("a blob that was asked for before a push is left alone for a while") {
    Registry registry;
    const auto stray = registry.blob("stray");
    const auto link = registry.data() / "repositories" / repository / "_blobs/sha256" / stray.encoded();
    const timespec old[2]{{1000, 0}, {1000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, link.c_str(), old, 0) == 0);
    CHECK(get(registry.storage->blob(repository, stray, true)));
    CHECK(get(registry.storage->collect_garbage(registry.now(), 60, 60)).links == 0);
    CHECK(registry.read(stray) == "stray");
}

TEST_CASE("verify finds a flipped byte, a lost blob and a tag without its manifest") {
    Registry registry;
    const auto config = registry.blob("{}");
    const auto layer = registry.blob("layer");
    const auto image = registry.image(config, {layer}, {"1"});
    auto report = get(registry.storage->verify());
    CHECK(report.problems.empty());
    CHECK(report.blobs == 3);
    CHECK(report.manifests == 1);

    const auto hex = layer.encoded();
    const auto file = registry.data() / "blobs" / hex.substr(0, 2) / hex.substr(2);
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    get(write_file(file, "lAyer"));
    report = get(registry.storage->verify());
    CHECK(report.problems.size() == 2);  // the content, and who has it
    fs::remove(file);
    CHECK(get(registry.storage->verify()).problems.size() == 1);
    get(registry.storage->remove_blob(repository, layer));
    CHECK(get(registry.storage->verify()).problems.size() == 1);  // the manifest lacks it
    fs::remove(registry.data() / "repositories" / repository / "_manifests/sha256" / image.encoded());
    CHECK(get(registry.storage->verify()).problems.size() == 1);  // the tag
}

TEST_CASE("a folder of something else is not taken") {
    const auto folder = get(TempFolder::make(fs::temp_directory_path(), "storage-test-"));
    get(write_file(folder.path() / "diary", "dear"));
    CHECK(code_of(RegistryStorage::open(folder.path(), true)) == "RB1510");
    CHECK(code_of(RegistryStorage::open(folder.path() / "gone", false)) == "RB1514");
    get(write_file(folder.path() / "format", "rockbuild store 99\n"));
    CHECK(code_of(RegistryStorage::open(folder.path(), true)) == "RB1510");
}

TEST_CASE("the quota holds for blobs and uploads, before and after a restart") {
    Registry registry(12);
    registry.blob("hello");
    const auto id = get(registry.storage->begin_upload(repository));
    {
        const auto session = get(registry.storage->upload(repository, id));
        get(session->append("1234567"));
        const auto full = session->append("8");
        REQUIRE(code_of(full) == "RB1513");
        CHECK(full.error().exit == ExitCode::cannot_write);
        CHECK(session->size() == 7);
    }
    registry.reopen(12 + 33);  // the mark of the upload is counted too
    CHECK(code_of(registry.put(std::string(40, 'x'), hash_of("x"))) == "RB1513");
    get(get(registry.storage->upload(repository, id))->cancel());
    registry.blob("1234567");
}

TEST_CASE("a content that is there already takes no more room") {
    Registry registry(12);
    for (const std::string into : {"a", "b", "c", "d"}) CHECK(get(registry.put("hello", hash_of("hello"), into)));
}
