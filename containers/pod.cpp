#include "containers/pod.hpp"

#include "containers/foreground.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace rockbuild {

namespace {

/// The volumes' places on this machine. What a container finds in a volume may have been put there by another one, so a
/// place below a volume is looked up with its links resolved, and must still be in it.
class Volumes {
public:
    Volumes(const PodManifest& manifest, const ContainerRecord& pod) : manifest_(manifest), pod_(pod) {}

    Result<void> make() const;
    Result<std::vector<Volume>> mounts_of(const PodContainer& container) const;

private:
    fs::path place(const std::string& name, const PodVolume& volume) const {
        if (volume.kind == PodVolume::Kind::host) return volume.path;
        return (volume.kind == PodVolume::Kind::memory ? pod_.memory : pod_.writable) / name;
    }
    static Result<void> make_host_path(const PodVolume& volume);

    const PodManifest& manifest_;
    const ContainerRecord& pod_;
};

Result<void> Volumes::make_host_path(const PodVolume& volume) {
    std::error_code error;
    const auto status = fs::status(volume.path, error);
    if (volume.type == "DirectoryOrCreate" && !fs::exists(status)) return make_folders(volume.path);
    if (volume.type == "FileOrCreate" && !fs::exists(status)) return write_file(volume.path, "");
    const bool folder = volume.type.starts_with("Directory"), file = volume.type.starts_with("File");
    if (fs::exists(status) && !(folder && !fs::is_directory(status)) && !(file && !fs::is_regular_file(status)))
        return {};
    auto missing = fail("RB1153",
                        fs::exists(status) ? fmt::format("'{}' is no {}", volume.path, folder ? "folder" : "file")
                                           : fmt::format("there is no '{}' to give to the pod", volume.path),
                        "make it first, or write type: DirectoryOrCreate");
    missing.error().span = volume.span;
    return missing;
}

Result<void> Volumes::make() const {
    for (const auto& [name, volume] : manifest_.volumes) {
        if (volume.kind == PodVolume::Kind::host) {
            TRY_VOID(make_host_path(volume));
            continue;
        }
        const auto folder = place(name, volume);
        TRY_VOID(make_folders(folder));
        // Whatever user a container is, the volume is its own too (as Kubernetes has it).
        if (::chmod(folder.c_str(), 0777) != 0) return system_error("open to everybody", folder, errno);
    }
    return {};
}

Result<std::vector<Volume>> Volumes::mounts_of(const PodContainer& container) const {
    std::vector<Volume> result;
    for (const auto& mount : container.mounts) {
        std::error_code error;
        const auto volume = fs::canonical(place(mount.volume, manifest_.volumes.at(mount.volume)), error);
        if (error) return system_error("find", mount.volume, error.value());
        const auto wanted = mount.sub_path.empty() ? volume : fs::weakly_canonical(volume / mount.sub_path, error);
        const auto [end, rest] = std::mismatch(volume.begin(), volume.end(), wanted.begin(), wanted.end());
        if (error || end != volume.end()) {
            auto outside =
                fail("RB1173", fmt::format("'{}' leads out of the volume '{}'", mount.sub_path, mount.volume),
                     "a link in the volume leads elsewhere");
            outside.error().span = mount.span;
            return outside;
        }
        if (!fs::exists(wanted, error)) TRY_VOID(make_folders(wanted));
        result.push_back({wanted, mount.inside, mount.read_only});
    }
    return result;
}

/// A container of the pod: what is examined, and where in the manifest it stands.
struct Member {
    const PodContainer* container = nullptr;
    Examined examined;
    std::optional<Shelf::Place> place;  // its name is ours
};

class PodRun {
public:
    PodRun(const RunTools& tools, const PodRequest& request)
        : tools_(tools), request_(request), manifest_(request.manifest), volumes_(manifest_, pod_) {
        pod_.name = request.name.empty() ? manifest_.name : request.name;
    }

    Result<RunResult> run();

private:
    Result<void> examine_all();
    Result<Member> examine_one(const PodContainer& container) const;
    Result<int> make_and_start();
    Result<int> start_and_wait();
    /// Everything that this run has made.
    Result<void> clear();
    Result<void> initialize(Foreground& foreground);
    /// Where the pod has a network of its own, the first container makes it and the others share it.
    Result<void> start_all(Foreground& foreground);
    Result<void> start_detached_beside_first(Prepared& prepared) const;
    Result<void> prepare_one(Member& member);

