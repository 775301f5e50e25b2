#include "containers/container.hpp"

#include "containers/bundle.hpp"
#include "containers/foreground.hpp"
#include "containers/ports.hpp"
#include "containers/sidecar.hpp"
#include "store/checkout.hpp"
#include "system/id_map.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace rockbuild {

namespace {

constexpr long overlay_magic = 0x794c7630;

/// A folder for what the container writes. It must not lie on an overlay (spec/build-environment.md §6); the cache
/// comes first, since other places may be memory.
Result<fs::path> make_writable(const fs::path& cache, const std::string& name) {
    std::error_code error;
    for (const auto& parent : {cache / "containers", fs::path("/dev/shm"), fs::temp_directory_path(error)}) {
        if (!make_folders(parent)) continue;
        struct statfs status{};
        if (::statfs(parent.c_str(), &status) != 0 || status.f_type == overlay_magic) continue;
        auto path = (parent / ("rockbuild-" + name + "-XXXXXX")).native();
        if (::mkdtemp(path.data()) == nullptr) continue;
        TRY_VOID(make_folders(fs::path(path) / "upper"));
        TRY_VOID(make_folders(fs::path(path) / "work"));
        return fs::path(path);
    }
    return fail("RB1157", "there is no place for what the container writes: every candidate lies on an overlay",
                "set ROCKBUILD_CACHE to a folder on a disk or a tmpfs", ExitCode::unable);
}

bool is_mapped(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return id >= range.inside && id - range.inside < range.count; });
}

Result<void> check_ids(const IdMap& map, const ContainerUser& user) {
    if (is_mapped(map.users, user.uid) && is_mapped(map.groups, user.gid)) return {};
    return fail(
        "RB1162",
        fmt::format("the image's user {}:{} can't be had: your user has no such subordinate id", user.uid, user.gid),
        "install the package uidmap, and give your user subordinate ids: `usermod --add-subuids 100000-165535 "
        "--add-subgids 100000-165535 NAME`",
        ExitCode::unable);
}

/// The program that the container starts with must be there: runc's own words come too late and say too little.
Result<void> check_program(const BundlePlan& plan, const Tree& root) {
    if (plan.arguments.empty())
        return fail("RB1161", "the image names no program to run", "name one after the image", ExitCode::failure);
    const auto& program = plan.arguments.front();
    const auto covered = [&](const std::string& path) {
        return std::any_of(plan.volumes.begin(), plan.volumes.end(),
                           [&](const Volume& volume) { return path.starts_with(volume.inside); });
    };
    const auto present = [&](const std::string& path) {
        const auto relative = path.substr(std::min(path.find_first_not_of('/'), path.size()));
        const auto real = resolve(root, relative);
        return covered(path) || (real && root.find(*real) != nullptr);
    };
    if (program.find('/') != std::string::npos) {
        if (!program.starts_with('/') || present(program)) return {};
    } else {
        for (const auto& pair : plan.environment) {
            if (!pair.starts_with("PATH=")) continue;
            std::string_view rest = std::string_view(pair).substr(5);
            while (!rest.empty()) {
                const auto folder = rest.substr(0, rest.find(':'));
                if (present(fmt::format("{}/{}", folder, program))) return {};
                rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
            }
        }
    }
    return fail("RB1161", fmt::format("the image has no program '{}'", program), {}, ExitCode::failure);
}

/// Private copies, bound into the container: a host file that is bound could be written through.
Result<void> add_network_files(const fs::path& folder, const std::string& name, const ContainerNetwork& network,
                               BundlePlan& plan) {
    const bool host = network.kind == ContainerNetwork::Kind::host;
    std::string hosts = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    if (host)
        if (const auto text = TRY(read_file_if_any("/etc/hosts")); text && !text->empty())
            hosts = *text + (text->ends_with('\n') ? "" : "\n");
    hosts += fmt::format("127.0.1.1 {}\n", name);
    std::optional<std::string> servers;
    if (network.kind == ContainerNetwork::Kind::path)
        servers = TRY(read_file_if_any(fs::path("/etc/netns") / network.path.filename() / "resolv.conf"));
    if (!servers && network.kind != ContainerNetwork::Kind::none) servers = TRY(read_file_if_any("/etc/resolv.conf"));
    const std::pair<const char*, std::string> files[] = {
        {"hosts", hosts}, {"hostname", name + "\n"}, {"resolv.conf", servers.value_or("")}};
    for (const auto& [file, text] : files) {
        TRY_VOID(write_file(folder / file, text));
        plan.volumes.push_back({folder / file, std::string("/etc/") + file, false});
    }
    return {};
}

