#include "image/layer_reader.hpp"

#include "image/whiteout.hpp"

#include "support/relpath.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::string_view aufs_prefix = ".wh..wh.";  // aufs' own files: no content of the image
constexpr std::string_view capability = "security.capability";
/// Contents up to here are gathered in memory, larger ones go to the disk as they come.
constexpr std::uint64_t small_content = 1 << 20;
constexpr std::uint64_t longest_path = 4096;

/// A version 3 capability names the user namespace's root (its last 4 bytes), which means nothing in an image.
std::string version_2(std::string value) {
    constexpr std::size_t size_2 = 20, size_3 = 24;
    constexpr char revision_2 = 2, revision_3 = 3;
    if (value.size() == size_3 && value[3] == revision_3) {  // little-endian magic, revision in its top byte
        value.resize(size_2);
        value[3] = revision_2;
    }
    return value;
}

class LayerReader {
public:
    LayerReader(TarReader& tar, Store& store, const LayerLimits& limits, const std::string& name)
        : tar_(tar), store_(store), limits_(limits), name_(name) {}

    Result<Tree> run() {
        std::uint64_t count = 0;
        while (auto record = TRY(tar_.next())) {
            if (++count > limits_.entries) return too_much(fmt::format("more than {} members", limits_.entries));
            TRY_VOID(take(*record));
        }
        add_whiteouts();
        TRY_VOID(check_parents());
        name_link_groups();
        std::vector<Entry> entries;
        entries.reserve(entries_.size());
        for (auto& [path, entry] : entries_) entries.push_back(std::move(entry));
        return Tree::of(std::move(entries));
    }

private:
    Result<void> take(TarRecord& record) {
        const auto clean = TRY(clean_path(record.name));
        if (clean.empty() || record.is_socket) return {};
        const auto name = clean.name();
        if (name.starts_with(whiteout_prefix)) return take_marker(clean);
        auto entry = record.hard_link ? TRY(linked(clean.str(), *record.hard_link)) : std::move(record.entry);
        entry.path = clean.str();
        if (!record.hard_link && entry.type == EntryType::file) TRY_VOID(take_content(entry));
        if (const auto found = entry.xattrs.find(std::string(capability)); found != entry.xattrs.end())
            found->second = version_2(std::move(found->second));
        entries_.insert_or_assign(entry.path, std::move(entry));
        return {};
    }

    Result<RelPath> clean_path(const std::string& text) const {
        if (text.size() > longest_path) return bad("a name of more than 4096 bytes");
        auto path = RelPath::from_archive(text);
        if (!path) return bad(path.error().message);
        return path;
    }

    Result<void> take_marker(const RelPath& path) {
        const auto folder = path.parent();
        if (path.name() == opaque_marker) {
            if (folder.empty()) return bad("it hides the whole root");
            opaque_.insert(folder.str());
            return {};
        }
        if (path.name().starts_with(aufs_prefix)) return {};
        const auto name = path.name().substr(whiteout_prefix.size());
        if (name.empty() || name == "." || name == "..") return bad(fmt::format("'{}' hides no name", path.str()));
        whiteouts_.insert((folder / name).str());
        return {};
    }

    /// Another name of what came before.
    Result<Entry> linked(const std::string& path, const std::string& target) {
        const auto clean = TRY(clean_path(target));
        const auto found = entries_.find(clean.str());
        if (found == entries_.end() || found->second.type == EntryType::folder)
            return bad(fmt::format("'{}' is a hard link to '{}', which is no file before it", path, target));
        auto& first = found->second;
        if (first.type == EntryType::file && first.link.empty()) first.link = fmt::format("{}", ++groups_);
        return first;
    }

    Result<void> take_content(Entry& entry) {
        if (entry.size > limits_.bytes - bytes_)
            return too_much(fmt::format("contents of more than {} bytes", limits_.bytes));
        bytes_ += entry.size;
        auto blob = entry.size <= small_content ? take_small(entry) : take_large(entry);
        if (!blob) return std::unexpected(std::move(blob).error());
        if (blob->size != entry.size) return bad(fmt::format("'{}' has another size than it says", entry.path));
        entry.digest = blob->digest;
        return {};
    }

