// Everything one run of `pack` or `plan` works with: the store, and by first need the sandbox, bases, packages, Pebble.
#pragma once

#include "pack/pack.hpp"
#include "packages/archive.hpp"
#include "parts/workshop.hpp"
#include "store/checkout.hpp"
#include "store/store.hpp"
#include "system/http.hpp"
#include "system/process.hpp"
#include "system/sandbox.hpp"
#include "toolchains/pebble_binary.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace rockbuild {

/// The note that remembers the keys of a project's steps, by the project's folder.
std::string project_note(const std::filesystem::path& project_dir);
/// Where the logs of a project's runs and steps are.
std::filesystem::path logs_folder(const std::filesystem::path& cache, const std::filesystem::path& project_dir);

class Session {
public:
    /// `project` is any of the document's builds: its bases and its name are the same for all. `lock` is asked before
    /// anything is resolved.
    static Result<std::unique_ptr<Session>> open(IdSpace& ids, const Project& project, const PackOptions& options,
                                                 std::shared_ptr<LockKeeper> lock, const Host& host, EventSink& events,
                                                 const std::stop_token& stop);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Store& store() { return *store_; }
    Job job(const Project& project, const Build& build) const;
    /// For `build`, whose requests the lock is asked for from here on.
    Result<std::unique_ptr<Workshop>> workshop(const Build& build);
    /// The project's base, made.
    Result<Base> base(const Arch& arch);
    /// The time that the image says it is of: SOURCE_DATE_EPOCH, else that of the project's last commit.
    std::int64_t created() const;
    /// Writes down what this run had a use of, for `store gc`. A `whole` run replaces what was written of such runs
    /// before, others add to it.
    Result<void> remember_uses(bool whole);

private:
    Session(IdSpace& ids, const Project& project, const PackOptions& options, const Host& host, EventSink& events,
            std::shared_ptr<LockKeeper> lock, std::stop_token stop)
        : ids_(ids),
          project_(project),
          options_(options),
          host_(host),
          events_(events),
          lock_(std::move(lock)),
          stop_(std::move(stop)) {}

    Result<Mirror> mirror();
    Result<Sandbox*> sandbox();
    LockRequest base_request(const BaseKind& kind, const Arch& arch) const;
    Result<std::optional<Base>> known(const BaseKind& kind, const Arch& arch);
    Result<void> check_locked(const LockRequest& request, const LockedValue& locked, const Base& base) const;
    Result<Base> need(const BaseKind& kind, const Arch& arch, const std::stop_token& stop);
    Result<Base> make(const BaseKind& kind, const Arch& arch, const std::stop_token& stop, bool for_all = true);
    PackageArchive& archive(const std::string& release, const Arch& arch);
    Result<Key> pebble_key_of(const Arch& arch);
    Result<SandboxTransport> transport();
    PebbleMaker pebble_maker(const std::stop_token& stop);
    std::int64_t commit_time() const;

    IdSpace& ids_;
    const Project& project_;
    const PackOptions& options_;
    const Host& host_;
    EventSink& events_;
    std::shared_ptr<LockKeeper> lock_;
    std::stop_token stop_;
    HostProcesses processes_;
    std::unique_ptr<Http> http_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Checkouts> checkouts_;
    std::unique_ptr<Sandbox> sandbox_;
    std::map<std::string, std::unique_ptr<PackageArchive>> archives_;
    std::mutex first_need_;  // of the mirror and the sandbox: steps need them side by side
    std::optional<Mirror> mirror_;
    std::mutex making_base_;
    std::mutex first_transport_;
    std::optional<SandboxTransport> transport_;
    std::optional<std::int64_t> source_date_;
    std::shared_future<std::int64_t> commit_time_;  // asked for beside the steps; goes first, for it uses the others
};

}  // namespace rockbuild
