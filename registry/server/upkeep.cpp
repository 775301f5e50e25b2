// Freeing and checking. What is needed is what a manifest names: a blob of a repository stays while a manifest of that
// repository names it, a content stays while a repository links it.
//
// Pushes go on meanwhile. Whoever adds or is about to use something touches it, under the lock that all additions
// share; what is to be removed is looked at again, a few at a time, under the same lock held alone: was it touched
// since the collection began, it stays. Within the grace time nothing goes either, nor any blob of a repository into
// which an upload is running: a push has its blobs before its manifest. What can't be read ends the collection before
// anything is removed.
#include "registry/server/storage.hpp"
#include "registry/server/storage_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace rockbuild {

namespace {

constexpr std::size_t removed_at_once = 64;
/// File times tick coarsely.
constexpr std::int64_t tick = 20'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

std::int64_t now_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

std::optional<struct stat> status_of(const fs::path& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
    return status;
}

/// Calls `visit` with each file below `folder`, which need not be there.
template <class Visit>
Result<void> each_file(const fs::path& folder, Visit visit) {
    std::error_code error;
    fs::recursive_directory_iterator it(folder, error);
    for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
        std::error_code gone;
        if (it->is_directory(gone)) continue;
        TRY_VOID(visit(it->path()));
    }
    if (error && error != std::errc::no_such_file_or_directory) return system_error("read", folder, error.value());
    return {};
}

/// Calls `visit` with each link of a kind: path and digest.
template <class Visit>
Result<void> each_link(const fs::path& kind, Visit visit) {
    return each_file(kind, [&](const fs::path& path) -> Result<void> {
        const auto algorithm = path.parent_path().filename().native();
        const auto digest = ContentDigest::parse(algorithm + ":" + path.filename().native());
        return digest ? visit(path, *digest) : Result<void>();
    });
}

/// Calls `visit` with each content: path and the digest that its name says.
template <class Visit>
Result<void> each_blob(const fs::path& blobs, Visit visit) {
    return each_file(blobs, [&](const fs::path& path) -> Result<void> {
        const auto digest = Digest::from_hex(path.parent_path().filename().native() + path.filename().native());
        return digest ? visit(path, *digest) : Result<void>();
    });
}

Result<Digest> hash_file(const fs::path& path, std::uint64_t& bytes) {
    const auto fd = TRY(open_file(path, O_RDONLY | O_CLOEXEC));
    Sha256 hash;
    TRY_VOID(read_blocks(fd.get(), path, [&](std::string_view block) {
        hash.update(block);
        bytes += block.size();
    }));
    return hash.finish();
}

}  // namespace

