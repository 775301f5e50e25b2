// Places inside are kept in a sorted map, so that a parent is always mounted before what lies in it. Each tree gets a
// scaffold as its lowest lower: a folder that holds nothing but the mount points of what comes to lie in that tree.
// So a mount point never has to be made in an upper side, where it would be taken for something the step wrote.
#include "system/mount_plan.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>
#include <set>

namespace rockbuild {

namespace fs = std::filesystem;

namespace {

using Kind = MountAct::Kind;

// The kernel takes at most a page of mount options.
constexpr std::size_t longest_options = 4095;

struct Place {
    enum class Kind { tree, cache, file, proc, sys, dev, tmp } kind{};
    std::size_t index = 0;  // in the request's list

    bool is_folder() const { return kind != Kind::file; }
};

using Places = std::map<std::string, Place>;

Result<std::string> clean(const std::string& inside) {
    auto path = fs::path(inside).lexically_normal();
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    if (!path.is_absolute() || inside.find('\0') != std::string::npos)
        return fail("RB0122", fmt::format("'{}' is no absolute path in the sandbox", inside));
    return path.native();
}

Result<Places> place_all(const SandboxRun& request) {
    if (request.trees.empty() || request.trees[0].inside != "/")
        return fail("RB0122", "a sandbox needs a tree at '/', and it must come first");
    Places places;
    const auto put = [&](const std::string& inside, Place place) -> Result<void> {
        if (const auto path = TRY(clean(inside)); !places.emplace(path, place).second)
            return fail("RB0122", fmt::format("two things were asked for at '{}' in the sandbox", path));
        return {};
    };
    for (std::size_t i = 0; i < request.trees.size(); ++i) {
        if (request.trees[i].lowers.empty())
            return fail("RB0122", fmt::format("the tree at '{}' has no folder below it", request.trees[i].inside));
        TRY_VOID(put(request.trees[i].inside, {Place::Kind::tree, i}));
    }
    for (std::size_t i = 0; i < request.caches.size(); ++i)
        TRY_VOID(put(request.caches[i].inside, {Place::Kind::cache, i}));
    for (std::size_t i = 0; i < request.files.size(); ++i)
        TRY_VOID(put(request.files[i].inside, {Place::Kind::file, i}));
    places.emplace("/proc", Place{Place::Kind::proc});
    places.emplace("/sys", Place{Place::Kind::sys});
    places.emplace("/dev", Place{Place::Kind::dev});
    places.emplace("/tmp", Place{Place::Kind::tmp});
    return places;
}

/// The innermost other place that `path` lies in; the root for what lies in no other.
Places::const_iterator holder(const Places& places, const std::string& path) {
    for (auto parent = fs::path(path).parent_path();; parent = parent.parent_path())
        if (const auto found = places.find(parent.native()); found != places.end()) return found;
}

class Planner {
public:
    Planner(const SandboxRun& request, const std::vector<fs::path>& works, const SandboxWay& way, const Places& places)
        : request_(request), works_(works), way_(way), places_(places) {}

    Result<std::vector<MountAct>> plan() {
        for (std::size_t i = 0; i < request_.trees.size(); ++i) TRY_VOID(tree(i));
        acts_.push_back({.kind = Kind::root, .path = "t0", .what = "the root"});
        for (const auto& [path, place] : places_) show(path, place);
        return std::move(acts_);
    }

private:
    void folder(std::string path, std::string what) {
        acts_.push_back({.kind = Kind::folder, .path = std::move(path), .what = std::move(what)});
    }

    void link(const std::string& path, const fs::path& target, const std::string& what) {
        acts_.push_back({.kind = Kind::link, .path = path, .source = fs::absolute(target).native(), .what = what});
    }

    void mount(std::string path, std::string type, std::uint64_t flags, std::string options, std::string what,
               bool optional = false) {
        acts_.push_back({.kind = Kind::mount,
                         .path = std::move(path),
                         .source = type,
                         .type = type,
                         .data = std::move(options),
                         .flags = flags,
                         .optional = optional,
                         .what = std::move(what)});
    }

    void move(std::string path, std::string inside, std::string what, bool optional = false) {
        acts_.push_back({.kind = Kind::move,
                         .path = std::move(path),
                         .inside = std::move(inside),
                         .optional = optional,
                         .what = std::move(what)});
    }

    void scaffold(std::size_t index, const std::string& name, const std::string& what) {
        folder(name, what);
        std::set<std::string> made;
        for (const auto& [path, place] : places_) {
            if (path == "/") continue;
            const auto in = holder(places_, path);
            if (in->second.kind != Place::Kind::tree || in->second.index != index) continue;
            fs::path so_far(name);
            const auto relative = fs::path(path).lexically_relative(in->first);
            for (auto part = relative.begin(); part != relative.end(); ++part) {
                so_far /= *part;
                if (!made.insert(so_far.native()).second) continue;
                if (std::next(part) == relative.end() && !place.is_folder())
                    acts_.push_back({.kind = Kind::file, .path = so_far.native(), .mode = 0644, .what = what});
                else folder(so_far.native(), what);
            }
        }
    }

