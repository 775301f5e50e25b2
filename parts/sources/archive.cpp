// libarchive gives the members one by one; contents go into the store as they come, everything else into a map by
// clean path. What only shows at the end is looked at there: whether each member lies below folders, and which folders
// at the top all members of a tar share.
#include "parts/sources/archive.hpp"

#include "packages/deb.hpp"
#include "support/relpath.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <sys/stat.h>
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

namespace {

/// Contents up to here are gathered in memory, larger ones go to the disk as they come.
constexpr std::uint64_t small_member = 1 << 20;
constexpr std::size_t longest_name = 4096;
/// Owners beyond can't be had in every build environment; upstream's chown fails for them, and root keeps the file.
constexpr std::int64_t last_owner = 65535;

struct FreeArchive {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

/// Names as archives have them are any bytes: what a message shows of them.
std::string shown_name(std::string_view name) {
    constexpr std::size_t most_shown = 200;
    std::string text;
    for (const auto c : name.substr(0, most_shown)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) text += fmt::format("\\x{:02x}", byte);
        else text += c;
    }
    return name.size() > most_shown ? text + "…" : text;
}

class Unpacking {
public:
    Unpacking(Store& store, const ResolvedSource& source, const std::stop_token& stop, const ArchiveLimits& limits)
        : store_(store), source_(source), stop_(stop), limits_(limits), is_zip_(source.kind == "zip") {}

