#include "image/archive_stream.hpp"

#include "support/relpath.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cerrno>
#include <limits>

namespace rockbuild {

namespace {

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeReader>;

std::unexpected<Diagnostic> bad(const std::string& name, std::string_view what) {
    return fail("RB0723", fmt::format("'{}' can't be read as a tar: {}", name, what), {}, ExitCode::bad_data);
}

/// What libarchive's callback pulls from, and the error that came from there: it wins over libarchive's own words.
struct Feed {
    ByteSource source;
    std::string name;
    std::optional<Diagnostic> error;
    Reader reader;

    std::unexpected<Diagnostic> failed() const {
        if (error) return std::unexpected(*error);
        const char* text = archive_error_string(reader.get());
        return bad(name, text != nullptr ? text : "it is damaged");
    }
};

la_ssize_t feed_on(archive* reader, void* data, const void** buffer) {
    auto& feed = *static_cast<Feed*>(data);
    auto bytes = feed.source();
    if (!bytes) {
        feed.error = std::move(bytes).error();
        archive_set_error(reader, EIO, "%s", "the source failed");
        return ARCHIVE_FATAL;
    }
    *buffer = bytes->data();
    return static_cast<la_ssize_t>(bytes->size());
}

/// RETRY means that libarchive would skip on behind damage: only a warning is no end.
bool is_end(int code) { return code < ARCHIVE_WARN; }

std::string bytes_or_none(const char* text) { return text == nullptr ? std::string() : std::string(text); }

std::optional<EntryType> entry_type(unsigned type) {
    switch (type) {
        case AE_IFREG:
            return EntryType::file;
        case AE_IFDIR:
            return EntryType::folder;
        case AE_IFLNK:
            return EntryType::symlink;
        case AE_IFCHR:
            return EntryType::character_device;
        case AE_IFBLK:
            return EntryType::block_device;
        case AE_IFIFO:
            return EntryType::fifo;
        default:
            return std::nullopt;
    }
}

bool fits_32_bits(std::int64_t number) { return number >= 0 && number <= std::numeric_limits<std::uint32_t>::max(); }

std::map<std::string, std::string> xattrs_of(archive_entry* from) {
    std::map<std::string, std::string> xattrs;
    archive_entry_xattr_reset(from);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK)
        xattrs.insert_or_assign(name, std::string(static_cast<const char*>(value), size));
    return xattrs;
}

}  // namespace

struct Decompressor::State : Feed {};

Decompressor::Decompressor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;

