// Uploads: bytes appended to a file, hashed on their way, held by one request at a time.
#include "registry/server/storage.hpp"
#include "registry/server/storage_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rockbuild {

namespace {

bool is_upload_name(std::string_view id) {
    return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<std::string> RegistryStorage::begin_upload(const std::string& repository) {
    auto id = random_file_name();
    const auto fd = TRY(open_file(upload_path(id), O_WRONLY | O_CREAT | O_EXCL, 0600));
    TRY_VOID(write(upload_path(id).native() + ".for", repository));
    return id;
}

Result<std::optional<std::uint64_t>> RegistryStorage::upload_size(const std::string& repository,
                                                                  const std::string& id) const {
    if (!is_upload_name(id)) return std::nullopt;
    const auto owner = TRY(read_file_if_any(upload_path(id).native() + ".for"));
    struct stat status{};
    if (!owner || *owner != repository || ::stat(upload_path(id).c_str(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::unique_ptr<UploadSession>> RegistryStorage::upload(const std::string& repository, const std::string& id) {
    if (!TRY(upload_size(repository, id))) return nullptr;
    std::unique_ptr<UploadSession> session(new UploadSession(*this, id, repository));
    std::shared_ptr<UploadSession::Hold> before;
    {
        const std::lock_guard guard(mutex_);
        auto& progress = progress_[id];
        before = std::exchange(progress.holder, session->hold_);
        if (!before) {
            session->hash_ = std::exchange(progress.hash, ContentHash(HashAlgorithm::sha256));
            session->size_ = progress.hashed;
        }
    }
    if (before) {  // when it is through with what it is writing
        const std::lock_guard guard(before->mutex);
        before->is_lost = true;
    }
    session->file_ = Fd(::open(upload_path(id).c_str(), O_RDWR | O_CLOEXEC));
    struct stat status{};
    if (!session->file_ || ::fstat(session->file_.get(), &status) != 0) {  // it ended meanwhile
        const std::lock_guard guard(mutex_);
        progress_.erase(id);
        session->hold_->is_lost = true;
        return nullptr;
    }
    if (static_cast<std::uint64_t>(status.st_size) != session->size_) {  // of another request or process
        session->hash_ = ContentHash(HashAlgorithm::sha256);
        session->size_ = 0;
        TRY_VOID(read_blocks(session->file_.get(), upload_path(id), [&](std::string_view bytes) {
            session->hash_.update(bytes);
            session->size_ += bytes.size();
        }));
    }
    return session;
}

UploadSession::~UploadSession() {
    const std::lock_guard guard(storage_.mutex_);
    const auto found = storage_.progress_.find(id_);
    if (found == storage_.progress_.end() || found->second.holder != hold_) return;
    found->second = RegistryStorage::Progress{size_, std::move(hash_), nullptr};
}

/// With the hold's mutex held.
Result<void> UploadSession::still_held() const {
    if (!hold_->is_lost) return {};
    return fail("RB1511", "a newer request has taken this upload over", "send one request at a time");
}

Result<void> UploadSession::append(std::string_view bytes) {
    const std::lock_guard guard(hold_->mutex);
    TRY_VOID(still_held());
    TRY_VOID(storage_.take_room(bytes.size()));
    // At the offset that is counted: what a failed write left behind is written over.
    for (std::size_t done = 0; done < bytes.size();) {
        const auto count =
            ::pwrite(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(size_ + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            const int error = errno;
            [[maybe_unused]] const auto cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
            return system_error("write", storage_.upload_path(id_), error);
        }
        done += static_cast<std::size_t>(count);
    }
    hash_.update(bytes);
    size_ += bytes.size();
    return {};
}

Result<void> UploadSession::cancel() {
    const std::lock_guard guard(hold_->mutex);
    TRY_VOID(still_held());
    return remove();
}

/// With the hold's mutex held: the upload is no more.
Result<void> UploadSession::remove() {
    hold_->is_lost = true;
    const auto path = storage_.upload_path(id_);
    struct stat status{};
    {
        const std::lock_guard guard(storage_.mutex_);
        storage_.progress_.erase(id_);
        if (::stat(path.c_str(), &status) == 0)
            storage_.used_ -= std::min(storage_.used_, static_cast<std::uint64_t>(status.st_size));
    }
    TRY_VOID(unlink_if_any(path.native() + ".for"));
    TRY_VOID(unlink_if_any(path));
    return {};
}

Result<bool> UploadSession::commit(const ContentDigest& digest) {
    const std::lock_guard guard(hold_->mutex);
    TRY_VOID(still_held());
    const auto path = storage_.upload_path(id_);
    size_ = 0;  // should this fail, the next session counts anew
    const auto content = std::exchange(hash_, ContentHash(HashAlgorithm::sha256)).finish();
    auto given = content;
    if (digest.algorithm() != HashAlgorithm::sha256) {
        ContentHash other(digest.algorithm());
        TRY_VOID(read_blocks(file_.get(), path, [&](std::string_view bytes) { other.update(bytes); }));
        given = other.finish();
    }
    if (given != digest) {
        TRY_VOID(remove());
        return false;
    }
    if (::fdatasync(file_.get()) != 0) return system_error("write", path, errno);
    const auto lock = TRY(storage_.adding());
    const auto name = TRY(Digest::from_hex(content.encoded()));
    struct stat before{};
    if (::stat(storage_.blob_path(name).c_str(), &before) == 0) {  // it takes the place of its like
        const std::lock_guard guarded(storage_.mutex_);
        storage_.used_ -= std::min(storage_.used_, static_cast<std::uint64_t>(before.st_size));
    }
    TRY_VOID(storage_.publish(path, name));
    TRY_VOID(storage_.write(storage_.link_path(repository_, "_blobs", digest), name.hex() + "\n"));
    TRY_VOID(unlink_if_any(path.native() + ".for"));
    hold_->is_lost = true;
    const std::lock_guard guarded(storage_.mutex_);
    storage_.progress_.erase(id_);
    return true;
}

}  // namespace rockbuild
