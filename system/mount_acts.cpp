// Places inside are reached by openat2 with RESOLVE_IN_ROOT: a tree is what some script left behind, and a link in it
// (`/etc -> /`, `/var -> ../../..`) must not lead a mount out of the new root. A file is mounted on whatever bears its
// name, on a link too (Ubuntu's /etc/resolv.conf is one, to a file that isn't there).
#include "system/mount_acts.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace rockbuild {

namespace {

using Kind = MountAct::Kind;

int open_inside(int root, const char* inside, bool is_folder) noexcept {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(O_PATH | O_CLOEXEC | (is_folder ? O_DIRECTORY : O_NOFOLLOW));
    how.resolve = RESOLVE_IN_ROOT;
    return static_cast<int>(::syscall(SYS_openat2, root, inside, &how, sizeof how));
}

/// Opens the mount point, making what is missing: in a tmpfs or a cache nothing is prepared, and in a tree an earlier
/// delta may have deleted the scaffold's folder.
int open_target(int root, const std::string& inside, bool is_folder) noexcept {
    const int target = open_inside(root, inside.c_str(), is_folder);
    if (target >= 0 || errno != ENOENT) return target;
    char path[PATH_MAX];
    if (inside.size() >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    std::memcpy(path, inside.c_str(), inside.size() + 1);
    int parent = open_inside(root, "/", true);
    for (char* name = path + 1; parent >= 0;) {
        char* const slash = std::strchr(name, '/');
        const bool last = slash == nullptr;
        if (!last) *slash = '\0';
        int next = open_inside(root, path, !last || is_folder);
        if (next < 0 && errno == ENOENT) {
            const int made =
                !last || is_folder ? ::mkdirat(parent, name, 0755) : ::mknodat(parent, name, S_IFREG | 0644, 0);
            next = made == 0 ? open_inside(root, path, !last || is_folder) : -1;
        }
        const int error = errno;
        ::close(parent);
        errno = error;
        if (last) return next;
        parent = next;
        *slash = '/';
        name = slash + 1;
    }
    return -1;
}

int write_new_file(const MountAct& act) noexcept {
    const int file = ::open(act.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    const char* bytes = act.data.data();
    for (auto left = act.data.size(); left > 0;) {
        const auto count = ::write(file, bytes, left);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        bytes += count;
        left -= static_cast<std::size_t>(count);
    }
    if (::fchmod(file, act.mode) != 0) return -1;
    return ::close(file);
}

int copy_attributes(const MountAct& act) noexcept {
    struct stat from{};
    if (::stat(act.source.c_str(), &from) != 0 || ::chown(act.path.c_str(), from.st_uid, from.st_gid) != 0 ||
        ::chmod(act.path.c_str(), from.st_mode & 07777) != 0)
        return -1;
    const timespec times[2] = {from.st_atim, from.st_mtim};
    return ::utimensat(AT_FDCWD, act.path.c_str(), times, 0);
}

int bind(int root, const MountAct& act, std::uint64_t attributes) noexcept {
    const auto deep = static_cast<unsigned>(act.recursive ? AT_RECURSIVE : 0);
    const int tree = ::open_tree(AT_FDCWD, act.source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | deep);
    if (tree < 0) return -1;
    mount_attr change{};
    change.attr_set = attributes;
    if (attributes != 0 &&
        ::mount_setattr(tree, "", static_cast<int>(AT_EMPTY_PATH | deep), &change, sizeof change) != 0)
        return -1;
    const int target = act.inside.empty() ? ::open(act.path.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW)
                                          : open_target(root, act.inside, act.is_folder);
    if (target < 0) return -1;
    const int moved = ::move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    const int error = errno;
    ::close(target);
    ::close(tree);
    errno = error;
    return moved;
}

int make_device(int root, const MountAct& act) noexcept {
    if (::mknod(act.path.c_str(), S_IFCHR | act.mode, act.flags) == 0) return 0;
    if (errno != EPERM || ::mknod(act.path.c_str(), S_IFREG | act.mode, 0) != 0) return -1;
    return bind(root, act, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

int move(int root, const MountAct& act) noexcept {
    const int target = open_target(root, act.inside, act.is_folder);
    if (target < 0) return -1;
    const int moved = ::move_mount(AT_FDCWD, act.path.c_str(), target, "", MOVE_MOUNT_T_EMPTY_PATH);
    const int error = errno;
    ::close(target);
    errno = error;
    return moved;
}

}  // namespace

int perform(const std::vector<MountAct>& acts, std::size_t& failed) noexcept {
    int root = -1;
    for (failed = 0; failed < acts.size(); ++failed) {
        const auto& act = acts[failed];
        int result = -1;
        switch (act.kind) {
            case Kind::folder:
                result = ::mkdir(act.path.c_str(), act.mode);
                break;
            case Kind::file:
                result = write_new_file(act);
                break;
            case Kind::link:
                result = ::symlink(act.source.c_str(), act.path.c_str());
                break;
            case Kind::same:
                result = copy_attributes(act);
                break;
            case Kind::mount:
                result = ::mount(act.source.c_str(), act.path.c_str(), act.type.c_str(), act.flags, act.data.c_str());
                break;
            case Kind::device:
                result = make_device(root, act);
                break;
            case Kind::root:
                result = root = ::open(act.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
                break;
            case Kind::move:
                result = move(root, act);
                break;
            case Kind::bind:
                result = bind(root, act, act.flags);
                break;
        }
        if (result < 0 && !act.optional) return -1;
    }
    return root;
}

}  // namespace rockbuild
