// The rule's words, one by one; then its purpose: a change of one file leaves the other pieces as they are.
#include "image/piece_cutter.hpp"

#include "image/tar_header.hpp"
#include "unit/image/fixture.hpp"

#include <algorithm>
#include <set>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

constexpr std::uint64_t mib = 1 << 20;

/// Members of the given names and sizes, each with one block of header.
class ListSource final : public EntrySource {
public:
    explicit ListSource(std::vector<std::pair<std::string, std::uint64_t>> members) : members_(std::move(members)) {}
    Result<std::optional<TarItem>> next() override {
        if (at_ == members_.size()) return std::nullopt;
        const auto& [name, size] = members_[at_++];
        return TarItem{
            .name = name, .header = std::string(512, 'h'), .size = size, .digest = sha256(name + std::to_string(size))};
    }
    Result<Fd> open(const Digest&) const override { return fail("TEST", "no content here"); }

private:
    std::vector<std::pair<std::string, std::uint64_t>> members_;
    std::size_t at_ = 0;
};

using Members = std::vector<std::pair<std::string, std::uint64_t>>;

std::vector<Piece> cut(const Members& members) {
    ListSource source(members);
    PieceCutter cutter(source);
    std::vector<Piece> pieces;
    while (auto piece = get(cutter.next())) pieces.push_back(std::move(*piece));
    return pieces;
}

std::vector<std::uint64_t> sizes(const std::vector<Piece>& pieces) {
    std::vector<std::uint64_t> all;
    for (const auto& piece : pieces) all.push_back(piece.size);
    return all;
}

/// A piece as a text that is equal for equal bytes.
std::string identity(const Piece& piece) {
    std::string text;
    for (const auto& part : piece.stretches)
        text += part.bytes + part.digest.hex() + ":" + std::to_string(part.offset) + "+" + std::to_string(part.length) +
                "+" + std::to_string(part.zeros) + ";";
    return text;
}

Members small_files(std::size_t count, std::uint64_t average, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Members members;
    for (std::size_t i = 0; i < count; ++i)
        members.emplace_back("usr/share/" + std::to_string(100000 + i) + ".txt", random() % (2 * average));
    return members;
}

}  // namespace

TEST_CASE("an empty tar is one piece of two blocks") { CHECK(sizes(cut({})) == std::vector<std::uint64_t>{1024}); }

TEST_CASE("a large file is cut at each full MiB and begins and ends a piece") {
    const auto pieces = cut({{"a", 10}, {"b", 2 * mib + 700}, {"c", 10}});
    CHECK(sizes(pieces) == std::vector<std::uint64_t>{1024, 512 + mib, mib, 1024, 1024 + 1024});
    CHECK(pieces[1].stretches[0].offset == 0);
    CHECK(pieces[2].stretches[0].offset == mib);
    CHECK(pieces[2].stretches[0].bytes.empty());
    CHECK(pieces[3].stretches[0].length == 700);
    CHECK(pieces[3].stretches[0].zeros == 1024 - 700);
}

TEST_CASE("a file of whole MiB has no empty end") {
    CHECK(sizes(cut({{"b", 2 * mib}})) == std::vector<std::uint64_t>{512 + mib, mib, 1024});
    CHECK(sizes(cut({{"b", mib}})) == std::vector<std::uint64_t>{512 + mib + 1024});
}

TEST_CASE("a piece holds 1 MiB before its end, 4 MiB at most") {
    for (const std::uint64_t average : {200, 5000, 60000, 400000}) {
        const auto pieces = cut(small_files(std::size_t{40} * mib / (average + 700), average, average));
        REQUIRE(pieces.size() > 5);
        for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
            CHECK(pieces[i].size >= mib);
            CHECK(pieces[i].size <= 4 * mib);
        }
        // One place a MiB on average behind the first MiB, whatever the files' sizes.
        std::uint64_t total = 0;
        for (const auto& piece : pieces) total += piece.size;
        const auto mean = static_cast<double>(total) / static_cast<double>(pieces.size());
        CHECK(mean > 1.4 * mib);
        CHECK(mean < 2.8 * mib);
    }
}

TEST_CASE("where it is cut depends on the name, by its SHA-256") {
    const Members base{{"a", mib - 512}};
    // A member of 512 bytes is a place if its hash is below 0x00200000. sha256sum says: d708 is 0010a660…, d1 is
    // 8b53639f….
    CHECK(cut({base[0], {"d708", 0}}).size() == 2);
    CHECK(cut({base[0], {"d1", 0}}).size() == 1);
    // A member of 1 MiB always is one.
    CHECK(cut({base[0], {"b", mib - 512}}).size() == 2);
}

TEST_CASE("a change disturbs the pieces near it and no others") {
    for (const std::uint64_t average : {3000, 50000}) {
        auto members = small_files(3000, average, 7);
        std::set<std::string> before;
        for (const auto& piece : cut(members)) before.insert(identity(piece));

        std::size_t worst = 0, sum = 0;
        std::mt19937_64 random(11);
        constexpr std::size_t rounds = 40;
        for (std::size_t round = 0; round < rounds; ++round) {
            auto edited = members;
            const auto at = static_cast<std::ptrdiff_t>(random() % members.size());
            if (round % 3 == 0)
                edited.insert(edited.begin() + at,
                              {members[static_cast<std::size_t>(at)].first + "-new", random() % 100000});
            else if (round % 3 == 1) edited.erase(edited.begin() + at);
            else edited[static_cast<std::size_t>(at)].second += 100000;
            std::size_t changed = 0;
            for (const auto& piece : cut(edited)) changed += before.contains(identity(piece)) ? 0 : 1;
            worst = std::max(worst, changed);
            sum += changed;
        }
        CHECK(worst <= 8);
        CHECK(sum <= 2 * rounds);
    }
}
