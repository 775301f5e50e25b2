#include "image/assembly_line.hpp"

#include "image/piece_cutter.hpp"
#include "image/tar_header.hpp"
#include "unit/image/fixture.hpp"

#include <map>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

/// Members with contents in memory. A content can be made to be missing or too short.
class MemorySource final : public EntrySource {
public:
    void add(const std::string& name, const std::string& content) {
        members_.emplace_back(name, content);
        contents_[sha256(content)] = content;
    }
    void replace(const std::string& content, const std::string& other) { contents_[sha256(content)] = other; }
    Result<std::optional<TarItem>> next() override {
        if (at_ == members_.size()) return std::nullopt;
        const auto& [name, content] = members_[at_++];
        return TarItem{.name = name,
                       .header = TRY(tar_header({.name = name, .size = content.size()})),
                       .size = content.size(),
                       .digest = sha256(content)};
    }
    Result<Fd> open(const Digest& digest) const override {
        const auto found = contents_.find(digest);
        if (found == contents_.end()) return fail("TEST", "no such content");
        return memory_file(found->second);
    }
    void rewind() { at_ = 0; }
    std::string tar() const {
        std::string all;
        for (const auto& [name, content] : members_)
            all += *tar_header({.name = name, .size = content.size()}) + content +
                   std::string(tar_padded(content.size()) - content.size(), '\0');
        return all + std::string(1024, '\0');
    }

private:
    std::vector<std::pair<std::string, std::string>> members_;
    std::map<Digest, std::string> contents_;
    std::size_t at_ = 0;
};

/// About 20 MB in files of all sizes, one of them large.
void add_corpus(MemorySource& source) {
    for (std::size_t i = 0; i < 60; ++i) source.add("a/" + std::to_string(100 + i), noise(i * i * 80, i));
    source.add("b/large", noise((5 << 20) + 77, 1));
    for (std::size_t i = 0; i < 200; ++i) source.add("c/" + std::to_string(100 + i), noise(i * 300, i + 1000));
}

}  // namespace

TEST_CASE("any number of threads makes the same blob, and its content is the tar") {
    const Scratch scratch;
    MemorySource source;
    add_corpus(source);
    std::optional<SunkBlob> first;
    for (const unsigned threads : {1, 4, 13}) {
        source.rewind();
        BlobSink sink(get(scratch.store->writer()));
        get(assemble(source, sink, {.threads = threads}, {}));
        const auto sunk = get(sink.finish());
        if (!first) first = sunk;
        CHECK(sunk.blob.digest == first->blob.digest);
        CHECK(sunk.diff_id == sha256(source.tar()));
    }
    const auto blob = scratch.folder.path() / "blob.gz";
    get(write_file(blob, get(scratch.store->read(first->blob.digest))));
    CHECK(run("gzip -dc " + blob.native()) == source.tar());
}

TEST_CASE("progress ends at the tar's size") {
    const Scratch scratch;
    MemorySource source;
    add_corpus(source);
    BlobSink sink(get(scratch.store->writer()));
    std::vector<std::uint64_t> seen;
    get(assemble(source, sink, {.threads = 3, .progress = [&](std::uint64_t done) { seen.push_back(done); }}, {}));
    REQUIRE(seen.size() > 10);
    CHECK(std::ranges::is_sorted(seen));
    CHECK(seen.back() == source.tar().size());
}

TEST_CASE("a content that is missing, shorter or longer than the tree says ends the work") {
    const Scratch scratch;
    for (const unsigned threads : {1, 4}) {
        for (const std::size_t damage : {0, 3 << 20}) {
            MemorySource source;
            add_corpus(source);
            const auto large = noise((5 << 20) + 77, 1);
            source.replace(large, large.substr(0, damage));
            BlobSink sink(get(scratch.store->writer()));
            const auto result = assemble(source, sink, {.threads = threads}, {});
            CHECK(code_of(result) == "RB0700");
        }
        MemorySource source;
        add_corpus(source);
        source.replace(noise(300, 1001), noise(301, 1001));
        BlobSink sink(get(scratch.store->writer()));
        CHECK(code_of(assemble(source, sink, {.threads = threads}, {})) == "RB0700");
    }
}

TEST_CASE("a sink that fails ends the workers") {
    class Full final : public BlobWriter {
        Result<void> write(std::string_view) override {
            return fail("FULL", "the disk is full", {}, ExitCode::cannot_write);
        }
        Result<Blob> finish() override { return Blob{}; }
    };
    MemorySource source;
    add_corpus(source);
    BlobSink sink(std::make_unique<Full>());
    const auto result = assemble(source, sink, {.threads = 4}, {});
    CHECK(code_of(result) == "FULL");
}

TEST_CASE("an interrupt ends the work") {
    const Scratch scratch;
    MemorySource source;
    add_corpus(source);
    std::stop_source stop;
    BlobSink sink(get(scratch.store->writer()));
    const auto result = assemble(source, sink, {.threads = 2, .progress = [&](std::uint64_t) { stop.request_stop(); }},
                                 stop.get_token());
    CHECK(code_of(result) == "RB0702");
    CHECK(result.error().exit == ExitCode::interrupted);
}

TEST_CASE("no more pieces are open than the ring has places") {
    // A sink that is slow: the workers must wait, so the source can't be far ahead of what is sunk.
    class Slow final : public BlobWriter {
        Result<void> write(std::string_view) override {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return {};
        }
        Result<Blob> finish() override { return Blob{}; }
    };
    class Counting final : public EntrySource {
    public:
        Result<std::optional<TarItem>> next() override {
            if (given_ == 60) return std::nullopt;
            ++given_;
            return TarItem{
                .name = std::to_string(given_), .header = std::string(512, 'h'), .size = 2 << 20, .digest = {}};
        }
        Result<Fd> open(const Digest&) const override { return memory_file(std::string(2 << 20, 'x')); }
        std::atomic<std::uint64_t> given_ = 0;
    };
    Counting source;
    BlobSink sink(std::make_unique<Slow>());
    std::uint64_t furthest = 0;
    const auto progress = [&](std::uint64_t done) {
        const auto pieces = done >> 20;
        furthest = std::max(furthest, source.given_ * 2 - std::min<std::uint64_t>(source.given_ * 2, pieces));
    };
    get(assemble(source, sink, {.threads = 3, .progress = progress}, {}));
    CHECK(furthest <= 2 * 3 + 2 + 2);  // the ring's places, and the rest of the file that is being cut
}