    Result<Blob> take_small(const Entry& entry) {
        std::string bytes(entry.size, '\0');  // holes stay zeros
        while (const auto part = TRY(tar_.content())) {
            if (part->offset > entry.size || part->bytes.size() > entry.size - part->offset) return outside(entry);
            bytes.replace(part->offset, part->bytes.size(), part->bytes);
        }
        return store_.put(bytes);
    }

    Result<Blob> take_large(const Entry& entry) {
        const auto writer = TRY(store_.writer());
        std::uint64_t at = 0;
        while (const auto part = TRY(tar_.content())) {
            if (part->offset < at || part->offset > entry.size || part->bytes.size() > entry.size - part->offset)
                return outside(entry);
            TRY_VOID(write_zeros(*writer, part->offset - at));
            TRY_VOID(writer->write(part->bytes));
            at = part->offset + part->bytes.size();
        }
        TRY_VOID(write_zeros(*writer, entry.size - at));
        return writer->finish();
    }

    static Result<void> write_zeros(BlobWriter& writer, std::uint64_t count) {
        static const std::string zeros(1 << 16, '\0');
        for (; count > 0; count -= std::min<std::uint64_t>(count, zeros.size()))
            TRY_VOID(writer.write(std::string_view(zeros).substr(0, std::min<std::uint64_t>(count, zeros.size()))));
        return {};
    }

    Result<void> check_parents() const {
        for (const auto& [path, entry] : entries_)
            for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
                const auto found = entries_.find(std::string(parent));
                if (found == entries_.end()) continue;
                if (found->second.type != EntryType::folder)
                    return bad(fmt::format("'{}' lies below '{}', which is no folder", path, parent));
                break;  // what is above it was checked with it
            }
        return {};
    }

    /// A whiteout beside an entry of the same name hides only what lies below this layer.
    void add_whiteouts() {
        for (const auto& path : whiteouts_) {
            const auto [found, is_new] = entries_.try_emplace(path);
            if (is_new) {
                found->second.path = path;
                found->second.type = EntryType::whiteout;
                found->second.mode = 0;
            } else if (found->second.type == EntryType::folder) {
                found->second.opaque = true;
            }
        }
        for (const auto& path : opaque_) {
            const auto [found, is_new] = entries_.try_emplace(path);
            auto& folder = found->second;
            if (is_new) {
                folder.path = path;
                folder.type = EntryType::folder;
                folder.mode = 0755;
            }
            if (folder.type == EntryType::folder) folder.opaque = true;
        }
    }

    /// A group's link is its smallest path; a group of one is none.
    void name_link_groups() {
        std::unordered_map<std::string, std::vector<Entry*>> groups;
        for (auto& [path, entry] : entries_)
            if (!entry.link.empty()) groups[entry.link].push_back(&entry);
        for (auto& [number, names] : groups)
            for (auto* entry : names) entry->link = names.size() == 1 ? std::string() : names.front()->path;
    }

    std::unexpected<Diagnostic> bad(std::string_view what) const {
        return fail("RB0723", fmt::format("'{}' can't be read as a layer: {}", name_, what), {}, ExitCode::bad_data);
    }
    std::unexpected<Diagnostic> outside(const Entry& entry) const {
        return bad(fmt::format("the content of '{}' reaches beyond its size", entry.path));
    }
    std::unexpected<Diagnostic> too_much(std::string_view what) const {
        return fail("RB0724", fmt::format("'{}' unpacks to {}, which no layer of its size should", name_, what), {},
                    ExitCode::bad_data);
    }

    TarReader& tar_;
    Store& store_;
    const LayerLimits& limits_;
    const std::string& name_;
    std::map<std::string, Entry> entries_;
    std::set<std::string> whiteouts_;
    std::set<std::string> opaque_;
    std::uint64_t bytes_ = 0;
    std::uint64_t groups_ = 0;
};

}  // namespace

Result<Tree> read_layer(TarReader& tar, Store& store, const LayerLimits& limits, const std::string& name) {
    return LayerReader(tar, store, limits, name).run();
}

}  // namespace rockbuild
