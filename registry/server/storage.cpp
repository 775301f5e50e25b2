#include "registry/server/storage.hpp"

#include "registry/reference.hpp"
#include "registry/server/storage_files.hpp"
#include "system/host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::string_view store_layout = "rockbuild store 1\n";  // the blobs' format is the store's
/// A link touched longer ago than this is touched again when somebody asks whether the blob is there.
constexpr std::int64_t fresh_seconds = 60;

std::string file_name(const ContentDigest& digest) {
    return std::string(digest.algorithm_name()) + "-" + digest.encoded();
}

std::optional<ContentDigest> from_file_name(std::string name) {
    if (const auto dash = name.find('-'); dash != std::string::npos) name[dash] = ':';
    auto digest = ContentDigest::parse(name);
    return digest ? std::optional(*std::move(digest)) : std::nullopt;
}

/// Sorted; empty if there is no such folder. What can't be read is an error: it must not look like nothing.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator it(folder, error);
    for (const fs::directory_iterator end; !error && it != end; it.increment(error))
        names.push_back(it->path().filename().native());
    if (error && error != std::errc::no_such_file_or_directory) return system_error("read", folder, error.value());
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::string random_file_name() {
    std::array<std::uint8_t, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
    std::string name;
    for (const auto byte : bytes) name += fmt::format("{:02x}", byte);
    return name;
}

Result<bool> unlink_if_any(const fs::path& path) {
    if (::unlink(path.c_str()) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return system_error("remove", path, errno);
}

Result<std::unique_ptr<RegistryStorage>> RegistryStorage::open(const fs::path& data, bool make, std::uint64_t quota) {
    std::error_code error;
    if (!make && !fs::exists(data / "format", error))
        return fail("RB1514", fmt::format("there is no registry in '{}'", data.native()),
                    "name its folder with --data; `rockbuild registry serve` makes one", ExitCode::no_input);
    const bool is_new = !fs::exists(data, error);
    TRY_VOID(make_folders(data));
    // What a password protects must not be open to the machine's other users.
    if (is_new && ::chmod(data.c_str(), 0700) != 0) return system_error("close", data, errno);
    std::unique_ptr<RegistryStorage> storage(new RegistryStorage(data, quota));
    if (const auto format = TRY(read_file_if_any(data / "format")); !format) {
        if (!fs::is_empty(data))
            return fail("RB1510", fmt::format("'{}' holds something else than a registry", data.native()),
                        "name an empty or a new folder with --data", ExitCode::usage);
        TRY_VOID(write_file(data / "format", store_layout));
    } else if (*format != store_layout) {
        return fail("RB1510", fmt::format("'{}' was made by another version of rockbuild", data.native()),
                    "name another folder with --data", ExitCode::unable);
    }
    for (const auto* folder : {"blobs", "repositories", "uploads", "tmp"}) TRY_VOID(make_folders(data / folder));
    if (quota != 0) storage->used_ = storage->disk_use();
    return storage;
}

std::uint64_t RegistryStorage::disk_use() const {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto* folder : {"blobs", "uploads"})
        for (fs::recursive_directory_iterator it(data_ / folder, error), end; !error && it != end; it.increment(error))
            if (it->is_regular_file(error)) bytes += it->file_size(error);
    return bytes;
}

fs::path RegistryStorage::blob_path(const Digest& digest) const {
    const auto hex = digest.hex();
    return data_ / "blobs" / hex.substr(0, 2) / hex.substr(2);
}

fs::path RegistryStorage::link_path(const std::string& repository, std::string_view kind,
                                    const ContentDigest& digest) const {
    return repository_path(repository) / kind / digest.algorithm_name() / digest.encoded();
}

Result<void> RegistryStorage::take_room(std::uint64_t bytes) {
    if (quota_ == 0) return {};
    constexpr double count_interval = 5;
    std::unique_lock guard(mutex_);
    if (used_ + bytes > quota_ && monotonic_seconds() >= next_count_) {  // the garbage collector may have been here
        next_count_ = monotonic_seconds() + count_interval;
        guard.unlock();
        const auto counted = disk_use();
        guard.lock();
        used_ = counted;
    }
    if (used_ + bytes > quota_)
        return fail("RB1513", "the registry's quota is used up", "remove images and run `rockbuild registry gc`",
                    ExitCode::cannot_write);
    used_ += bytes;
    return {};
}