    Result<Tree> run() {
        TRY_VOID(open());
        archive_entry* member = nullptr;
        for (std::uint64_t count = 0;;) {
            if (stop_.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
            const int code = archive_read_next_header(reader_.get(), &member);
            if (code == ARCHIVE_EOF) break;
            if (code < ARCHIVE_WARN) return damaged();
            if (++count > limits_.entries)
                return too_much(name_of(member), fmt::format("more than {} members", limits_.entries));
            TRY_VOID(take(member));
        }
        if (members_.empty() && !has_root_)
            return fail("RB1077", fmt::format("the source is no {} archive with files in it", source_.kind),
                        "look at what the address gives", ExitCode::bad_data);
        TRY_VOID(check_parents());
        return tree();
    }

private:
    Result<void> open() {
        file_ = TRY(store_.open_blob(source_.file));
        struct stat status{};
        if (::fstat(file_.get(), &status) != 0) return system_error("read", store_.root(), errno);
        packed_ = static_cast<std::uint64_t>(status.st_size);
        reader_.reset(archive_read_new());
        auto* reader = reader_.get();
        if (is_zip_) {
            archive_read_support_format_zip(reader);
        } else {
            archive_read_support_format_tar(reader);
            archive_read_support_filter_gzip(reader);
            archive_read_support_filter_bzip2(reader);
            archive_read_support_filter_xz(reader);
            archive_read_support_filter_lzma(reader);
            archive_read_support_filter_zstd(reader);
        }
        constexpr std::size_t block = 1 << 16;
        if (archive_read_open_fd(reader, file_.get(), block) < ARCHIVE_WARN) return damaged();
        return {};
    }

    static std::string name_of(archive_entry* member) {
        const char* bytes = archive_entry_pathname(member);
        return bytes == nullptr ? std::string() : std::string(bytes);
    }

    Result<void> take(archive_entry* member) {
        if (archive_entry_pathname(member) == nullptr) return refused("", "has no name");
        const auto name = name_of(member);
        const auto path = TRY(clean(name, name));
        if (path.empty()) {
            has_root_ = true;
            return {};
        }
        if (const char* target = archive_entry_hardlink(member); target != nullptr)
            return take_link(name, path, target);
        Entry entry;
        entry.path = path;
        entry.mode = archive_entry_perm(member) & 07777U;
        entry.mtime = archive_entry_mtime(member);
        if (const auto user = archive_entry_uid(member), group = archive_entry_gid(member);
            user >= 0 && user <= last_owner && group >= 0 && group <= last_owner) {
            entry.uid = static_cast<std::uint32_t>(user);
            entry.gid = static_cast<std::uint32_t>(group);
        }
        switch (archive_entry_filetype(member)) {
            case AE_IFREG:
                TRY_VOID(take_content(name, entry, member));
                break;
            case AE_IFDIR:
                entry.type = EntryType::folder;
                break;
            case AE_IFLNK:
                entry.type = EntryType::symlink;
                if (const char* target = archive_entry_symlink(member); target != nullptr) entry.target = target;
                if (entry.target.empty()) return refused(name, "is a link that leads nowhere");
                break;
            default:
                return refused(name, "is neither a file nor a folder nor a link");
        }
        settle(entry);
        members_.insert_or_assign(entry.path, std::move(entry));
        return {};
    }

    /// What upstream's unpackers make of modes, owners and times.
    void settle(Entry& entry) const {
        if (is_zip_) {
            // Times of zips are of an unknown time zone; owners are none; modes are there if the archiver had any.
            entry.mode &= 0777U;
            if (entry.mode == 0) entry.mode = entry.type == EntryType::folder ? 0755 : 0644;
            entry.uid = entry.gid = 0;
            entry.mtime = source_.time;
        } else {
            entry.mode |= 0200U;
            if (source_.clamp) entry.mtime = std::min(entry.mtime, *source_.clamp);
        }
    }

    Result<std::string> clean(const std::string& member, std::string_view text) const {
        if (text.size() > longest_name) return refused(member, "has a name of more than 4096 bytes");
        const auto path = RelPath::from_archive(text);
        if (!path) return refused(member, "leads out of the source");
        return path->str();
    }

    /// Another name of what came before.
    Result<void> take_link(const std::string& name, const std::string& path, const std::string& target) {
        const auto found = members_.find(TRY(clean(name, target)));
        if (found == members_.end() || found->second.type == EntryType::folder)
            return refused(name, fmt::format("is a hard link to '{}', which is no file before it", shown_name(target)));
        if (found->first == path) return {};
        auto& first = found->second;
        if (first.type == EntryType::file && first.link.empty()) first.link = fmt::format("{}", ++groups_);
        auto entry = first;
        entry.path = path;
        members_.insert_or_assign(path, std::move(entry));
        return {};
    }

    Result<void> take_content(const std::string& name, Entry& entry, archive_entry* member) {
        const bool says_size = archive_entry_size_is_set(member) != 0;
        const auto said = says_size ? archive_entry_size(member) : 0;
        if (said < 0) return refused(name, "has a size below nothing");
        TRY_VOID(count(name, static_cast<std::uint64_t>(said)));
        std::string gathered;
        std::unique_ptr<BlobWriter> writer;
        std::uint64_t at = 0;
        const auto add = [&](std::string_view bytes) -> Result<void> {
            at += bytes.size();
            if (!says_size) TRY_VOID(count(name, bytes.size()));
            if (!writer && gathered.size() + bytes.size() <= small_member) {
                gathered += bytes;
                return {};
            }
            if (!writer) {
                writer = TRY(store_.writer());
                TRY_VOID(writer->write(gathered));
            }
            return writer->write(bytes);
        };
        const auto add_hole = [&](std::uint64_t to) -> Result<void> {
            static const std::string zeros(1 << 16, '\0');
            while (at < to)
                TRY_VOID(add(std::string_view(zeros).substr(0, std::min<std::uint64_t>(to - at, zeros.size()))));
            return {};
        };
        for (;;) {
            if (stop_.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
            const void* data = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            const int code = archive_read_data_block(reader_.get(), &data, &size, &offset);
            if (code == ARCHIVE_EOF) break;
            if (code < ARCHIVE_WARN) return damaged(name);
            if (size == 0) continue;
            const auto begin = static_cast<std::uint64_t>(offset);
            if (offset < 0 || begin < at || (says_size && begin + size > static_cast<std::uint64_t>(said)))
                return refused(name, "has contents outside of its size");
            TRY_VOID(add_hole(begin));
            TRY_VOID(add({static_cast<const char*>(data), size}));
        }
        if (says_size) TRY_VOID(add_hole(static_cast<std::uint64_t>(said)));
        const auto blob = writer ? TRY(writer->finish()) : TRY(store_.put(gathered));
        entry.digest = blob.digest;
        entry.size = blob.size;
        return {};
    }

    Result<void> count(const std::string& name, std::uint64_t bytes) {
        if (bytes > limits_.bytes - std::min(limits_.bytes, unpacked_))
            return too_much(name, fmt::format("contents of more than {} bytes", limits_.bytes));
        unpacked_ += bytes;
        if (unpacked_ > limits_.small && unpacked_ / limits_.ratio > packed_)
            return too_much(name, fmt::format("contents of more than {} times its own size", limits_.ratio));
        return {};
    }

    /// Nobody writes through a link that the archive made itself.
    Result<void> check_parents() const {
        for (const auto& [path, entry] : members_)
            for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
                const auto found = members_.find(std::string(parent));
                if (found == members_.end() || found->second.type == EntryType::folder) continue;
                const auto* what = found->second.type == EntryType::symlink ? "a link" : "a file";
                return refused(path, fmt::format("lies below '{}', which is {}", shown_name(parent), what));
            }
        return {};
    }

    /// The folder that all members of a tar lie in, and that goes (§8.3): the longest text that all names begin with,
    /// if it is a folder to each of them; else the folder above it.
    std::string shared_folder() const {
        if (is_zip_ || has_root_) return {};
        std::string common = members_.begin()->first;
        for (const auto& [path, entry] : members_)
            common.resize(static_cast<std::size_t>(
                std::mismatch(common.begin(), common.end(), path.begin(), path.end()).first - common.begin()));
        for (const auto& [path, entry] : members_) {
            const bool is_itself = entry.type == EntryType::folder && path == common;
            if (path.starts_with(common + "/") || is_itself) continue;
            const auto slash = common.rfind('/');
            return slash == std::string::npos ? std::string() : common.substr(0, slash);
        }
        return common;
    }

    Tree tree() {
        const auto folder = shared_folder();
        std::vector<Entry> entries;
        entries.reserve(members_.size());
        for (auto& [path, entry] : members_) {
            if (path == folder) continue;
            if (!folder.empty()) entry.path.erase(0, folder.size() + 1);
            entries.push_back(std::move(entry));
        }
        name_link_groups(entries);
        return with_parents(std::move(entries));
    }

    /// A group is called by its first name; one whose other names were replaced is none.
    static void name_link_groups(std::vector<Entry>& entries) {
        std::map<std::string, std::vector<Entry*>> groups;
        for (auto& entry : entries)
            if (!entry.link.empty()) groups[entry.link].push_back(&entry);
        for (auto& [number, group] : groups) {
            const auto first =
                (*std::ranges::min_element(group, path_less, [](const auto* e) { return e->path; }))->path;
            for (auto* entry : group) entry->link = group.size() > 1 ? first : std::string();
        }
    }

    /// Folders that no member names are made when the source is fetched.
    Tree with_parents(std::vector<Entry> entries) const {
        auto whole = Tree::of(entries).entries();
        std::ranges::sort(entries, path_less, &Entry::path);
        for (auto& entry : whole)
            if (!std::ranges::binary_search(entries, entry.path, path_less, &Entry::path)) entry.mtime = source_.time;
        return Tree::of(std::move(whole));
    }

    std::unexpected<Diagnostic> damaged(const std::string& member = {}) const {
        const char* text = archive_error_string(reader_.get());
        const std::string at = member.empty() ? "" : fmt::format(" at its member '{}'", shown_name(member));
        return fail("RB1077",
                    fmt::format("the source can't be read as a {} archive{}: {}", source_.kind, at,
                                text != nullptr ? text : "it is damaged"),
                    "look at what the address gives; if it is whole, name its kind with source-type",
                    ExitCode::bad_data);
    }
    std::unexpected<Diagnostic> refused(const std::string& member, const std::string& why) const {
        return fail("RB1078", fmt::format("the archive's member '{}' {}", shown_name(member), why),
                    "don't use this archive, or unpack what you need of it in override-pull", ExitCode::bad_data);
    }
    std::unexpected<Diagnostic> too_much(const std::string& member, const std::string& what) const {
        return fail("RB1079",
                    fmt::format("with its member '{}' the archive holds {}: that is taken for an attack",
                                shown_name(member), what),
                    "unpack it in override-pull if it is meant so", ExitCode::bad_data);
    }

    Store& store_;
    const ResolvedSource& source_;
    std::stop_token stop_;
    ArchiveLimits limits_;
    bool is_zip_;
    Fd file_;
    std::uint64_t packed_ = 0;
    std::uint64_t unpacked_ = 0;
    std::unique_ptr<archive, FreeArchive> reader_;
    std::map<std::string, Entry> members_;
    bool has_root_ = false;
    std::size_t groups_ = 0;
};

}  // namespace

Result<Tree> unpack_archive(Store& store, const ResolvedSource& source, const std::stop_token& stop,
                            const ArchiveLimits& limits) {
    return Unpacking(store, source, stop, limits).run();
}

Result<Tree> unpack_deb_source(Store& store, const ResolvedSource& source) {
    auto tree = unpack_deb(store, source.file, source.clamp);
    if (!tree && tree.error().code == "RB0820")
        return fail("RB1077", fmt::format("the source can't be read as a Debian package: {}", tree.error().message),
                    "look at what the address gives", ExitCode::bad_data);
    if (!tree) return tree;
    for (const auto& entry : tree->entries())
        if (entry.type != EntryType::file && entry.type != EntryType::folder && entry.type != EntryType::symlink)
            return fail("RB1078",
                        fmt::format("the package's member '{}' is neither a file nor a folder nor a link", entry.path),
                        "don't use this package, or unpack what you need of it in override-pull", ExitCode::bad_data);
    return tree;
}

}  // namespace rockbuild
