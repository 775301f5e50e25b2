// The folders of the cache that are there or go as a whole: store_folders.
#include "store/inventory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

namespace rockbuild {

namespace {

/// What is being made or taken away.
constexpr const char* aside = ".partial";

std::vector<fs::path> inside(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->path().extension() != ".lock") paths.push_back(it->path());
    return paths;
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(fs::symlink_status(path, error));
}

std::int64_t time_of(const fs::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

/// Of a run that lives: it holds the lock beside it, or has something mounted there.
bool is_in_use(const fs::path& scratch, const std::string& mounts) {
    auto lock_path = scratch;
    lock_path += ".lock";
    std::error_code error;
    if (fs::exists(lock_path, error)) {
        const auto lock = FileLock::try_acquire(lock_path, FileLock::Kind::exclusive);
        return !lock || !*lock;
    }
    return mounts.find(" " + scratch.native()) != std::string::npos;
}

/// caches/<id map>/<tool>/<folder>; a folder of a compiler has one for each set of compilers (parts/caches.hpp).
void add_tool_caches(const fs::path& root, std::vector<StoreFolder>& folders) {
    const auto add = [&](const fs::path& path, bool is_whole = true) {
        folders.push_back({StoreFolder::Kind::tool_cache, path, 0, 0, time_of(path), is_whole});
    };
    for (const auto& map : inside(root / "caches"))
        for (const auto& tool : inside(map)) {
            if (tool.filename().native().starts_with("own-")) {
                add(tool, false);
                continue;
            }
            for (const auto& folder : inside(tool)) {
                if (folder.extension() == aside) {
                    add(folder, false);
                    continue;
                }
                const auto below = inside(folder);
                const bool scoped = !below.empty() && std::ranges::all_of(below, [](const auto& path) {
                    return Digest::from_hex(path.stem().native()).has_value();
                });
                if (!scoped) add(folder);
                else
                    for (const auto& scope : below) add(scope, scope.extension() != aside);
            }
        }
}

}  // namespace

std::string measure_folder(const fs::path& path) {
    constexpr std::uint64_t disk_block = 512;
    std::uint64_t bytes = 0, files = 0;
    const auto add = [&](const fs::path& entry) {
        struct stat status{};
        if (::lstat(entry.c_str(), &status) != 0) return;
        const auto names = S_ISDIR(status.st_mode) ? 1 : std::max<std::uint64_t>(1, status.st_nlink);
        bytes += static_cast<std::uint64_t>(status.st_blocks) * disk_block / names;
        if (!S_ISDIR(status.st_mode)) ++files;
    };
    add(path);
    std::error_code error;
    constexpr auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(path, skip, error), end; !error && it != end; it.increment(error))
        add(it->path());
    return fmt::format("{} {}\n", files, bytes);
}

Result<std::vector<StoreFolder>> store_folders(const fs::path& root, IdSpace& ids) {
    using Kind = StoreFolder::Kind;
    std::vector<StoreFolder> folders;
    for (const auto& path : inside(root / "checkouts")) {
        auto lock = path;
        lock += ".lock";
        const bool is_whole = path.extension() != aside;
        folders.push_back({Kind::checkout, path, 0, 0, time_of(is_whole ? lock : path), is_whole});
    }
    add_tool_caches(root, folders);
    for (const auto& path : inside(root / "git"))
        folders.push_back({Kind::git_mirror, path, 0, 0, time_of(path), true});
    for (const auto& path : inside(root / "apt")) {
        auto used = time_of(path);
        for (const auto& below : inside(path)) used = std::max(used, time_of(below));
        folders.push_back({Kind::apt_state, path, 0, 0, used, true});
    }
    for (const auto& project : inside(root / "logs"))
        for (const auto& path : inside(project)) folders.push_back({Kind::log, path, 0, 0, time_of(path), true});
    const auto mounts = TRY(read_file("/proc/self/mountinfo"));
    for (const auto& path : inside(root / "scratch"))
        if (is_folder(path) && !is_in_use(path, mounts))
            folders.push_back({Kind::scratch, path, 0, 0, time_of(path), true});
    if (folders.empty()) return folders;
    std::string request = "measure";
    for (const auto& folder : folders) request += "\n" + folder.path.native();
    std::istringstream answer(TRY(ids.call(request)));
    for (auto& folder : folders) answer >> folder.files >> folder.bytes;
    return folders;
}

}  // namespace rockbuild