/// A small file by one rename, synced.
Result<void> RegistryStorage::write(const fs::path& path, std::string_view text) {
    const auto temporary = data_ / "tmp" / random_file_name();
    const auto fd = TRY(open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644));
    auto done = write_all(fd.get(), text, path);
    if (done && ::fdatasync(fd.get()) != 0) done = system_error("write", path, errno);
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0) {
        if (errno == ENOENT) done = make_folders(path.parent_path());
        if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = system_error("write", path, errno);
    }
    if (!done) ::unlink(temporary.c_str());
    return done;
}

/// `file` becomes the blob of that digest.
Result<void> RegistryStorage::publish(const fs::path& file, const Digest& digest) {
    const auto path = blob_path(digest);
    if (::chmod(file.c_str(), 0444) != 0) return system_error("set the mode of", file, errno);
    if (::rename(file.c_str(), path.c_str()) == 0) return {};
    if (errno != ENOENT) return system_error("rename to", path, errno);
    TRY_VOID(make_folders(path.parent_path()));
    if (::rename(file.c_str(), path.c_str()) != 0) return system_error("rename to", path, errno);
    return {};
}

/// The SHA-256 that a link's first line names.
Result<std::optional<Digest>> RegistryStorage::linked(const fs::path& link) const {
    const auto text = TRY(read_file_if_any(link));
    if (!text) return std::nullopt;
    return TRY(Digest::from_hex(std::string_view(*text).substr(0, text->find('\n'))));
}

bool RegistryStorage::has_repository(const std::string& repository) const {
    std::error_code error;
    const auto path = repository_path(repository);
    return fs::exists(path / "_manifests", error) || fs::exists(path / "_blobs", error);
}

Result<std::optional<StoredBlob>> RegistryStorage::blob(const std::string& repository, const ContentDigest& digest,
                                                        bool about_to_use) {
    const auto link = link_path(repository, "_blobs", digest);
    struct stat status{};
    if (::stat(link.c_str(), &status) != 0) return std::nullopt;
    std::optional<FileLock> lock;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (about_to_use && now.tv_sec - status.st_mtim.tv_sec > fresh_seconds) {
        // On a disk that can't be written nobody collects garbage either.
        if (auto got = adding()) lock = *std::move(got);
        if (::utimensat(AT_FDCWD, link.c_str(), nullptr, 0) != 0 && errno == ENOENT) return std::nullopt;
    }
    const auto content = digest.algorithm() == HashAlgorithm::sha256
                             ? std::optional(TRY(Digest::from_hex(digest.encoded())))
                             : TRY(linked(link));
    if (!content) return std::nullopt;
    StoredBlob blob;
    blob.file = Fd(::open(blob_path(*content).c_str(), O_RDONLY | O_CLOEXEC));
    if (!blob.file) {
        if (errno == ENOENT) return std::nullopt;
        return system_error("open", blob_path(*content), errno);
    }
    if (::fstat(blob.file.get(), &status) != 0) return system_error("read", blob_path(*content), errno);
    blob.size = static_cast<std::uint64_t>(status.st_size);
    return blob;
}

Result<bool> RegistryStorage::remove_blob(const std::string& repository, const ContentDigest& digest) {
    return unlink_if_any(link_path(repository, "_blobs", digest));
}

Result<bool> RegistryStorage::mount(const std::string& repository, const ContentDigest& digest,
                                    const std::string& source) {
    const auto lock = TRY(adding());
    std::vector<std::string> from{source};
    if (source.empty()) from = TRY(repositories());
    for (const auto& other : from) {
        const auto content = TRY(linked(link_path(other, "_blobs", digest)));
        std::error_code error;
        if (!content || !fs::exists(blob_path(*content), error)) continue;
        TRY_VOID(write(link_path(repository, "_blobs", digest), content->hex() + "\n"));
        return true;
    }
    return false;
}

Result<std::optional<StoredManifest>> RegistryStorage::manifest(const std::string& repository,
                                                                const std::string& tag_or_digest) {
    auto digest = ContentDigest::parse(tag_or_digest);
    if (!digest) {
        if (!is_tag(tag_or_digest)) return std::nullopt;
        const auto text = TRY(read_file_if_any(repository_path(repository) / "_tags" / tag_or_digest));
        if (!text) return std::nullopt;
        digest = TRY(ContentDigest::parse(*text));
    }
    const auto link = TRY(read_file_if_any(link_path(repository, "_manifests", *digest)));
    if (!link) return std::nullopt;
    const auto first = link->find('\n');
    const auto second = link->find('\n', first + 1);
    const auto content = TRY(Digest::from_hex(std::string_view(*link).substr(0, first)));
    auto bytes = TRY(read_file_if_any(blob_path(content)));
    if (!bytes || first == std::string::npos) return std::nullopt;
    return StoredManifest{.digest = *digest,
                          .media_type = link->substr(first + 1, second - first - 1),
                          .bytes = *std::move(bytes),
                          .sparse = second != std::string::npos && link->find("sparse", second) != std::string::npos};
}

