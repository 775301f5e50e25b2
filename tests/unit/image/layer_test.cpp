#include "image/layer.hpp"

#include "image/piece_encoder.hpp"
#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

/// A tree with every kind of entry.
Tree everything(const Scratch& scratch) {
    auto program = scratch.file("usr/bin/su", noise(50000, 1));
    program.mode = 04755;
    program.xattrs = {{"security.capability", std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20)}};
    auto first = scratch.file("a", "linked"), second = scratch.file("b", "linked");
    first.link = second.link = "a";
    return Tree::of({program,
                     folder("usr"),
                     folder("usr/bin"),
                     first,
                     second,
                     link_to("c", "a"),
                     whiteout("d"),
                     opaque(folder("e")),
                     scratch.file("large", noise(3 << 20, 2)),
                     scratch.file("empty", ""),
                     {.path = "null", .type = EntryType::character_device, .mode = 0666, .major = 1, .minor = 3}});
}

struct Events final : EventSink {
    void on(const Event& event) override { seen.push_back(event); }
    std::vector<Event> seen;
};

}  // namespace

TEST_CASE("the layer of an empty tree is two blocks of zeros") {
    const Scratch scratch;
    const auto layer = get(make_layer(*scratch.store, get(scratch.store->put_tree({})), {}, {}));
    // head -c 1024 /dev/zero | sha256sum
    CHECK(layer.diff_id.hex() == "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
    CHECK(layer.uncompressed_size == 1024);
    CHECK(layer.entries == 0);
}

TEST_CASE("the same tree gives the same bytes from any number of threads and any store") {
    const Scratch one, four;
    const auto a = get(make_layer(*one.store, get(one.store->put_tree(everything(one))), {.threads = 1}, {}));
    const auto b = get(make_layer(*four.store, get(four.store->put_tree(everything(four))), {.threads = 4}, {}));
    CHECK(a.digest == b.digest);
    CHECK(a.diff_id == b.diff_id);
    CHECK(a.entries == 11);
    CHECK(sha256(get(one.store->read(a.digest))) == a.digest);
    CHECK(get(one.store->read(a.digest)).size() == a.size);
    const auto blob = one.folder.path() / "blob.gz";
    get(write_file(blob, get(one.store->read(a.digest))));
    CHECK(sha256(run("gzip -dc " + blob.native())) == a.diff_id);
}

TEST_CASE("a layer that was made is looked up") {
    const Scratch scratch;
    const auto tree = get(scratch.store->put_tree(everything(scratch)));
    CHECK_FALSE(layer_is_made(*scratch.store, tree));
    Events first, second;
    const auto made = get(make_layer(*scratch.store, tree, {.threads = 2, .events = &first, .subject = "layer"}, {}));
    CHECK(layer_is_made(*scratch.store, tree));
    REQUIRE_FALSE(first.seen.empty());
    CHECK(first.seen.back().type == EventType::progress);
    CHECK(first.seen.back().subject == "layer");
    CHECK(first.seen.back().done == made.uncompressed_size);
    CHECK(first.seen.back().total == made.uncompressed_size);

    const auto known = get(make_layer(*scratch.store, tree, {.threads = 2, .events = &second, .subject = "layer"}, {}));
    CHECK(second.seen.empty());
    CHECK(known.digest == made.digest);
    CHECK(known.diff_id == made.diff_id);
    CHECK(known.size == made.size);
    CHECK(known.uncompressed_size == made.uncompressed_size);
    CHECK(known.entries == made.entries);
}

TEST_CASE("a record whose blob is gone, or that can't be read, is made again") {
    Scratch scratch;
    const auto tree = get(scratch.store->put_tree(everything(scratch)));
    const auto made = get(make_layer(*scratch.store, tree, {}, {}));
    SECTION("the blob is gone") {
        const auto hex = made.digest.hex();
        std::size_t removed = 0;
        for (const auto& file : fs::recursive_directory_iterator(scratch.folder.path() / "store"))
            if (file.is_regular_file() && hex.ends_with(file.path().filename().native()))
                removed += fs::remove(file.path()) ? 1 : 0;
        REQUIRE(removed == 1);
        scratch.store = get(Store::open(scratch.folder.path() / "store"));  // as the next run would see it
    }
    SECTION("the record is nonsense") {
        const auto key = KeyWriter("layer", 1).field("tree", tree).field("codec", codec_id()).finish();
        auto record = *get(scratch.store->result(key.digest));
        record.values["size"] = "-1";
        get(scratch.store->put_result(key.digest, record));
    }
    CHECK_FALSE(layer_is_made(*scratch.store, tree));
    CHECK(get(make_layer(*scratch.store, tree, {}, {})).digest == made.digest);
    CHECK(scratch.store->has(made.digest));
}

TEST_CASE("a tree with a content that the store hasn't is an error, and nothing is kept") {
    const Scratch scratch;
    Entry entry{.path = "x", .size = 3, .digest = sha256("abc")};
    const auto tree = get(scratch.store->put_tree(Tree::of({entry})));
    CHECK(code_of(make_layer(*scratch.store, tree, {}, {})) == "RB0201");
    CHECK_FALSE(layer_is_made(*scratch.store, tree));
}

TEST_CASE("whatever was made before, an edited tree gives the bytes that it gives from scratch") {
    const Scratch used;
    std::mt19937_64 random(5);
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < 100; ++i)
        entries.push_back(used.file("f" + std::to_string(1000 + i), noise(random() % 60000, i)));
    entries.push_back(used.file("large", noise((2 << 20) + 3, 1)));
    for (unsigned round = 0; round < 4; ++round) {
        const auto at = static_cast<std::ptrdiff_t>(random() % entries.size());
        if (round % 3 == 0) entries.erase(entries.begin() + at);
        else if (round % 3 == 1)
            entries.push_back(used.file("new" + std::to_string(round), noise(random() % 3000000, round)));
        else
            entries[static_cast<std::size_t>(at)] =
                used.file(entries[static_cast<std::size_t>(at)].path, noise(random() % 90000, round));

        const auto tree = Tree::of(entries);
        const Scratch fresh;
        for (const auto& entry : entries) get(fresh.store->put(get(used.store->read(entry.digest))));
        const auto edited = get(make_layer(*used.store, get(used.store->put_tree(tree)), {.threads = 4}, {}));
        const auto scratch = get(make_layer(*fresh.store, get(fresh.store->put_tree(tree)), {.threads = 1}, {}));
        CHECK(edited.digest == scratch.digest);
        CHECK(edited.diff_id == scratch.diff_id);
    }
}