    Result<void> tree(std::size_t index) {
        const auto& tree = request_.trees[index];
        const auto number = std::to_string(index);
        const auto what = "the tree at " + tree.inside;
        scaffold(index, "s" + number, what);
        std::string options = "lowerdir=";
        const auto first_lower = "l" + std::to_string(lowers_);
        for (const auto& lower : tree.lowers) {
            const auto name = "l" + std::to_string(lowers_++);
            link(name, lower, what);
            options += name + ":";
        }
        options += "s" + number;
        if (!tree.upper.empty()) {
            link("u" + number, tree.upper, what);
            link("w" + number, works_.at(uppers_++), what);
            // The root of a merged tree has the upper folder's owner and mode; a fresh one must not change them.
            std::error_code error;
            if (fs::is_empty(tree.upper, error))
                acts_.push_back({.kind = Kind::same, .path = "u" + number, .source = first_lower, .what = what});
            options += fmt::format(",upperdir=u{0},workdir=w{0},volatile", number);
        }
        // spec/build-environment.md §5: with any of these on, the upper side is no diff. `nofollow` rather than `off`:
        // kernels before 6.5 refuse `off` together with userxattr.
        options += ",redirect_dir=nofollow,metacopy=off,index=off";
        if (way_.user_attributes) options += ",userxattr";
        if (options.size() > longest_options)
            return fail("RB0122", fmt::format("{} is made of {} folders, more than one mount can take", what,
                                              tree.lowers.size()));
        folder("t" + number, what);
        mount("t" + number, "overlay", MS_NODEV, options, what);
        return {};
    }

    void show(const std::string& path, const Place& place) {
        switch (place.kind) {
            case Place::Kind::tree:
                if (path != "/") move("t" + std::to_string(place.index), path, "the tree at " + path);
                break;
            case Place::Kind::cache:
                acts_.push_back({.kind = Kind::bind,
                                 .source = fs::absolute(request_.caches[place.index].folder).native(),
                                 .inside = path,
                                 .flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                                 .what = "the cache at " + path});
                break;
            case Place::Kind::file:
                file(path, place.index);
                break;
            case Place::Kind::proc:
                proc();
                break;
            case Place::Kind::sys:
                // Only the owner of the network namespace may mount it; a step can do without.
                folder("sys", "/sys");
                mount("sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "", "/sys", true);
                move("sys", "/sys", "/sys", true);
                break;
            case Place::Kind::dev:
                dev();
                break;
            case Place::Kind::tmp:
                folder("tmp", "/tmp");
                mount("tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", "/tmp");
                move("tmp", "/tmp", "/tmp");
                break;
        }
    }

    void file(const std::string& path, std::size_t index) {
        const auto& wish = request_.files[index];
        const auto copy = "f" + std::to_string(index);
        acts_.push_back(
            {.kind = Kind::file, .path = copy, .data = wish.content, .mode = wish.mode, .what = "the file " + path});
        acts_.push_back({.kind = Kind::bind,
                         .source = copy,
                         .inside = path,
                         .flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                         .is_folder = false,
                         .what = "the file " + path});
    }

    void proc() {
        folder("proc", "/proc");
        if (way_.fresh_proc) mount("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", "/proc");
        else
            acts_.push_back(
                {.kind = Kind::bind, .path = "proc", .source = "/proc", .recursive = true, .what = "/proc"});
        // User 0 owns these files, and no capability guards them (spec/build-environment.md §2).
        for (const auto* name : {"sys", "sysrq-trigger", "irq", "bus", "fs"})
            acts_.push_back({.kind = Kind::bind,
                             .path = fmt::format("proc/{}", name),
                             .source = fmt::format("proc/{}", name),
                             .flags = MOUNT_ATTR_RDONLY,
                             .recursive = true,
                             .optional = true,
                             .what = fmt::format("/proc/{}", name)});
        move("proc", "/proc", "/proc");
    }

    void dev() {
        folder("dev", "/dev");
        mount("dev", "tmpfs", MS_NOSUID, "mode=0755", "/dev");
        struct Device {
            const char* name;
            unsigned major, minor;  // Documentation/admin-guide/devices.txt of the kernel
        };
        for (const auto& device :
             {Device{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}})
            acts_.push_back({.kind = Kind::device,
                             .path = fmt::format("dev/{}", device.name),
                             .source = fmt::format("/dev/{}", device.name),
                             .flags = makedev(device.major, device.minor),
                             .mode = 0666,
                             .is_folder = false,
                             .what = fmt::format("/dev/{}", device.name)});
        const auto stage_link = [&](const char* name, const char* target) {
            acts_.push_back({.kind = Kind::link,
                             .path = fmt::format("dev/{}", name),
                             .source = target,
                             .what = fmt::format("/dev/{}", name)});
        };
        stage_link("fd", "/proc/self/fd");
        stage_link("stdin", "/proc/self/fd/0");
        stage_link("stdout", "/proc/self/fd/1");
        stage_link("stderr", "/proc/self/fd/2");
        stage_link("ptmx", "pts/ptmx");
        folder("dev/pts", "/dev/pts");
        mount("dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620", "/dev/pts");
        folder("dev/shm", "/dev/shm");
        mount("dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", "/dev/shm");
        move("dev", "/dev", "/dev");
    }

    const SandboxRun& request_;
    const std::vector<fs::path>& works_;
    const SandboxWay& way_;
    const Places& places_;
    std::vector<MountAct> acts_;
    std::size_t lowers_ = 0;
    std::size_t uppers_ = 0;
};

}  // namespace

Result<std::vector<MountAct>> plan_mounts(const SandboxRun& request, const std::vector<fs::path>& works,
                                          const SandboxWay& way) {
    const auto places = TRY(place_all(request));
    return Planner(request, works, way, places).plan();
}

}  // namespace rockbuild