Result<std::vector<ContentDigest>> RegistryStorage::put_manifest(
    const std::string& repository, const ContentDigest& digest, std::string_view bytes, const ManifestFacts& facts,
    const std::vector<std::string>& tags, const std::optional<std::string>& expected, bool may_lack) {
    const auto lock = TRY(adding());
    std::vector<ContentDigest> missing;
    // Touched: whoever collects garbage now looks again before removing anything.
    for (const auto& blob : facts.blobs)
        if (!blob.is_foreign &&
            ::utimensat(AT_FDCWD, link_path(repository, "_blobs", blob.digest).c_str(), nullptr, 0) != 0)
            missing.push_back(blob.digest);
    if (!missing.empty() && !may_lack) return missing;

    const auto content = TRY(Digest::from_hex(hash_of(bytes).encoded()));
    if (::utimensat(AT_FDCWD, blob_path(content).c_str(), nullptr, 0) != 0) {
        TRY_VOID(take_room(bytes.size()));
        const auto temporary = data_ / "tmp" / random_file_name();
        TRY_VOID(write(temporary, bytes));
        TRY_VOID(publish(temporary, content));
    }
    TRY_VOID(write(link_path(repository, "_manifests", digest),
                   content.hex() + "\n" + facts.media_type + (missing.empty() ? "\n" : "\nsparse\n")));
    if (facts.subject)
        TRY_VOID(write(repository_path(repository) / "_referrers" / file_name(*facts.subject) / file_name(digest), ""));
    const std::lock_guard guard(tags_);
    const auto folder = repository_path(repository) / "_tags";
    if (expected && !tags.empty()) {
        // Other processes on the same folder are kept out too.
        const auto swap = TRY(FileLock::acquire(data_ / "tags.lock", FileLock::Kind::exclusive));
        if (TRY(read_file_if_any(folder / tags.front())).value_or("") != *expected)
            return fail("RB1512", "the tag has changed meanwhile", "read it again");
        for (const auto& tag : tags) TRY_VOID(write(folder / tag, digest.str()));
        return missing;
    }
    for (const auto& tag : tags) TRY_VOID(write(folder / tag, digest.str()));
    return missing;
}

Result<bool> RegistryStorage::remove_tag(const std::string& repository, const std::string& tag) {
    if (!is_tag(tag)) return false;
    return unlink_if_any(repository_path(repository) / "_tags" / tag);
}

Result<bool> RegistryStorage::remove_manifest(const std::string& repository, const ContentDigest& digest) {
    const auto stored = TRY(manifest(repository, digest.str()));
    if (!stored) return false;
    if (const auto facts = read_manifest_facts(stored->bytes, stored->media_type); facts && facts->subject)
        TRY_VOID(
            unlink_if_any(repository_path(repository) / "_referrers" / file_name(*facts->subject) / file_name(digest)));
    const auto folder = repository_path(repository) / "_tags";
    for (const auto& tag : TRY(names_in(folder)))
        if (TRY(read_file_if_any(folder / tag)) == digest.str()) TRY_VOID(unlink_if_any(folder / tag));
    return unlink_if_any(link_path(repository, "_manifests", digest));
}

Result<std::vector<std::string>> RegistryStorage::tags(const std::string& repository) const {
    return names_in(repository_path(repository) / "_tags");
}

Result<std::vector<ContentDigest>> RegistryStorage::referrers(const std::string& repository,
                                                              const ContentDigest& subject) const {
    std::vector<ContentDigest> found;
    for (auto& name : TRY(names_in(repository_path(repository) / "_referrers" / file_name(subject))))
        if (auto digest = from_file_name(std::move(name))) found.push_back(*std::move(digest));
    return found;
}

Result<std::vector<std::string>> RegistryStorage::repositories() const {
    std::vector<std::string> found;
    std::error_code error;
    const auto root = data_ / "repositories";
    fs::recursive_directory_iterator it(root, error);
    for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
        if (!it->path().filename().native().starts_with('_')) continue;
        it.disable_recursion_pending();
        found.push_back(it->path().parent_path().lexically_relative(root).native());
    }
    if (error) return system_error("read", root, error.value());
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace rockbuild
