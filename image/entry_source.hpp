// The first of the packer's four objects: where a layer's entries come from, in the order in which they are written.
//
// A tree is streamed as it is sorted. What tar spells differently is translated here: a folder's name ends in '/'; the
// first name of a link group is the file and the others are links to it; a whiteout is an empty file `.wh.NAME`; an
// opaque folder is followed at once by its `.wh..wh..opq`, before anything that lies in it (OCI image spec, layer).
#pragma once

#include "store/store.hpp"
#include "support/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rockbuild {

/// One tar member: its header's bytes, and which content follows.
struct TarItem {
    std::string name;
    std::string header;
    std::uint64_t size = 0;  // of the content; 0: none
    Digest digest;           // of the content

    /// All bytes that it takes in the tar.
    std::uint64_t bytes() const;
};

class EntrySource {
public:
    EntrySource() = default;
    virtual ~EntrySource() = default;
    EntrySource(const EntrySource&) = delete;
    EntrySource& operator=(const EntrySource&) = delete;

    /// The next member, none at the end. Called from one thread at a time.
    virtual Result<std::optional<TarItem>> next() = 0;
    /// A content, from its start. Called from several threads at once.
    virtual Result<Fd> open(const Digest& digest) const = 0;
};

class TreeEntries final : public EntrySource {
public:
    TreeEntries(std::shared_ptr<const Tree> tree, const Store& store) : tree_(std::move(tree)), store_(store) {}

    /// RB0701 for an entry that no layer can carry (tar_header; a name that begins with `.wh.`).
    Result<std::optional<TarItem>> next() override;
    Result<Fd> open(const Digest& digest) const override { return store_.open_blob(digest); }

private:
    Result<TarItem> item(const Entry& entry);

    std::shared_ptr<const Tree> tree_;
    const Store& store_;
    std::size_t at_ = 0;
    const Entry* opaque_ = nullptr;                                  // the folder whose marker comes next
    std::unordered_map<std::string, std::string_view> first_names_;  // of link groups
};

}  // namespace rockbuild