/// Everything that can be refused before anything is made.
struct Request {
    ImageRoot image;
    ContainerUser user;
    ContainerNetwork network;
    std::vector<Volume> volumes;
};

Result<Request> examine(const RunTools& tools, const RunRequest& request) {
    Request result;
    result.network = TRY(parse_network(request.network));
    result.image = TRY(read_image_root(tools.store, request.image));
    for (const auto& text : request.volumes) result.volumes.push_back(TRY(parse_volume(text, tools.host.working_dir)));
    for (const auto& pair : request.environment)
        if (pair.find('=') == std::string::npos || pair.starts_with('='))
            return fail("RB1152", fmt::format("--env can't be '{}'", pair), "it is NAME=VALUE", ExitCode::usage);
    const auto& root = *result.image.tree;
    // Juju starts a workload as root, whatever the image says.
    result.user = TRY(find_user(tools.store, root, request.sidecar.empty() ? result.image.config.user : "0"));
    TRY_VOID(check_ids(tools.ids.map(), result.user));
    if (result.network.kind == ContainerNetwork::Kind::path && tools.ids.map().kind != IdMap::Kind::root)
        return fail(
            "RB1156",
            fmt::format("only root can use the network namespace '{}'", result.network.path.filename().native()),
            "run it as root, or with --net host or --net none", ExitCode::unable);
    if (result.network.kind == ContainerNetwork::Kind::host)
        TRY_VOID(check_ports(TRY(wanted_ports(tools.store, root))));
    return result;
}

Result<BundlePlan> plan_bundle(const RunTools& tools, const RunRequest& request, Request& examined,
                               const Shelf::Place& place, ContainerRecord& record) {
    BundlePlan plan;
    plan.root = place.folder / "root";
    plan.hostname = place.name;
    plan.network = examined.network;
    plan.user = examined.user;
    plan.in_user_namespace = tools.ids.map().kind != IdMap::Kind::root;
    plan.tty_group = is_mapped(tools.ids.map().groups, 5);
    auto environment = request.environment;
    if (request.sidecar.empty()) {
        plan.arguments = process_arguments(examined.image.config, request.arguments);
    } else {
        auto sidecar = TRY(plan_sidecar((fs::path(tools.host.working_dir) / request.sidecar).lexically_normal(),
                                        place.name, *examined.image.tree, listeners()));
        plan.arguments = std::move(sidecar.arguments);
        plan.arguments.insert(plan.arguments.end(), request.arguments.begin(), request.arguments.end());
        plan.volumes = std::move(sidecar.volumes);
        environment.insert(environment.begin(), sidecar.environment.begin(), sidecar.environment.end());
        record.sidecar = fmt::format("http://127.0.0.1:{}", sidecar.port);
    }
    plan.environment = process_environment(examined.image.config, examined.user, environment);
    if (!examined.image.config.working_dir.empty()) plan.working_dir = examined.image.config.working_dir;
    plan.volumes.insert(plan.volumes.end(), examined.volumes.begin(), examined.volumes.end());
    TRY_VOID(check_program(plan, *examined.image.tree));
    TRY_VOID(add_network_files(place.folder, place.name, examined.network, plan));
    return plan;
}

std::unexpected<Diagnostic> did_not_start(const fs::path& log) {
    auto error = fail("RB1163", "the container didn't start", "", ExitCode::failure);
    auto text = read_file(log).value_or("");
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) error.error().excerpt.push_back(text.substr(0, end));
        text.erase(0, end + 1);
    }
    if (auto& lines = error.error().excerpt; lines.size() > 20) lines.erase(lines.begin(), lines.end() - 20);
    return error;
}

