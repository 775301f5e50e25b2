// The store as plain files:
//
//     format            the layout's version
//     blobs/ab/cdef…    contents, named by their SHA-256, mode 0444
//     results/ab/cdef…  step results as JSON with a version, named by their key
//     notes/…           small named texts
//     checkouts/…       trees on disk (store/checkout.cpp)
//     tmp/run-XXXXXX/   what a run is writing; locked while the run lives, removed by whoever finds it unlocked; the
//                       lock's text is the run's process id
//     use.lock          held by everybody who has the store open, by `store gc` alone
//
// A result's and a note's time is when it was last of use, to the day: `store gc` asks for it.
//
// Everything is written below tmp/ and renamed, so a killed run leaves nothing half. Nothing is synced: after a loss of
// power a blob may be damaged, which reading it by its digest tells.
#include "store/store.hpp"
#include "store/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace rockbuild {

namespace {

constexpr std::string_view layout = "rockbuild store 1\n";
constexpr int result_version = 1;

}  // namespace

std::optional<StepResult> parse_result(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("v", 0) != result_version) return std::nullopt;
    try {
        StepResult result;
        result.seconds = json.at("seconds").get<double>();
        for (const auto& [name, hex] : json.at("trees").items()) {
            const auto digest = Digest::from_hex(hex.get<std::string>());
            if (!digest) return std::nullopt;
            result.trees[name] = *digest;
        }
        result.values = json.at("values").get<std::map<std::string, std::string>>();
        if (json.contains("log"))
            if (const auto digest = Digest::from_hex(json["log"].get<std::string>())) result.log = *digest;
        result.inputs = json.at("inputs").get<KeyFields>();
        return result;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

namespace {

class FileStore;

class FileBlobWriter final : public BlobWriter {
public:
    FileBlobWriter(FileStore& store, Fd fd, fs::path path)
        : store_(store), fd_(std::move(fd)), path_(std::move(path)) {}
    ~FileBlobWriter() override {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Result<void> write(std::string_view bytes) override {
        hash_.update(bytes);
        size_ += bytes.size();
        return write_all(fd_.get(), bytes, path_);
    }
    Result<Blob> finish() override;

private:
    FileStore& store_;
    Fd fd_;
    fs::path path_;  // empty once it became a blob
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

class FileStore final : public Store {
public:
    FileStore(fs::path root, std::optional<FileLock> use, TempFolder run, FileLock lock)
        : root_(std::move(root)), use_(std::move(use)), lock_(std::move(lock)), run_(std::move(run)) {}

    ~FileStore() override { ::unlink((run_.path().native() + ".lock").c_str()); }

    const fs::path& root() const override { return root_; }

    bool has(const Digest& digest) const override {
        {
            const std::lock_guard guard(mutex_);
            if (known_.contains(digest)) return true;
        }
        if (::access(blob_path(digest).c_str(), F_OK) != 0) return false;
        const std::lock_guard guard(mutex_);
        known_.insert(digest);
        return true;
    }

    Result<Blob> put(std::string_view bytes) override {
        const Blob blob{sha256(bytes), bytes.size()};
        if (has(blob.digest)) return blob;
        const auto path = next_name();
        const auto fd = TRY(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0444));
        auto written = write_all(fd.get(), bytes, blob_path(blob.digest));
        if (written) written = publish(path, blob.digest);
        if (!written) {
            ::unlink(path.c_str());
            return std::unexpected(std::move(written).error());
        }
        return blob;
    }

    Result<std::unique_ptr<BlobWriter>> writer() override {
        auto path = next_name();
        auto fd = TRY(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0444));
        return std::make_unique<FileBlobWriter>(*this, std::move(fd), std::move(path));
    }

    Result<Blob> put_file(int fd, const fs::path& name) override {
        constexpr std::size_t block = 1 << 20;
        std::string buffer;
        struct stat status{};
        if (::fstat(fd, &status) != 0) return system_error("read", name, errno);
        // A small file goes through memory, so that one that is known already costs no write.
        if (status.st_size <= static_cast<off_t>(block)) {
            const auto expected = static_cast<std::size_t>(status.st_size);
            buffer.resize(expected + 1);
            std::size_t size = 0;
            for (;;) {
                const auto count = ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
                if (count < 0 && errno == EINTR) continue;
                if (count < 0) return system_error("read", name, errno);
                size += static_cast<std::size_t>(count);
                if (count == 0) return put(std::string_view(buffer.data(), size));
                if (size > expected) break;  // it has grown
            }
        }
        buffer.resize(block);
        const auto out = TRY(writer());
        for (off_t offset = 0;;) {
            const auto count = ::pread(fd, buffer.data(), buffer.size(), offset);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return system_error("read", name, errno);
            if (count == 0) return out->finish();
            TRY_VOID(out->write({buffer.data(), static_cast<std::size_t>(count)}));
            offset += count;
        }
    }

    Result<std::string> read(const Digest& digest) const override {
        auto text = TRY(read_file_if_any(blob_path(digest)));
        if (!text) return absent(digest);
        if (sha256(*text) != digest)
            return fail("RB0202", fmt::format("the stored blob {} is damaged", digest.str()),
                        "`rockbuild store verify --repair` removes what needs it, and the next pack makes that anew");
        return std::move(*text);
    }

    Result<Fd> open_blob(const Digest& digest) const override {
        Fd fd(::open(blob_path(digest).c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd && errno == ENOENT) return absent(digest);
        if (!fd) return system_error("open", blob_path(digest), errno);
        return fd;
    }

    Result<Digest> put_tree(const Tree& tree) override {
        const auto digest = TRY(put(tree.encode())).digest;
        const std::lock_guard guard(mutex_);
        trees_.try_emplace(digest, std::make_shared<const Tree>(tree));
        return digest;
    }

    Result<std::shared_ptr<const Tree>> tree(const Digest& digest) const override {
        {
            const std::lock_guard guard(mutex_);
            if (const auto found = trees_.find(digest); found != trees_.end()) return found->second;
        }
        auto tree = std::make_shared<const Tree>(TRY(Tree::decode(TRY(read(digest)))));
        const std::lock_guard guard(mutex_);
        return trees_.try_emplace(digest, std::move(tree)).first->second;
    }

    Result<std::optional<StepResult>> result(const Digest& key) const override {
        const auto text = TRY(read_file_if_any(result_path(key)));
        if (!text) return std::nullopt;
        auto result = parse_result(*text);
        if (result)
            for (const auto& [name, digest] : result->trees)
                if (!has(digest)) return std::nullopt;
        if (result) use(key, result_path(key));
        return result;
    }

    Result<void> put_result(const Digest& key, const StepResult& result) override {
        nlohmann::json json;
        json["v"] = result_version;
        json["seconds"] = result.seconds;
        json["trees"] = nlohmann::json::object();
        for (const auto& [name, digest] : result.trees) json["trees"][name] = digest.hex();
        json["values"] = result.values;
        if (result.log) json["log"] = result.log->hex();
        json["inputs"] = result.inputs;
        use(key, {});
        // Inputs are texts of a user's file; bytes that are no UTF-8 must not stop the step.
        return replace(result_path(key), json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }

    Result<void> forget_result(const Digest& key) override { return remove(result_path(key)); }

    Result<std::optional<std::string>> note(std::string_view name) const override {
        auto text = TRY(read_file_if_any(note_path(name)));
        if (text) use_note(name, note_path(name));
        return text;
    }
    Result<void> put_note(std::string_view name, std::string_view text) override {
        use_note(name, {});
        return replace(note_path(name), text);
    }
    Result<void> forget_note(std::string_view name) override { return remove(note_path(name)); }

    std::vector<Digest> used() const override {
        const std::lock_guard guard(mutex_);
        std::vector<Digest> used(used_.begin(), used_.end());
        std::sort(used.begin(), used.end());
        return used;
    }

    Result<TempFolder> temporary() override { return TempFolder::make(run_.path(), "work-"); }

    Result<void> publish(const fs::path& from, const Digest& digest) {
        TRY_VOID(rename(from, blob_path(digest)));
        const std::lock_guard guard(mutex_);
        known_.insert(digest);
        return {};
    }

private:
    fs::path blob_path(const Digest& digest) const { return rockbuild::blob_path(root_, digest); }
    fs::path result_path(const Digest& key) const { return rockbuild::result_path(root_, key); }
    fs::path note_path(std::string_view name) const { return root_ / "notes" / name; }
    fs::path next_name() { return run_.path() / std::to_string(counter_.fetch_add(1)); }

    static std::unexpected<Diagnostic> absent(const Digest& digest) {
        return fail("RB0201", fmt::format("the blob {} isn't in the store", digest.str()),
                    "`rockbuild store verify --repair` removes what needs it, and the next pack makes that anew");
    }

    /// What is read counts as used today; what was just written is.
    void use(const Digest& name, const fs::path& path) const {
        if (!path.empty()) touch(path);
        const std::lock_guard guard(mutex_);
        used_.insert(name);
    }
    void use_note(std::string_view name, const fs::path& path) const {
        if (const auto digest = Digest::from_hex(name.substr(name.rfind('/') + 1))) use(*digest, path);
        else if (!path.empty()) touch(path);
    }

    static Result<void> rename(const fs::path& from, const fs::path& to) {
        if (::rename(from.c_str(), to.c_str()) == 0) return {};
        if (errno == ENOENT) {
            TRY_VOID(make_folders(to.parent_path()));
            if (::rename(from.c_str(), to.c_str()) == 0) return {};
        }
        return system_error("rename to", to, errno);
    }

    Result<void> replace(const fs::path& path, std::string_view bytes) {
        const auto name = next_name();
        auto done = write_file(name, bytes, 0600);
        if (done) done = rename(name, path);
        if (!done) ::unlink(name.c_str());
        return done;
    }

    static Result<void> remove(const fs::path& path) {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path, errno);
        return {};
    }

    fs::path root_;
    std::optional<FileLock> use_;
    FileLock lock_;
    TempFolder run_;
    std::atomic<std::uint64_t> counter_{0};
    mutable std::mutex mutex_;
    mutable std::unordered_set<Digest> known_;
    mutable std::unordered_set<Digest> used_;
    mutable std::unordered_map<Digest, std::shared_ptr<const Tree>> trees_;
};

Result<Blob> FileBlobWriter::finish() {
    const Blob blob{hash_.finish(), size_};
    if (store_.has(blob.digest)) return blob;
    TRY_VOID(store_.publish(path_, blob.digest));
    path_.clear();
    return blob;
}

/// Removes what runs that are dead left below tmp/.
void sweep(const fs::path& tmp) {
    std::error_code error;
    for (fs::directory_iterator it(tmp, error), end; !error && it != end; it.increment(error)) {
        auto path = it->path();
        if (path.extension() == ".lock") path.replace_extension();
        auto lock_path = path;
        lock_path += ".lock";
        if (const auto lock = FileLock::try_acquire(lock_path, FileLock::Kind::exclusive); lock && *lock) {
            (void)remove_tree(path);
            ::unlink(lock_path.c_str());
        }
    }
}

/// The processes that have the store open, as their locks below tmp/ say.
std::vector<std::string> users(const fs::path& tmp) {
    std::vector<std::string> users;
    std::error_code error;
    for (fs::directory_iterator it(tmp, error), end; !error && it != end; it.increment(error)) {
        if (it->path().extension() != ".lock") continue;
        const auto held = FileLock::try_acquire(it->path(), FileLock::Kind::shared);
        if (!held || *held) continue;
        const auto pid = read_file(it->path()).value_or("");
        if (pid.empty()) continue;
        auto words = read_file(fmt::format("/proc/{}/cmdline", pid)).value_or("");
        while (!words.empty() && words.back() == '\0') words.pop_back();
        std::replace(words.begin(), words.end(), '\0', ' ');
        users.push_back(words.empty() ? fmt::format("process {}", pid) : fmt::format("process {}: {}", pid, words));
    }
    std::sort(users.begin(), users.end());
    return users;
}

Result<FileLock> alone(const fs::path& root) {
    if (auto lock = TRY(FileLock::try_acquire(root / "use.lock", FileLock::Kind::exclusive))) return std::move(*lock);
    auto error = fail("RB0203", fmt::format("the store '{}' is in use", root.native()),
                      "wait until what runs has ended, and try again", ExitCode::remote_timeout);
    for (auto& user : users(root / "tmp")) error.error().notes.push_back({std::move(user), {}});
    return error;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const fs::path& root, StoreUse use, const std::function<void()>& wait) {
    TRY_VOID(make_folders(root.parent_path()));
    if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST) return system_error("make the store", root, errno);
    struct stat status{};
    if (::stat(root.c_str(), &status) != 0) return system_error("open the store", root, errno);
    if (status.st_uid != ::geteuid())
        return fail("RB0200", fmt::format("the store '{}' belongs to another user", root.native()),
                    "choose another one with ROCKBUILD_CACHE", ExitCode::unable);
    if ((status.st_mode & 07777) != 0700 && ::chmod(root.c_str(), 0700) != 0)
        return system_error("close the store", root, errno);
    if (const auto format = TRY(read_file_if_any(root / "format")); !format)
        TRY_VOID(write_file(root / "format", layout));
    else if (*format != layout)
        return fail("RB0200", fmt::format("the store '{}' was made by another version of rockbuild", root.native()),
                    "remove it, or choose another one with ROCKBUILD_CACHE", ExitCode::unable);
    for (const auto* folder : {"blobs", "results", "notes", "tmp"}) TRY_VOID(make_folders(root / folder));
    std::optional<FileLock> used;
    if (use == StoreUse::shared) used = TRY(FileLock::acquire(root / "use.lock", FileLock::Kind::shared, wait));
    if (use == StoreUse::alone) used = TRY(alone(root));
    sweep(root / "tmp");
    // A sweep by another run may come between making the folder and locking it: then both are made again.
    for (;;) {
        auto run = TRY(TempFolder::make(root / "tmp", "run-"));
        auto lock_path = run.path();
        lock_path += ".lock";
        auto lock = TRY(FileLock::try_acquire(lock_path, FileLock::Kind::exclusive));
        std::error_code error;
        if (!lock || !fs::exists(run.path(), error)) continue;
        // Into the file that is locked: one that is renamed over it would be another.
        const auto written = TRY(open_file(lock_path, O_WRONLY));
        TRY_VOID(write_all(written.get(), std::to_string(::getpid()), lock_path));
        return std::make_unique<FileStore>(root, std::move(used), std::move(run), std::move(*lock));
    }
}

}  // namespace rockbuild