Result<RegistryStorage::Freed> RegistryStorage::collect_garbage(std::int64_t now, std::int64_t grace,
                                                                std::int64_t upload_age) {
    const auto begin = now_nanoseconds() - tick;
    const auto spared_since = std::min(begin, (now - grace) * 1'000'000'000);
    Freed freed;
    const auto remove = [&](const std::vector<fs::path>& candidates, std::uint64_t& count) -> Result<void> {
        for (std::size_t i = 0; i < candidates.size();) {
            const auto lock = TRY(FileLock::acquire(data_ / "lock", FileLock::Kind::exclusive));
            for (const auto end = std::min(i + removed_at_once, candidates.size()); i < end; ++i) {
                const auto status = status_of(candidates[i]);
                if (!status || nanoseconds(status->st_mtim) >= spared_since) continue;
                if (::unlink(candidates[i].c_str()) != 0) return system_error("remove", candidates[i], errno);
                ++count;
                freed.bytes += static_cast<std::uint64_t>(status->st_size);
            }
        }
        return {};
    };

    std::set<std::string> receiving;  // repositories into which an upload is running
    TRY_VOID(each_file(data_ / "uploads", [&](const fs::path& path) -> Result<void> {
        if (path.extension() != ".for") return {};
        auto bytes = path;
        const auto status = status_of(bytes.replace_extension());
        if (!status || nanoseconds(status->st_mtim) < spared_since) return {};
        if (auto repository = TRY(read_file_if_any(path))) receiving.insert(*std::move(repository));
        return {};
    }));

    std::vector<fs::path> links;
    const auto all = TRY(repositories());
    for (const auto& repository : all) {
        if (receiving.contains(repository)) continue;
        std::set<ContentDigest> needed;
        const auto need = [&](const fs::path&, const ContentDigest& digest) -> Result<void> {
            const auto stored = TRY(manifest(repository, digest.str()));
            if (!stored) return {};
            for (const auto& blob : TRY(read_manifest_facts(stored->bytes, stored->media_type)).blobs)
                needed.insert(blob.digest);
            return {};
        };
        const auto judge = [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
            if (!needed.contains(digest)) links.push_back(path);
            return {};
        };
        TRY_VOID(each_link(repository_path(repository) / "_manifests", need));
        TRY_VOID(each_link(repository_path(repository) / "_blobs", judge));
    }
    TRY_VOID(remove(links, freed.links));
    freed.bytes = 0;  // links are not what anybody wants to know of

    std::set<Digest> linked_contents;
    for (const auto& repository : all) {
        const auto keep = [&](const fs::path& path, const ContentDigest&) -> Result<void> {
            if (const auto content = TRY(linked(path))) linked_contents.insert(*content);
            return {};
        };
        TRY_VOID(each_link(repository_path(repository) / "_manifests", keep));
        TRY_VOID(each_link(repository_path(repository) / "_blobs", keep));
    }
    std::vector<fs::path> contents;
    TRY_VOID(each_blob(data_ / "blobs", [&](const fs::path& path, const Digest& digest) -> Result<void> {
        if (!linked_contents.contains(digest)) contents.push_back(path);
        return {};
    }));
    TRY_VOID(remove(contents, freed.blobs));

    // Sessions that were given up, and what killed processes were writing.
    for (const auto* folder : {"uploads", "tmp"})
        TRY_VOID(each_file(data_ / folder, [&](const fs::path& path) -> Result<void> {
            // A session is as old as its last byte, not as its mark.
            auto bytes = path;
            if (bytes.extension() == ".for") bytes.replace_extension();
            const auto status = status_of(bytes);
            if (status && status->st_mtim.tv_sec + upload_age > now) return {};
            if (path == bytes && status) {
                freed.bytes += static_cast<std::uint64_t>(status->st_size);
                ++freed.uploads;
            }
            ::unlink(path.c_str());
            return {};
        }));
    return freed;
}

Result<RegistryStorage::Report> RegistryStorage::verify() {
    Report report;
    std::set<Digest> sound;
    TRY_VOID(each_blob(data_ / "blobs", [&](const fs::path& path, const Digest& digest) -> Result<void> {
        ++report.blobs;
        if (TRY(hash_file(path, report.bytes)) == digest) sound.insert(digest);
        else report.problems.push_back(fmt::format("{} is damaged: its content has another digest", path.native()));
        return {};
    }));
    // What came while the others were read is read now.
    const auto is_sound = [&](const Digest& digest) {
        if (sound.contains(digest)) return true;
        std::uint64_t bytes = 0;
        const auto hash = hash_file(blob_path(digest), bytes);
        return hash && *hash == digest && sound.insert(digest).second;
    };
    for (const auto& repository : TRY(repositories())) {
        const auto root = repository_path(repository);
        const auto has_blob = [&](const ContentReference& blob) {
            return blob.is_foreign || status_of(link_path(repository, "_blobs", blob.digest));
        };
        const auto check = [&](const fs::path& path, const ContentDigest& digest) -> Result<void> {
            const auto content = linked(path);
            if (!status_of(path)) return {};  // removed meanwhile
            if (!content || !*content || !is_sound(**content))
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
            const bool lacks = !std::ranges::all_of(facts->blobs, has_blob);
            report.sparse += lacks && stored->sparse;
            for (const auto& blob : facts->blobs)
                if (!stored->sparse && !has_blob(blob))
                    report.problems.push_back(fmt::format("{} has {}, whose blob {} is missing", repository,
                                                          digest.str(), blob.digest.str()));
            return {};
        };
        TRY_VOID(each_link(root / "_blobs", check));
        TRY_VOID(each_link(root / "_manifests", check_manifest));
        for (const auto& tag : TRY(tags(repository)))
            if (!TRY(manifest(repository, tag)) && status_of(root / "_tags" / tag))
                report.problems.push_back(fmt::format("{}:{} stands for a manifest that is missing", repository, tag));
    }
    return report;
}

}  // namespace rockbuild