Result<RunResult> start(const RunTools& tools, const RunRequest& request, Request& examined,
                        const Shelf::Place& place) {
    ContainerRecord record{
        place.name, request.image, examined.image.manifest.str(), request.network, tools.host.now, {},
        {},         request.detach};
    record.writable = TRY(make_writable(tools.cache, place.name));
    TRY_VOID(tools.shelf.write(record));
    const auto plan = TRY(plan_bundle(tools, request, examined, place, record));
    TRY_VOID(tools.shelf.write(record));
    const auto lower = TRY(Checkouts(tools.store, tools.ids).folder(examined.image.root));
    TRY_VOID(make_folders(plan.root));
    TRY_VOID(write_file(place.folder / "config.json", bundle_config(plan)));

    std::vector<std::string> words{"run", "--bundle", place.folder.native()};
    if (request.detach) words.insert(words.end(), {"--detach"});
    words.push_back(place.name);
    auto launch = tools.shelf.runc().command(std::move(words));
    launch.root = RootMount{lower, record.writable / "upper", record.writable / "work", plan.root};
    UserNamespace ids;
    if (plan.in_user_namespace) {
        ids = TRY(open_user_namespace(tools.ids.map()));
        launch.user_namespace = ids.fd.get();
    }
    if (!record.sidecar.empty()) tools.say(fmt::format("Pebble's health: {}/v1/health", record.sidecar));
    if (!request.detach)
        return RunResult{place.name, TRY(run_in_foreground(tools.shelf, place.name, std::move(launch)))};

    const auto log = TRY(open_file(place.folder / "log", O_WRONLY | O_CREAT | O_TRUNC, 0600));
    const auto nothing = TRY(open_file("/dev/null", O_RDONLY));
    launch.input = nothing.get();
    launch.output = log.get();
    launch.own_group = true;
    if (wait_for(TRY(rockbuild::launch(launch))) != 0) return did_not_start(place.folder / "log");
    return RunResult{place.name, 0};
}

}  // namespace

Result<RunResult> run_container(const RunTools& tools, const RunRequest& request) {
    auto examined = TRY(examine(tools, request));
    const auto remove = [&](const fs::path& folder) { return Checkouts(tools.store, tools.ids).remove(folder); };
    const auto place = TRY(tools.shelf.take(request.name, name_for(request.image), remove));
    auto result = start(tools, request, examined, place);
    if (result && request.detach) return result;
    auto cleared = tools.shelf.clear(place.name, remove);
    if (result && !cleared) return std::unexpected(std::move(cleared).error());
    return result;
}

Diagnostic exec_in_container(const Shelf& shelf, const std::string& name, const std::vector<std::string>& command,
                             bool terminal) {
    const auto status = shelf.find_running(name);
    if (!status) return status.error();
    std::vector<std::string> words{"exec"};
    if (terminal) words.emplace_back("--tty");
    words.push_back(name);
    words.insert(words.end(), command.begin(), command.end());
    auto launch = shelf.runc().command(std::move(words));
    const auto ids = Runc::user_namespace_of({name, status->state, status->pid});
    if (!ids) return ids.error();
    launch.user_namespace = ids->get();
    return become(launch);
}

Result<void> stop_container(const Shelf& shelf, const Shelf::Remover& remove, const std::string& name, double seconds) {
    const auto status = TRY(shelf.find(name));
    if (status.pid > 0) {
        const RuncContainer container{name, status.state, status.pid};
        TRY_VOID(shelf.runc().kill(container, "TERM"));
        if (!TRY(wait_until_gone(status.pid, seconds))) {
            TRY_VOID(shelf.runc().kill(container, "KILL"));
            if (!TRY(wait_until_gone(status.pid, 10)))
                return fail("RB1164",
                            fmt::format("the container '{}' survives SIGKILL: its process {} hangs in the kernel", name,
                                        status.pid));
        }
    }
    const auto lock = TRY(shelf.wait_for_lock(name));
    return shelf.clear(name, remove);
}

}  // namespace rockbuild
