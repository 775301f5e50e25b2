// A user's folder, read with a memory: for each file the store remembers what it looked like (device, inode, size,
// times) and the digest it had then. A file that looks the same isn't read again, unless it was so fresh at that time
// that a later write could have left its times as they are (git's "racy" rule).
#include "store/checkout.hpp"
#include "store/folder_io.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
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

}  // namespace

Result<Tree> read_local(Store& store, const LocalRead& request, std::int64_t time) {
    std::error_code error;
    const auto folder = fs::canonical(request.folder, error);
    if (error) {
        auto missing = system_error("read the folder", request.folder, error.value());
        missing.error().code = "RB0220";
        missing.error().hint = "paths of sources are relative to the project's folder";
        return missing;
    }
    const auto note = "local/" + sha256(folder.native()).hex();
    const auto memory = parse(TRY(store.note(note)));
    timespec begin{};
    ::clock_gettime(CLOCK_REALTIME, &begin);
    std::string remembered(format_line);
    bool changed = false;
    const auto remember = [&](const struct stat& status, const Digest& digest) {
        if (!is_fresh(status, begin)) remembered += fmt::format("{} {}\n", digest.hex(), looks(status));
    };
    FolderReading reading;
    reading.time = time;
    reading.own_files = true;
    reading.ignore = [&](const std::string& name) {
        return std::any_of(request.ignore.begin(), request.ignore.end(),
                           [&](const auto& glob) { return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
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
