// A user's folder, read with a memory: for each file the store remembers what it looked like (device, inode, size,
// times) and the digest it had then. A file that looks the same isn't read again, unless it was so fresh at that time
// that a later write could have left its times as they are (git's "racy" rule). For a folder in which everything looks
// as it did, the tree it gave then is the answer: one hash over names and looks says so.
#include "store/checkout.hpp"
#include "store/folder_io.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace rockbuild {

namespace {

constexpr std::string_view format_line = "stat cache 1\n";

std::string looks(const struct stat& status) {
    return fmt::format("{} {} {} {}.{:09} {}.{:09}", status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

/// Lines of `digest looks`, keyed by looks: the inode is in it, so that the name need not be.
using Memory = std::unordered_map<std::string, Digest>;

Memory parse(const std::optional<std::string>& text) {
    Memory memory;
    if (!text || !text->starts_with(format_line)) return memory;
    for (std::size_t begin = format_line.size(); begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        const auto line = std::string_view(*text).substr(begin, end - begin);
        begin = end + 1;
        constexpr std::size_t hex = 64;
        if (line.size() <= hex + 1) continue;
        if (const auto digest = Digest::from_hex(line.substr(0, hex))) memory.emplace(line.substr(hex + 1), *digest);
    }
    return memory;
}

/// Times in this second or later are too fresh to be trusted: file systems and their clocks tick coarsely.
bool is_fresh(const struct stat& status, const timespec& begin) {
    const auto newest = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
    return newest >= begin.tv_sec - 1;
}

/// How all below a folder looks, in the order in which the file system lists it; none if something is too fresh or
/// can't be looked at.
class Looks {
public:
    explicit Looks(const timespec& begin) : begin_(begin) {}

    std::optional<Digest> of(const fs::path& folder, const std::function<bool(const std::string&)>& ignore) {
        const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || !below(fd, &ignore)) return std::nullopt;
        hash_.update(bytes_);
        return hash_.finish();
    }

private:
    /// Takes the descriptor.
    bool below(int fd, const std::function<bool(const std::string&)>* ignore) {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), ::closedir);
        if (!folder) {
            ::close(fd);
            return false;
        }
        while (const auto* entry = ::readdir(folder.get())) {
            const std::string_view name(entry->d_name);
            if (name == "." || name == ".." || (ignore != nullptr && (*ignore)(std::string(name)))) continue;
            struct stat status{};
            if (::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || is_fresh(status, begin_))
                return false;
            take(name, status);
            if (!S_ISDIR(status.st_mode)) continue;
            const int inner = ::openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (inner < 0 || !below(inner, nullptr)) return false;
            bytes_ += '/';  // the folder ends
        }
        return true;
    }

    void take(std::string_view name, const struct stat& status) {
        const std::array<std::uint64_t, 8> numbers{
            static_cast<std::uint64_t>(name.size()),           static_cast<std::uint64_t>(status.st_mode),
            static_cast<std::uint64_t>(status.st_ino),         static_cast<std::uint64_t>(status.st_size),
            static_cast<std::uint64_t>(status.st_mtim.tv_sec), static_cast<std::uint64_t>(status.st_mtim.tv_nsec),
            static_cast<std::uint64_t>(status.st_ctim.tv_sec), static_cast<std::uint64_t>(status.st_ctim.tv_nsec)};
        bytes_.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
        bytes_ += name;
        const std::uint64_t device = status.st_dev;
        bytes_.append(reinterpret_cast<const char*>(&device), sizeof device);
        if (bytes_.size() < enough) return;
        hash_.update(bytes_);
        bytes_.clear();
    }

    static constexpr std::size_t enough = 1 << 15;  // bytes at once: a hash takes few large pieces faster

    timespec begin_;
    std::string bytes_;  // what isn't hashed yet
    Sha256 hash_;
};

/// Reads the folder; what is known of single files isn't read again.
Result<Tree> read_files(Store& store, const fs::path& folder, FolderReading reading, const timespec& begin);

}  // namespace

Result<Digest> read_local(Store& store, const LocalRead& request, std::int64_t time) {
    std::error_code error;
    const auto folder = fs::canonical(request.folder, error);
    if (error) {
        auto missing = system_error("read the folder", request.folder, error.value());
        missing.error().code = "RB0220";
        missing.error().hint = "paths of sources are relative to the project's folder";
        return missing;
    }
    timespec begin{};
    ::clock_gettime(CLOCK_REALTIME, &begin);
    FolderReading reading;
    reading.time = time;
    reading.own_files = true;
    reading.ignore = [&](const std::string& name) {
        return std::any_of(request.ignore.begin(), request.ignore.end(),
                           [&](const auto& glob) { return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
    };
    const auto note = "local-tree/" + KeyWriter("local tree", 1)
                                          .field("folder", folder.native())
                                          .field("ignore", request.ignore)
                                          .field("time", static_cast<std::uint64_t>(time))
                                          .finish()
                                          .digest.hex();
    const auto looks_before = Looks(begin).of(folder, reading.ignore);
    const auto remembered = TRY(store.note(note)).value_or("");
    if (const auto line = std::string_view(remembered); looks_before && line.starts_with(looks_before->hex() + " "))
        if (const auto tree = Digest::from_hex(line.substr(line.find(' ') + 1)); tree && store.has(*tree)) return *tree;
    const auto tree = TRY(store.put_tree(TRY(read_files(store, folder, reading, begin))));
    // Only if nothing moved while it was read.
    if (looks_before && Looks(begin).of(folder, reading.ignore) == looks_before)
        TRY_VOID(store.put_note(note, fmt::format("{} {}", looks_before->hex(), tree.hex())));
    return tree;
}

namespace {

Result<Tree> read_files(Store& store, const fs::path& folder, FolderReading reading, const timespec& begin) {
    const auto note = "local/" + sha256(folder.native()).hex();
    const auto memory = parse(TRY(store.note(note)));
    std::string remembered(format_line);
    bool changed = false;
    const auto remember = [&](const struct stat& status, const Digest& digest) {
        if (!is_fresh(status, begin)) remembered += fmt::format("{} {}\n", digest.hex(), looks(status));
    };
    reading.known = [&](const std::string&, const struct stat& status) -> std::optional<Digest> {
        const auto found = memory.find(looks(status));
        if (found == memory.end() || !store.has(found->second)) return std::nullopt;
        remember(status, found->second);
        return found->second;
    };
    reading.learned = [&](const std::string&, const struct stat& status, const Digest& digest) {
        changed = true;
        remember(status, digest);
    };
    auto tree = TRY(read_folder_tree(store, folder, reading));
    if (changed) TRY_VOID(store.put_note(note, remembered));
    return tree;
}

}  // namespace

Result<std::optional<LocalFile>> read_local_file(Store& store, const fs::path& path) {
    timespec begin{};
    ::clock_gettime(CLOCK_REALTIME, &begin);
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0) return system_error("read", path, errno);
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    LocalFile file;
    file.mode = status.st_mode & 0777U;
    file.content.size = static_cast<std::uint64_t>(status.st_size);
    const auto note = "local/" + sha256(path.native()).hex();
    const auto memory = parse(TRY(store.note(note)));
    if (const auto found = memory.find(looks(status)); found != memory.end() && store.has(found->second)) {
        file.content.digest = found->second;
        return file;
    }
    file.content = TRY(store.put_file(fd.get(), path));
    if (!is_fresh(status, begin))
        TRY_VOID(store.put_note(note, fmt::format("{}{} {}\n", format_line, file.content.digest.hex(), looks(status))));
    return file;
}

}  // namespace rockbuild