Result<Decompressor> Decompressor::open(ByteSource source, std::string name) {
    auto state = std::make_unique<State>();
    state->source = std::move(source);
    state->name = std::move(name);
    state->reader.reset(archive_read_new());
    auto* reader = state->reader.get();
    archive_read_support_format_raw(reader);
    archive_read_support_format_empty(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_filter_xz(reader);
    archive_entry* entry = nullptr;
    if (is_end(archive_read_open(reader, state.get(), nullptr, feed_on, nullptr))) return state->failed();
    const int code = archive_read_next_header(reader, &entry);
    if (is_end(code)) return state->failed();
    if (code == ARCHIVE_EOF) state->reader.reset();
    return Decompressor(std::move(state));
}

Result<std::string_view> Decompressor::next() {
    if (!state_->reader) return std::string_view();
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    // An empty block is not the end.
    while (size == 0) {
        const int code = archive_read_data_block(state_->reader.get(), &data, &size, &offset);
        if (code == ARCHIVE_EOF) return std::string_view();
        if (is_end(code)) return state_->failed();
    }
    return std::string_view(static_cast<const char*>(data), size);
}

struct TarReader::State : Feed {};

TarReader::TarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarReader::~TarReader() = default;
TarReader::TarReader(TarReader&&) noexcept = default;

Result<TarReader> TarReader::open(ByteSource source, std::string name) {
    auto state = std::make_unique<State>();
    state->source = std::move(source);
    state->name = std::move(name);
    state->reader.reset(archive_read_new());
    archive_read_support_format_tar(state->reader.get());
    archive_read_support_format_empty(state->reader.get());
    if (is_end(archive_read_open(state->reader.get(), state.get(), nullptr, feed_on, nullptr))) return state->failed();
    return TarReader(std::move(state));
}

Result<TarReader> TarReader::open_file(const std::string& path) {
    constexpr std::size_t block = 1 << 16;
    auto state = std::make_unique<State>();
    state->name = path;
    state->reader.reset(archive_read_new());
    archive_read_support_format_tar(state->reader.get());
    archive_read_support_format_empty(state->reader.get());
    archive_read_support_filter_gzip(state->reader.get());
    archive_read_support_filter_zstd(state->reader.get());
    if (is_end(archive_read_open_filename(state->reader.get(), path.c_str(), block))) return state->failed();
    return TarReader(std::move(state));
}

Result<std::optional<TarRecord>> TarReader::next() {
    archive_entry* from = nullptr;
    const int code = archive_read_next_header(state_->reader.get(), &from);
    if (code == ARCHIVE_EOF) return std::nullopt;
    if (is_end(code)) return state_->failed();

    // Names as bytes: libarchive keeps them raw where it can't convert them (then it also warns).
    const char* name = archive_entry_pathname(from);
    if (name == nullptr) return bad(state_->name, "a member has no name");
    TarRecord record{.name = name};
    if (const char* link = archive_entry_hardlink(from); link != nullptr) {
        record.hard_link = link;
        return record;
    }
    const auto type = entry_type(archive_entry_filetype(from));
    record.is_socket = !type;
    if (!fits_32_bits(archive_entry_uid(from)) || !fits_32_bits(archive_entry_gid(from)) ||
        archive_entry_size(from) < 0)
        return bad(state_->name, fmt::format("the size or the owner of '{}' is no number of 32 bits", record.name));
    auto& entry = record.entry;
    entry.type = type.value_or(EntryType::file);
    entry.mode = archive_entry_perm(from) & 07777U;
    entry.uid = static_cast<std::uint32_t>(archive_entry_uid(from));
    entry.gid = static_cast<std::uint32_t>(archive_entry_gid(from));
    entry.mtime = archive_entry_mtime(from);
    entry.xattrs = xattrs_of(from);
    if (entry.type == EntryType::file) entry.size = static_cast<std::uint64_t>(archive_entry_size(from));
    if (entry.type == EntryType::symlink) entry.target = bytes_or_none(archive_entry_symlink(from));
    if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
        entry.major = static_cast<std::uint32_t>(archive_entry_rdevmajor(from));
        entry.minor = static_cast<std::uint32_t>(archive_entry_rdevminor(from));
    }
    return record;
}

Result<std::optional<TarReader::Part>> TarReader::content() {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int code = archive_read_data_block(state_->reader.get(), &data, &size, &offset);
    if (code == ARCHIVE_EOF) return std::nullopt;
    if (is_end(code)) return state_->failed();
    if (offset < 0) return bad(state_->name, "a content has a part before its start");
    return Part{static_cast<std::uint64_t>(offset), {static_cast<const char*>(data), size}};
}

Result<std::vector<MemberPlace>> member_places(const std::string& path) {
    constexpr std::size_t block = 1 << 16;
    Feed feed;
    feed.name = path;
    feed.reader.reset(archive_read_new());
    auto* reader = feed.reader.get();
    archive_read_support_format_tar(reader);
    archive_read_support_format_empty(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_zstd(reader);
    if (is_end(archive_read_open_filename(reader, path.c_str(), block))) return feed.failed();
    std::vector<MemberPlace> places;
    for (;;) {
        archive_entry* entry = nullptr;
        const int code = archive_read_next_header(reader, &entry);
        if (code == ARCHIVE_EOF) return places;
        if (is_end(code)) return feed.failed();
        const auto clean = RelPath::from_archive(bytes_or_none(archive_entry_pathname(entry)));
        const bool is_file = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
        if (!clean || !is_file || archive_entry_sparse_count(entry) > 0 || archive_entry_size(entry) < 0) continue;
        // The format has read the header, all of it: the content is next.
        const auto offset = archive_filter_count(reader) > 1 ? 0 : archive_filter_bytes(reader, 0);
        places.push_back(
            {clean->str(), static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(archive_entry_size(entry))});
    }
}

}  // namespace rockbuild
