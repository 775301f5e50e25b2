// Freeing and checking. What is needed is what a manifest names: a blob of a repository stays while a manifest of that
// repository names it, a content stays while a repository links it. A push that is under way has its blobs before its
// manifest: nothing that was added or asked for within the grace time is touched. The whole collection holds the lock
// that every addition shares, so that nothing appears between looking and removing.
#include "registry/server/storage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

namespace rockbuild {

namespace {

/// When a file was last written or touched; nothing if it is gone.
std::optional<struct stat> status_of(const fs::path& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
    return status;
}

/// Calls `visit` with each link of a kind: path and digest.
template <class Visit>
Result<void> each_link(const fs::path& kind, Visit visit) {
    std::error_code error;
    for (const std::string_view algorithm : {"sha256", "sha512"})
        for (fs::directory_iterator it(kind / algorithm, error), end; !error && it != end; it.increment(error)) {
            const auto path = it->path();
            if (const auto digest = ContentDigest::parse(fmt::format("{}:{}", algorithm, path.filename().native())))
                TRY_VOID(visit(path, *digest));
        }
    return {};
}

/// Calls `visit` with each content: path and the digest that its name says.
template <class Visit>
Result<void> each_blob(const fs::path& blobs, Visit visit) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(blobs, error), end; !error && it != end; it.increment(error)) {
        const auto path = it->path();
        const auto digest = Digest::from_hex(path.parent_path().filename().native() + path.filename().native());
        if (digest) TRY_VOID(visit(path, *digest));
    }
    return {};
}

}  // namespace

Result<RegistryStorage::Freed> RegistryStorage::collect_garbage(std::int64_t now, std::int64_t grace,
                                                                std::int64_t upload_age) {
    const auto lock = TRY(FileLock::acquire(data_ / "lock", FileLock::Kind::exclusive));
    Freed freed;
    std::set<Digest> contents;
    for (const auto& repository : repositories()) {
        std::set<ContentDigest> needed;
        TRY_VOID(each_link(repository_path(repository) / "_manifests",
                           [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
                               const auto content = TRY(linked(path));
                               if (content) contents.insert(*content);
                               const auto stored = TRY(manifest(repository, digest.str()));
                               if (!stored) return {};
                               // A manifest that can't be read keeps everything.
                               const auto facts = TRY(read_manifest_facts(stored->bytes, stored->media_type));
                               for (const auto& blob : facts.blobs) needed.insert(blob.digest);
                               return {};
                           }));
        TRY_VOID(each_link(repository_path(repository) / "_blobs",
                           [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
                               const auto status = status_of(path);
                               if (status && !needed.contains(digest) && status->st_mtim.tv_sec + grace <= now) {
                                   if (::unlink(path.c_str()) != 0) return system_error("remove", path, errno);
                                   ++freed.links;
                               } else if (const auto content = TRY(linked(path))) {
                                   contents.insert(*content);
                               }
                               return {};
                           }));
    }
    TRY_VOID(each_blob(data_ / "blobs", [&](const fs::path& path, const Digest& digest) -> Result<void> {
        const auto status = status_of(path);
        if (!status || contents.contains(digest)) return {};
        if (::unlink(path.c_str()) != 0) return system_error("remove", path, errno);
        ++freed.blobs;
        freed.bytes += static_cast<std::uint64_t>(status->st_size);
        return {};
    }));
    // Sessions, and what killed processes were writing.
    for (const auto* folder : {"uploads", "tmp"}) {
        std::error_code error;
        for (fs::directory_iterator it(data_ / folder, error), end; !error && it != end; it.increment(error)) {
            // A session is as old as its last byte, not as its mark.
            auto bytes = it->path();
            if (bytes.extension() == ".for") bytes.replace_extension();
            const auto status = status_of(bytes);
            if (status && status->st_mtim.tv_sec + upload_age > now) continue;
            if (it->path() == bytes && status) {
                freed.bytes += static_cast<std::uint64_t>(status->st_size);
                ++freed.uploads;
            }
            ::unlink(it->path().c_str());
        }
    }
    return freed;
}

Result<RegistryStorage::Report> RegistryStorage::verify() {
    Report report;
    std::set<Digest> sound;
    TRY_VOID(each_blob(data_ / "blobs", [&](const fs::path& path, const Digest& digest) -> Result<void> {
        const auto fd = TRY(open_file(path, O_RDONLY | O_CLOEXEC));
        Sha256 hash;
        std::string buffer(1 << 20, '\0');
        for (;;) {
            const auto count = ::read(fd.get(), buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return system_error("read", path, errno);
            if (count == 0) break;
            hash.update(buffer.data(), static_cast<std::size_t>(count));
            report.bytes += static_cast<std::uint64_t>(count);
        }
        ++report.blobs;
        if (hash.finish() == digest) sound.insert(digest);
        else report.problems.push_back(fmt::format("{} is damaged: its content has another digest", path.native()));
        return {};
    }));
    for (const auto& repository : repositories()) {
        const auto root = repository_path(repository);
        const auto check = [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
            const auto content = linked(path);
            if (!content || !*content || !sound.contains(**content))
                report.problems.push_back(
                    fmt::format("{} has {}, whose content is missing or damaged", repository, digest.str()));
            return {};
        };
        const auto check_manifest = [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
            ++report.manifests;
            TRY_VOID(check(path, digest));
            const auto stored = TRY(manifest(repository, digest.str()));
            if (!stored) return {};
            if (hash_of(stored->bytes, digest.algorithm()) != digest)
                report.problems.push_back(fmt::format("{} serves another content as {}", repository, digest.str()));
            const auto facts = read_manifest_facts(stored->bytes, stored->media_type);
            if (!facts) {
                report.problems.push_back(fmt::format("{} has {}, which is no manifest: {}", repository, digest.str(),
                                                      facts.error().message));
                return {};
            }
            std::error_code error;
            for (const auto& blob : facts->blobs)
                if (!stored->sparse && !blob.is_foreign &&
                    !fs::exists(link_path(repository, "_blobs", blob.digest), error))
                    report.problems.push_back(fmt::format("{} has {}, whose blob {} is missing", repository,
                                                          digest.str(), blob.digest.str()));
            return {};
        };
        TRY_VOID(each_link(root / "_blobs", check));
        TRY_VOID(each_link(root / "_manifests", check_manifest));
        for (const auto& tag : TRY(tags(repository)))
            if (!TRY(manifest(repository, tag)))
                report.problems.push_back(fmt::format("{}:{} stands for a manifest that is missing", repository, tag));
    }
    return report;
}

}  // namespace rockbuild
