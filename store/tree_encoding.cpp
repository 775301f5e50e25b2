// Trees as bytes. One version byte, the count, then each entry: a head byte (type and which optional fields follow),
// the path, and the fields that its type has. Decoding trusts nothing: lengths are bounded by what is left, paths and
// order and parents are checked, and as the last word the decoded tree must encode to the very same bytes, so that one
// tree has one digest.
#include "store/bytes.hpp"
#include "store/tree.hpp"

#include <fmt/format.h>

namespace rockbuild {

// All of this is on disk: never renumber, only add, and raise the version when the meaning changes.
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::uint8_t type_mask = 0x0f;
constexpr std::uint8_t head_opaque = 0x10;
constexpr std::uint8_t head_xattrs = 0x20;
constexpr std::uint8_t head_link = 0x40;

bool is_device(EntryType type) { return type == EntryType::character_device || type == EntryType::block_device; }

void encode_entry(ByteWriter& out, const Entry& entry) {
    auto head = static_cast<std::uint8_t>(entry.type);
    if (entry.opaque) head |= head_opaque;
    if (!entry.xattrs.empty()) head |= head_xattrs;
    if (!entry.link.empty()) head |= head_link;
    out.byte(head);
    out.text(entry.path);
    if (entry.type == EntryType::whiteout) return;
    out.number(entry.mode);
    out.number(entry.uid);
    out.number(entry.gid);
    out.signed_number(entry.mtime);
    if (!entry.xattrs.empty()) {
        out.number(entry.xattrs.size());
        for (const auto& [name, value] : entry.xattrs) {
            out.text(name);
            out.text(value);
        }
    }
    if (entry.type == EntryType::file) {
        out.number(entry.size);
        out.digest(entry.digest);
        if (!entry.link.empty()) out.text(entry.link);
    } else if (entry.type == EntryType::symlink) {
        out.text(entry.target);
    } else if (is_device(entry.type)) {
        out.number(entry.major);
        out.number(entry.minor);
    }
}

Entry decode_entry(ByteReader& in) {
    Entry entry;
    const auto head = in.byte();
    entry.type = static_cast<EntryType>(head & type_mask);
    entry.opaque = (head & head_opaque) != 0;
    entry.path = in.text();
    entry.mode = 0;
    if (entry.type == EntryType::whiteout) return entry;
    entry.mode = in.small_number();
    entry.uid = in.small_number();
    entry.gid = in.small_number();
    entry.mtime = in.signed_number();
    if ((head & head_xattrs) != 0)
        for (auto count = in.number(); in.good() && count > 0; --count) {
            std::string name(in.text());
            entry.xattrs.insert_or_assign(std::move(name), std::string(in.text()));
        }
    if (entry.type == EntryType::file) {
        entry.size = in.number();
        entry.digest = in.digest();
        if ((head & head_link) != 0) entry.link = in.text();
    } else if (entry.type == EntryType::symlink) {
        entry.target = in.text();
    } else if (is_device(entry.type)) {
        entry.major = in.small_number();
        entry.minor = in.small_number();
    }
    return entry;
}

std::unexpected<Diagnostic> bad(std::string_view why) {
    return fail("RB0210", fmt::format("these bytes are not a file tree: {}", why),
                "the store may be damaged, or another version of rockbuild wrote it; `rockbuild clean` and build again",
                ExitCode::bad_data);
}

bool is_clean(std::string_view path) {
    const auto parsed = RelPath::parse(path);
    return parsed && !parsed->empty();
}

}  // namespace

std::string Tree::encode() const {
    ByteWriter out;
    std::size_t guess = 16;
    for (const auto& entry : entries_) guess += entry.path.size() + entry.target.size() + 56;
    out.reserve(guess);
    out.byte(format_version);
    out.number(entries_.size());
    for (const auto& entry : entries_) encode_entry(out, entry);
    return out.take();
}

Result<Tree> Tree::decode(std::string_view bytes) {
    ByteReader in(bytes);
    if (in.byte() != format_version) return bad("they start with another version");
    constexpr std::uint64_t smallest_entry = 3;  // a whiteout of a path of one byte
    const auto count = in.number();
    if (!in.good() || count > in.left() / smallest_entry) return bad("they hold fewer entries than they promise");
    Tree tree;
    tree.entries_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, in.left() / 8)));
    std::vector<std::size_t> open;  // the folders that hold the entry at hand, as indexes
    for (std::uint64_t i = 0; i < count; ++i) {
        auto entry = decode_entry(in);
        if (!in.good()) return bad("they end too early");
        if (!is_clean(entry.path)) return bad(fmt::format("'{}' is not a clean path", entry.path));
        if (!tree.empty() && !path_less(tree.entries_.back().path, entry.path))
            return bad(fmt::format("'{}' is not in its place", entry.path));
        while (!open.empty() && !is_within(tree.entries_[open.back()].path, entry.path)) open.pop_back();
        if (parent_of(entry.path) != (open.empty() ? std::string_view() : tree.entries_[open.back()].path))
            return bad(fmt::format("the folder of '{}' is missing", entry.path));
        if (entry.type == EntryType::folder) open.push_back(tree.entries_.size());
        tree.entries_.push_back(std::move(entry));
    }
    if (!in.complete()) return bad("something follows their end");
    if (of(tree.entries_) != tree || tree.encode() != bytes) return bad("they are not in canonical form");
    return tree;
}

}  // namespace rockbuild
