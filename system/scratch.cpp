// Each run holds a lock on `run-XXXXXX.lock`; a run whose lock can be taken is dead. Making a run and looking for dead
// ones happen under a lock of the base, so that nobody takes one that is just being made for a dead one.
#include "system/scratch.hpp"

#include "system/id_map.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::string_view lock_ending = ".lock";

/// What steps wrote may belong to ids that only exist in the user namespace.
void remove_as_inside(const fs::path& path, int user_namespace) {
    if (remove_tree(path) || user_namespace < 0) return;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(enter_user_namespace(user_namespace) == 0 && remove_tree(path) ? 0 : 1);
    while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

void remove_dead_runs(const fs::path& base, int user_namespace) {
    std::error_code error;
    std::vector<fs::path> locks;
    for (fs::directory_iterator it(base, error), end; !error && it != end; it.increment(error))
        if (it->path().extension() == lock_ending) locks.push_back(it->path());
    for (const auto& lock : locks) {
        const auto held = FileLock::try_acquire(lock, FileLock::Kind::exclusive);
        if (!held || !*held) continue;
        remove_as_inside(fs::path(lock).replace_extension(), user_namespace);
        fs::remove(lock, error);
    }
}

}  // namespace

Result<Scratch> Scratch::make(const fs::path& base, int user_namespace) {
    TRY_VOID(make_folders(base));
    // In a public place like /dev/shm anybody could have made the folder first.
    struct stat status{};
    if (::lstat(base.c_str(), &status) != 0) return system_error("look at", base, errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
        return fail("RB0120", fmt::format("'{}' belongs to somebody else", base.native()),
                    "remove it, or choose another place for scratch files", ExitCode::unable);
    if (::chmod(base.c_str(), 0700) != 0) return system_error("set the mode of", base, errno);
    const auto making = TRY(FileLock::acquire(base / "lock", FileLock::Kind::exclusive));
    remove_dead_runs(base, user_namespace);

    std::string name = (base / "run-XXXXXX").native() + std::string(lock_ending);
    Fd file(::mkostemps(name.data(), static_cast<int>(lock_ending.size()), O_CLOEXEC));
    if (!file) return system_error("make a file in", base, errno);
    auto lock = TRY(FileLock::acquire(name, FileLock::Kind::exclusive));
    auto path = fs::path(name).replace_extension();
    if (::mkdir(path.c_str(), 0700) != 0) return system_error("make the folder", path, errno);
    return Scratch(std::move(path), std::move(lock), user_namespace);
}

Scratch::Scratch(Scratch&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)), user_namespace_(other.user_namespace_) {}

Scratch::~Scratch() {
    if (path_.empty()) return;
    remove_as_inside(path_, user_namespace_);
    std::error_code error;
    fs::remove(path_.native() + std::string(lock_ending), error);
}

}  // namespace rockbuild
