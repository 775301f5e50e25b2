// The containers of this user: a folder for each below the runtime folder, with its bundle, its log, and a record of
// what it is. A name belongs to a container until it has ended; then it may be taken again. A pod lies here too: it has
// a name and volumes of its own, and its containers as members.
#pragma once

#include "containers/runc.hpp"
#include "support/result.hpp"
#include "system/file.hpp"
#include "system/host.hpp"
#include "system/http_probe.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// What is written down of a container (container.json). Fields are only ever added.
struct ContainerRecord {
    std::string name;
    std::string image;    // as it was named
    std::string digest;   // of its manifest
    std::string network;  // "host", "none", "ns:NAME"
    std::int64_t created = 0;
    std::filesystem::path writable;  // what it writes to its own file system
    std::string sidecar;             // the address of Pebble's HTTP side, for --sidecar
    bool detached = false;
    std::string pod;                     // the pod that it belongs to
    std::optional<HttpProbe> readiness;  // of a container of a pod
    std::vector<std::string> members;    // not empty: this is a pod, of these containers
    std::optional<unsigned> grace;       // of a pod: seconds between SIGTERM and SIGKILL
    std::filesystem::path memory;        // of a pod: its volumes in memory
};

struct ContainerStatus {
    ContainerRecord record;
    std::string state;  // starting, running, ended; of a pod: running as long as a member does
    pid_t pid = 0;      // 0: it doesn't run; a pod has none
    std::filesystem::path folder;
};

class Shelf {
public:
    /// Removes a folder that a container wrote into, whoever's files are in it.
    using Remover = std::function<Result<void>(const std::filesystem::path&)>;

    /// Makes `root` (mode 0700). RB1160 if it belongs to somebody else.
    static Result<Shelf> open(const std::filesystem::path& root, const std::map<std::string, std::string>& environment);

    const Runc& runc() const { return runc_; }
    /// By name.
    Result<std::vector<ContainerStatus>> list() const;
    /// RB1151 with suggestions when there is none.
    Result<ContainerStatus> find(const std::string& name) const;
    /// The same, and it must run: RB1151.
    Result<ContainerStatus> find_running(const std::string& name) const;
    /// RB1158: it can't be a name; RB1151: something of that name runs. To be told before much is done for one that
    /// will be called so.
    Result<void> expect_free(const std::string& name) const;
    /// What runc knows of it.
    Result<std::optional<RuncContainer>> runtime(const std::string& name) const;

    /// A name that is ours as long as the value lives, with an empty folder.
    struct Place {
        std::string name;
        std::filesystem::path folder;
        FileLock lock;
    };
    /// `name`, or else the first free one of `base`, `base-2`, … RB1158: a name that can't be one; RB1151: one that is
    /// in use.
    Result<Place> take(const std::string& name, const std::string& base, const Remover& remove) const;
    Result<void> write(const ContainerRecord& record) const;
    /// Takes away all that is left of it, of a pod with the containers that it started. The caller has its lock, or it
    /// is dead.
    Result<void> clear(const std::string& name, const Remover& remove) const;
    /// Waits until nobody holds the name any more: a foreground `run` clears up by itself.
    Result<FileLock> wait_for_lock(const std::string& name) const;

private:
    Shelf(std::filesystem::path root, Runc runc) : root_(std::move(root)), runc_(std::move(runc)) {}
    std::filesystem::path folder(const std::string& name) const { return root_ / "containers" / name; }
    std::filesystem::path lock_path(const std::string& name) const { return root_ / "locks" / name; }

    std::filesystem::path root_;
    Runc runc_;
};

/// $XDG_RUNTIME_DIR/rockbuild; else for root /run/rockbuild/0, for others a folder in the cache.
std::filesystem::path runtime_folder(const Host& host, const std::filesystem::path& cache);

/// Letters, digits, `_`, `.`, `-`; begins with a letter or digit; at most 63.
bool is_container_name(const std::string& name);
/// A name for a container of the image that `reference` names: "nginx" of "out/nginx_1.0_amd64.rock".
std::string name_for(const std::string& reference);

}  // namespace rockbuild
