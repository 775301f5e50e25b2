#include "image/entry_source.hpp"

#include "image/whiteout.hpp"

#include "image/tar_header.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

TarMember::Type tar_type(EntryType type) {
    switch (type) {
        case EntryType::folder:
            return TarMember::Type::folder;
        case EntryType::symlink:
            return TarMember::Type::symlink;
        case EntryType::character_device:
            return TarMember::Type::character_device;
        case EntryType::block_device:
            return TarMember::Type::block_device;
        case EntryType::fifo:
            return TarMember::Type::fifo;
        case EntryType::file:
        case EntryType::whiteout:
            break;
    }
    return TarMember::Type::file;
}

std::string in_folder(std::string_view folder, std::string_view prefix, std::string_view name) {
    std::string path(folder);
    if (!path.empty()) path += '/';
    path += prefix;
    path += name;
    return path;
}

/// Entries with one value here are names of one inode (store/tree.hpp, Entry::link).
std::string link_group(const Entry& entry) {
    return fmt::format("{}:{}:{}:{}:", entry.digest.hex(), entry.uid, entry.gid, entry.mode) + entry.link;
}

Result<TarItem> finished(const TarMember& member, const Digest& digest) {
    auto header = TRY(tar_header(member));
    return TarItem{.name = member.name, .header = std::move(header), .size = member.size, .digest = digest};
}

Result<TarItem> marker(std::string name) { return finished({.name = std::move(name), .mode = 0}, {}); }

}  // namespace

std::uint64_t TarItem::bytes() const { return header.size() + tar_padded(size); }

Result<std::optional<TarItem>> TreeEntries::next() {
    if (opaque_ != nullptr) {
        const auto& folder = opaque_->path;
        opaque_ = nullptr;
        return TRY(marker(in_folder(folder, {}, opaque_marker)));
    }
    if (at_ == tree_->size()) return std::nullopt;
    const auto& entry = tree_->entries()[at_++];
    if (entry.type == EntryType::folder && entry.opaque) opaque_ = &entry;
    return TRY(item(entry));
}

Result<TarItem> TreeEntries::item(const Entry& entry) {
    const auto folder = parent_of(entry.path);
    const auto name = std::string_view(entry.path).substr(folder.empty() ? 0 : folder.size() + 1);
    if (name.starts_with(whiteout_prefix))
        return fail("RB0701",
                    fmt::format("'{}' can't be in an image: '.wh.' at the start of a name hides a file", entry.path),
                    "rename it, or leave it out with the part's `prime`");
    if (entry.type == EntryType::whiteout) return marker(in_folder(folder, whiteout_prefix, name));

    TarMember member{.name = entry.path,
                     .type = tar_type(entry.type),
                     .mode = entry.mode,
                     .uid = entry.uid,
                     .gid = entry.gid,
                     .mtime = entry.mtime,
                     .target = entry.target,
                     .major = entry.major,
                     .minor = entry.minor,
                     .xattrs = entry.xattrs};
    if (entry.type == EntryType::folder) member.name += '/';
    if (entry.type == EntryType::file) {
        member.size = entry.size;
        if (!entry.link.empty()) {
            const auto [first, is_first] = first_names_.try_emplace(link_group(entry), entry.path);
            if (!is_first) {
                member.type = TarMember::Type::hard_link;
                member.target = first->second;
                member.size = 0;
                member.xattrs.clear();
            }
        }
    }
    return finished(member, entry.digest);
}

}  // namespace rockbuild
