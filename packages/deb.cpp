// The files of a Debian package: `ar` around `data.tar` in one of three compressions, read as a stream, contents into the
// store. Its scripts are not looked at.
#include "image/archive_stream.hpp"
#include "image/layer_reader.hpp"
#include "packages/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> damaged(const Digest& deb, std::string_view why) {
    return fail("RB0820", fmt::format("the package {} can't be unpacked: {}", deb.short_hex(), why),
                "remove the store and pack again; if it stays so, the archive's file is damaged", ExitCode::bad_data);
}

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

/// The bytes of the member data.tar.* as it lies in the package.
class DataMember {
public:
    static Result<DataMember> open(const Store& store, const Digest& deb) {
        DataMember member;
        member.fd_ = TRY(store.open_blob(deb));
        member.reader_.reset(archive_read_new());
        auto* reader = member.reader_.get();
        archive_read_support_format_ar(reader);
        constexpr std::size_t block = 1 << 16;
        if (archive_read_open_fd(reader, member.fd_.get(), block) != ARCHIVE_OK) return damaged(deb, "it is no ar archive");
        archive_entry* entry = nullptr;
        while (archive_read_next_header(reader, &entry) == ARCHIVE_OK)
            if (const char* name = archive_entry_pathname(entry); name != nullptr && std::string_view(name).starts_with("data.tar")) return member;
        return damaged(deb, "it has no data.tar");
    }

    Result<std::string_view> next(const Digest& deb) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        while (size == 0) {
            const int code = archive_read_data_block(reader_.get(), &data, &size, &offset);
            if (code == ARCHIVE_EOF) return std::string_view();
            if (code != ARCHIVE_OK) return damaged(deb, "its data.tar is cut off");
        }
        return std::string_view(static_cast<const char*>(data), size);
    }

private:
    Fd fd_;
    std::unique_ptr<archive, FreeReader> reader_;
};

Result<Tree> read_files(Store& store, const Digest& deb) {
    auto member = TRY(DataMember::open(store, deb));
    auto plain = TRY(Decompressor::open([&] { return member.next(deb); }, deb.short_hex()));
    auto tar = TRY(TarReader::open([&] { return plain.next(); }, deb.short_hex()));
    constexpr std::uint64_t most_bytes = 32ULL << 30;
    auto tree = TRY(read_layer(tar, store, {most_bytes}, deb.short_hex()));
    const auto is_mark = [](const Entry& entry) { return entry.type == EntryType::whiteout || entry.opaque; };
    if (std::any_of(tree.entries().begin(), tree.entries().end(), is_mark)) return damaged(deb, "it has names that begin with .wh.");
    return tree;
}

}  // namespace

Result<Tree> unpack_deb(Store& store, const Digest& deb, const std::optional<std::int64_t>& clamp) {
    // Unpacked once: the tree with the package's own times is remembered.
    const auto note = "deb/" + deb.hex();
    std::optional<Tree> tree;
    if (const auto text = TRY(store.note(note)))
        if (const auto digest = Digest::parse(*text); digest && store.has(*digest)) tree = *TRY(store.tree(*digest));
    if (!tree) {
        auto read = read_files(store, deb);
        if (!read) {
            auto error = std::move(read).error();
            if (error.code == "RB0723" || error.code == "RB0724") return damaged(deb, error.message);
            return std::unexpected(std::move(error));
        }
        tree = std::move(*read);
        TRY_VOID(store.put_note(note, TRY(store.put_tree(*tree)).str()));
    }
    if (!clamp) return std::move(*tree);
    auto entries = tree->entries();
    for (auto& entry : entries) entry.mtime = std::min(entry.mtime, *clamp);
    return Tree::of(std::move(entries));
}

Result<Tree> unpack_all(Store& store, const Resolution& resolution, const std::optional<std::int64_t>& clamp) {
    std::vector<Entry> entries;
    for (const auto& package : resolution.packages) {
        const auto tree = TRY(unpack_deb(store, package.sha256, clamp));
        for (const auto& entry : tree.entries()) entries.push_back(entry);
    }
    // Of entries with one path the later package's stays; a folder met by something else gives way with all it holds.
    auto tree = Tree::of(std::move(entries));
    return filter(tree, [&](const Entry& entry) {
        for (auto parent = parent_of(entry.path); !parent.empty(); parent = parent_of(parent))
            if (const auto* above = tree.find(parent); above != nullptr && above->type != EntryType::folder) return false;
        return true;
    });
}

}  // namespace rockbuild