    const RunTools& tools_;
    const PodRequest& request_;
    const PodManifest& manifest_;
    ContainerRecord pod_;
    Volumes volumes_;
    std::vector<Member> initial_, members_;
    std::vector<Prepared> running_;  // their names are ours until the end
    fs::path network_;               // of the first one, where the pod has a network of its own
};

Result<Member> PodRun::examine_one(const PodContainer& container) const {
    RunRequest request;
    const auto located = [&](Diagnostic error) {
        if (!error.span) error.span = container.span;
        return std::unexpected(std::move(error));
    };
    auto image = request_.find_image(container.image);
    if (!image) return located(std::move(image).error());
    request.image = *std::move(image);
    request.name = fmt::format("{}-{}", pod_.name, container.name);
    request.command = container.command;
    request.arguments = container.arguments;
    request.user = container.user;
    request.group = container.group;
    for (const auto& mount : container.mounts) request.volumes.push_back({{}, mount.inside, mount.read_only});
    request.working_dir = container.working_dir;
    request.hostname = manifest_.hostname;
    request.environment = container.environment;
    request.network = request_.network;
    request.read_only_root = container.read_only_root;
    request.detach = request_.detach;
    request.pod = pod_.name;
    request.readiness = container.readiness;
    const bool shares_host = request_.network.kind == ContainerNetwork::Kind::host;
    for (const auto& port : container.ports) {
        request.ports.push_back({port.port, fmt::format("the container '{}'", container.name)});
        if (port.host_port == 0 || (shares_host && port.host_port == port.port)) continue;
        auto error =
            fail("RB1175", fmt::format("port {} can't be had as {} of the host", port.port, port.host_port),
                 shares_host ? "the pod shares the host's network: leave hostPort out, or write the same number"
                             : "the pod has a network of its own: use --net host, or leave hostPort out");
        error.error().span = port.span;
        return error;
    }
    auto examined = examine(tools_, std::move(request));
    if (!examined) return located(std::move(examined).error());
    if (container.never_root && examined->user.uid == 0)
        return located(fail("RB1178", fmt::format("'{}' would be root, which runAsNonRoot forbids", container.name),
                            "write runAsUser, or an image with another user")
                           .error());
    return Member{&container, *std::move(examined), {}};
}

Result<void> PodRun::examine_all() {
    TRY_VOID(tools_.shelf.expect_free(pod_.name));
    for (const auto& container : manifest_.init_containers) initial_.push_back(TRY(examine_one(container)));
    for (const auto& container : manifest_.containers) members_.push_back(TRY(examine_one(container)));
    return {};
}

Result<void> PodRun::prepare_one(Member& member) {
    auto& request = member.examined.request;
    request.volumes = TRY(volumes_.mounts_of(*member.container));
    if (request.network.kind == ContainerNetwork::Kind::none) request.network.path = network_;
    // A network can only be shared within the user namespace that it belongs to.
    if (!running_.empty()) request.user_namespace = running_.front().launch.user_namespace;
    running_.push_back(TRY(prepare(tools_, member.examined, *std::exchange(member.place, {}))));
    return {};
}

/// What they say goes to standard error: it is no result.
Result<void> PodRun::initialize(Foreground& foreground) {
    for (auto& member : initial_) {
        member.examined.request.detach = false;
        TRY_VOID(prepare_one(member));
        const auto& name = running_.back().place.name;
        TRY_VOID(foreground.start_labelled(name, running_.back().launch, member.container->name, STDERR_FILENO));
        const auto code = TRY(foreground.wait()).back();
        TRY_VOID(tools_.shelf.clear(name, tools_.remover()));
        running_.pop_back();
        if (TRY(foreground.asked_to_end())) return {};
        if (code == 0) continue;
        auto error =
            fail("RB1174", fmt::format("the init container '{}' ended with code {}", member.container->name, code),
                 "the pod was not started");
        error.error().span = member.container->span;
        return error;
    }
    return {};
}

std::unexpected<Diagnostic> first_has_ended(const std::string& name) {
    return fail(
        "RB1176",
        fmt::format("the pod's first container '{}' has ended before the others began, and its network with it", name));
}

/// Who can't join the first one's network may just have come too late for it.
Result<void> PodRun::start_detached_beside_first(Prepared& prepared) const {
    auto started = start_detached(prepared);
    if (started || network_.empty()) return started;
    const auto& first = running_.front().place.name;
    const auto known = tools_.shelf.runtime(first);
    if (!known || (*known && (*known)->pid > 0)) return started;
    auto error = first_has_ended(first);
    error.error().notes.push_back({started.error().message, std::nullopt});
    error.error().excerpt = started.error().excerpt;
    return error;
}

Result<void> PodRun::start_all(Foreground& foreground) {
    for (auto& member : members_) {
        // Who is told to end while it starts goes no further.
        if (TRY(foreground.asked_to_end())) return {};
        TRY_VOID(prepare_one(member));
        auto& prepared = running_.back();
        const auto& name = prepared.place.name;
        if (request_.detach) TRY_VOID(start_detached_beside_first(prepared));
        else TRY_VOID(foreground.start_labelled(name, prepared.launch, member.container->name, STDOUT_FILENO));
        if (!network_.empty() || request_.network.kind != ContainerNetwork::Kind::none) continue;
        std::optional<pid_t> first;
        if (!request_.detach) first = TRY(foreground.first_process(name));
        else if (const auto known = TRY(tools_.shelf.runtime(name)); known && known->pid > 0) first = known->pid;
        if (!first && members_.size() > 1) return first_has_ended(name);
        network_ = fs::path("/proc") / std::to_string(first.value_or(0)) / "ns/net";
    }
    return {};
}

Result<int> PodRun::start_and_wait() {
    Foreground foreground(tools_.shelf, tools_.say, manifest_.grace_seconds);
    TRY_VOID(initialize(foreground));
    TRY_VOID(start_all(foreground));
    const auto codes = TRY(foreground.wait());
    if (running_.size() < members_.size())
        return fail("RB1177", "the pod was told to end before all of it had started", {}, ExitCode::interrupted);
    const auto failed = std::find_if(codes.begin(), codes.end(), [](int code) { return code != 0; });
    return failed == codes.end() ? 0 : *failed;
}

Result<int> PodRun::make_and_start() {
    // All names are ours before anything is started, and nothing that isn't ours is ever cleared.
    for (auto* list : {&initial_, &members_})
        for (auto& member : *list) {
            const auto& name = member.examined.request.name;
            member.place = TRY(tools_.shelf.take(name, name, tools_.remover()));
        }
    pod_.image = request_.file;
    pod_.network = network_name(request_.network);
    pod_.created = tools_.host.now;
    pod_.detached = request_.detach;
    pod_.grace = manifest_.grace_seconds;
    for (const auto& member : members_) pod_.members.push_back(member.examined.request.name);
    for (auto [place, in_memory] : {std::pair(&pod_.writable, false), std::pair(&pod_.memory, true)}) {
        *place = TRY(make_writable(tools_.cache, pod_.name, in_memory));
        TRY_VOID(tools_.shelf.write(pod_));
    }
    TRY_VOID(volumes_.make());
    return start_and_wait();
}

Result<void> PodRun::clear() {
    for (auto* list : {&initial_, &members_})
        for (const auto& member : *list)
            if (member.place) TRY_VOID(tools_.shelf.clear(member.place->name, tools_.remover()));
    return tools_.shelf.clear(pod_.name, tools_.remover());
}

Result<RunResult> PodRun::run() {
    TRY_VOID(examine_all());
    const auto place = TRY(tools_.shelf.take(pod_.name, pod_.name, tools_.remover()));
    const auto code = make_and_start();
    if (code && request_.detach) return RunResult{pod_.name, 0};
    const auto cleared = clear();
    if (code && !cleared) return std::unexpected(cleared.error());
    return RunResult{pod_.name, TRY(code)};
}

}  // namespace

Result<RunResult> run_pod(const RunTools& tools, const PodRequest& request) { return PodRun(tools, request).run(); }

}  // namespace rockbuild
