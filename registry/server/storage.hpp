// What the embedded registry keeps, as plain files in the store's own blob format:
//
//     DATA/format, DATA/blobs/ab/cd…             contents by their SHA-256, as in the store (store/store.cpp)
//     DATA/repositories/NAME/_blobs/ALG/HEX      this repository has that blob; the content of the link is its SHA-256
//     DATA/repositories/NAME/_manifests/ALG/HEX  the same for a manifest; second line: its media type; third: `sparse`
//                                                if it came without all of its blobs
//     DATA/repositories/NAME/_tags/TAG           the digest that the tag stands for
//     DATA/repositories/NAME/_referrers/ALG-HEX/ALG-HEX   a manifest whose subject is the first
//     DATA/uploads/ID, DATA/uploads/ID.for       bytes on their way, and the repository that they are for
//     DATA/lock                                  shared by whoever adds, exclusive for the garbage collector
//
// No component of a repository's name begins with `_`, so names can't meet these folders. Everything becomes visible by
// one rename; contents are synced before it. Several processes may use the same folder.
#pragma once

#include "registry/manifest.hpp"
#include "system/file.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct StoredBlob {
    Fd file;
    std::uint64_t size = 0;
};

struct StoredManifest {
    ContentDigest digest;
    std::string media_type;
    std::string bytes;
    bool sparse = false;
};

class RegistryStorage;

/// One upload, held by one request at a time: a newer one takes it over, since a client that lost its network begins
/// anew while we still wait for the old request. What was written stays, whatever becomes of the request.
class UploadSession {
public:
    std::uint64_t size() const { return size_; }
    /// RB1511: a newer request has taken the upload over; so do the others.
    Result<void> append(std::string_view bytes);
    /// Makes the bytes a blob of the repository if they have that digest; false if they don't. Then the upload is gone.
    Result<bool> commit(const ContentDigest& digest);
    Result<void> cancel();
    ~UploadSession();
    UploadSession(const UploadSession&) = delete;
    UploadSession& operator=(const UploadSession&) = delete;

private:
    friend class RegistryStorage;
    UploadSession(RegistryStorage& storage, std::string id, std::string repository)
        : storage_(storage), id_(std::move(id)), repository_(std::move(repository)) {}

    /// Shared by the holders of one upload, the present one and those that lost it.
    struct Hold {
        std::mutex mutex;
        bool is_lost = false;
    };
    Result<void> still_held() const;
    Result<void> remove();

    RegistryStorage& storage_;
    std::string id_;
    std::string repository_;
    std::shared_ptr<Hold> hold_ = std::make_shared<Hold>();
    Fd file_;
    std::uint64_t size_ = 0;
    ContentHash hash_{HashAlgorithm::sha256};
};

class RegistryStorage {
public:
    /// `quota`: bytes that all blobs and uploads together may take; 0: no limit. RB1510 for a folder of something else.
    /// `make`: where there is none yet; else RB1514 (exit 66).
    static Result<std::unique_ptr<RegistryStorage>> open(const fs::path& data, bool make, std::uint64_t quota = 0);

    bool has_repository(const std::string& repository) const;
    /// None if the repository hasn't got it. `about_to_use`: the garbage collector leaves it alone for a while.
    Result<std::optional<StoredBlob>> blob(const std::string& repository, const ContentDigest& digest,
                                           bool about_to_use = false);
    Result<bool> remove_blob(const std::string& repository, const ContentDigest& digest);
    /// False if the source hasn't got it. With no source: from whatever repository has it.
    Result<bool> mount(const std::string& repository, const ContentDigest& digest, const std::string& source);

    /// The session's name.
    Result<std::string> begin_upload(const std::string& repository);
    /// How many bytes it has; none: there is no such upload in that repository.
    Result<std::optional<std::uint64_t>> upload_size(const std::string& repository, const std::string& id) const;
    /// Null: there is no such upload in that repository. Whoever held it has lost it.
    Result<std::unique_ptr<UploadSession>> upload(const std::string& repository, const std::string& id);

    Result<std::optional<StoredManifest>> manifest(const std::string& repository, const std::string& tag_or_digest);
    /// Returns the blobs that `facts` needs and the repository lacks. Then the manifest is there and its tags too,
    /// unless some are lacking and `may_lack` is false. `expected`: only if the first tag stands for that digest now
    /// (empty: for nothing yet); RB1512 if it doesn't.
    Result<std::vector<ContentDigest>> put_manifest(const std::string& repository, const ContentDigest& digest,
                                                    std::string_view bytes, const ManifestFacts& facts,
                                                    const std::vector<std::string>& tags,
                                                    const std::optional<std::string>& expected, bool may_lack);
    Result<bool> remove_tag(const std::string& repository, const std::string& tag);
    /// With the tags that stand for it.
    Result<bool> remove_manifest(const std::string& repository, const ContentDigest& digest);
    Result<std::vector<std::string>> tags(const std::string& repository) const;  // sorted
    /// The manifests whose subject it is, sorted.
    Result<std::vector<ContentDigest>> referrers(const std::string& repository, const ContentDigest& subject) const;

    struct Freed {
        std::uint64_t blobs = 0;
        std::uint64_t bytes = 0;
        std::uint64_t links = 0;
        std::uint64_t uploads = 0;
    };
    /// Removes what no manifest needs and nobody has touched for `grace` seconds, and uploads older than `upload_age`.
    Result<Freed> collect_garbage(std::int64_t now, std::int64_t grace, std::int64_t upload_age);

    struct Report {
        std::uint64_t blobs = 0;
        std::uint64_t bytes = 0;
        std::uint64_t manifests = 0;
        std::uint64_t sparse = 0;  // of them: came without all of their blobs, and still lack some
        std::vector<std::string> problems;
    };
    /// Hashes everything anew and follows every link.
    Result<Report> verify();

    Result<std::vector<std::string>> repositories() const;  // sorted

private:
    friend class UploadSession;
    RegistryStorage(fs::path data, std::uint64_t quota) : data_(std::move(data)), quota_(quota) {}

    fs::path repository_path(const std::string& repository) const { return data_ / "repositories" / repository; }
    fs::path blob_path(const Digest& digest) const;
    fs::path link_path(const std::string& repository, std::string_view kind, const ContentDigest& digest) const;
    fs::path upload_path(const std::string& id) const { return data_ / "uploads" / id; }
    Result<FileLock> adding() const { return FileLock::acquire(data_ / "lock", FileLock::Kind::shared); }
    Result<void> write(const fs::path& path, std::string_view text);
    Result<void> publish(const fs::path& file, const Digest& digest);
    Result<void> take_room(std::uint64_t bytes);
    std::uint64_t disk_use() const;
    Result<std::optional<Digest>> linked(const fs::path& link) const;

    /// An upload's hash as far as it got, between the requests of one process.
    struct Progress {
        std::uint64_t hashed = 0;
        ContentHash hash{HashAlgorithm::sha256};
        std::shared_ptr<UploadSession::Hold> holder;  // null: no request has it
    };

    fs::path data_;
    std::uint64_t quota_;
    std::mutex mutex_;
    std::map<std::string, Progress> progress_;
    std::uint64_t used_ = 0;
    double next_count_ = 0;  // when the disk may be counted again
    std::mutex tags_;        // compare and swap of tags
};

}  // namespace rockbuild
