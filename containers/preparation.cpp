#include "containers/preparation.hpp"

#include "containers/sidecar.hpp"
#include "store/checkout.hpp"
#include "system/id_map.hpp"

#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace rockbuild {

namespace {

constexpr long overlay_magic = 0x794c7630;

Result<std::vector<Listener>> taken_ports(const ContainerNetwork& network) {
    if (network.kind == ContainerNetwork::Kind::host) return listeners();
    if (network.path.empty()) return std::vector<Listener>();
    return listeners_of(network.path);
}

bool is_mapped(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return id >= range.inside && id - range.inside < range.count; });
}

std::unexpected<Diagnostic> no_such_id(std::string what) {
    return fail("RB1162", std::move(what) + ": your user has no such subordinate id",
                "install the package uidmap, and give your user subordinate ids: `usermod --add-subuids 100000-165535 "
                "--add-subgids 100000-165535 NAME`",
                ExitCode::unable);
}

Result<void> check_ids(const IdMap& map, const ContainerUser& user) {
    if (is_mapped(map.users, user.uid) && is_mapped(map.groups, user.gid)) return {};
    return no_such_id(fmt::format("the image's user {}:{} can't be had", user.uid, user.gid));
}

Result<void> check_owners(const IdMap& map, const Tree& root) {
    const auto& entries = root.entries();
    const auto stranger = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return !is_mapped(map.users, entry.uid) || !is_mapped(map.groups, entry.gid);
    });
    if (map.kind == IdMap::Kind::root || stranger == entries.end()) return {};
    return no_such_id(fmt::format("the image's file /{} belongs to {}:{}, which can't be had", stranger->path,
                                  stranger->uid, stranger->gid));
}

/// The program that the container starts with must be there: runc's own words come too late and say too little. A
/// sidecar's is Pebble, which plan_sidecar() looks for.
Result<void> check_program(const Examined& examined) {
    const auto& request = examined.request;
    if (!request.sidecar.empty()) return {};
    const auto& root = *examined.image.tree;
    const auto arguments = process_arguments(examined.image.config, request.command, request.arguments);
    if (arguments.empty())
        return fail("RB1161", "the image names no program to run", "name one after the image", ExitCode::failure);
    const auto& program = arguments.front();
    const auto covered = [&](const std::string& path) {
        return std::any_of(request.volumes.begin(), request.volumes.end(),
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
        for (const auto& pair : process_environment(examined.image.config, examined.user, request.environment)) {
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
Result<void> add_network_files(const fs::path& folder, BundlePlan& plan) {
    const auto& name = plan.hostname;
    const auto& network = plan.network;
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

Result<BundlePlan> plan_bundle(const RunTools& tools, const Examined& examined, const Shelf::Place& place,
                               ContainerRecord& record) {
    const auto& request = examined.request;
    const auto& config = examined.image.config;
    BundlePlan plan;
    plan.root = place.folder / "root";
    plan.hostname = request.hostname.empty() ? place.name : request.hostname;
    plan.network = request.network;
    plan.user = examined.user;
    plan.read_only_root = request.read_only_root;
    plan.in_user_namespace = tools.ids.map().kind != IdMap::Kind::root;
    plan.tty_group = is_mapped(tools.ids.map().groups, 5);
    plan.working_dir = !request.working_dir.empty()  ? request.working_dir
                       : !config.working_dir.empty() ? config.working_dir
                                                     : "/";
    auto environment = request.environment;
    if (request.sidecar.empty()) {
        plan.arguments = process_arguments(config, request.command, request.arguments);
    } else {
        auto sidecar = TRY(plan_sidecar((fs::path(tools.host.working_dir) / request.sidecar).lexically_normal(),
                                        place.name, *examined.image.tree, TRY(taken_ports(request.network))));
        plan.arguments = std::move(sidecar.arguments);
        if (request.arguments)
            plan.arguments.insert(plan.arguments.end(), request.arguments->begin(), request.arguments->end());
        plan.volumes = std::move(sidecar.volumes);
        environment.insert(environment.begin(), sidecar.environment.begin(), sidecar.environment.end());
        record.sidecar = fmt::format("http://127.0.0.1:{}", sidecar.port);
    }
    plan.environment = process_environment(config, examined.user, environment);
    plan.volumes.insert(plan.volumes.end(), request.volumes.begin(), request.volumes.end());
    TRY_VOID(add_network_files(place.folder, plan));
    return plan;
}

Result<void> fill(const RunTools& tools, const Examined& examined, Prepared& prepared) {
    const auto& request = examined.request;
    auto& record = prepared.record;
    record.name = prepared.place.name;
    record.image = request.image;
    record.digest = examined.image.manifest.str();
    record.network = network_name(request.network);
    record.created = tools.host.now;
    record.detached = request.detach;
    record.pod = request.pod;
    record.readiness = request.readiness;
    record.writable = TRY(make_writable(tools.cache, record.name));
    TRY_VOID(tools.shelf.write(record));
    for (const auto* part : {"upper", "work"}) TRY_VOID(make_folders(record.writable / part));
    const auto plan = TRY(plan_bundle(tools, examined, prepared.place, record));
    TRY_VOID(tools.shelf.write(record));
    TRY_VOID(make_folders(plan.root));
    TRY_VOID(write_file(prepared.place.folder / "config.json", bundle_config(plan)));

    std::vector<std::string> words{"run", "--bundle", prepared.place.folder.native()};
    if (request.detach) words.emplace_back("--detach");
    words.push_back(record.name);
    prepared.launch = tools.shelf.runc().command(std::move(words));
    prepared.launch.own_group = true;  // the terminal's Ctrl-C comes to us alone, and goes on once
    prepared.launch.root = RootMount{examined.root, record.writable / "upper", record.writable / "work", plan.root};
    prepared.launch.user_namespace = request.user_namespace;
    if (plan.in_user_namespace && request.user_namespace < 0) {
        prepared.ids = TRY(open_user_namespace(tools.ids.map()));
        prepared.launch.user_namespace = prepared.ids.fd.get();
    }
    return {};
}

}  // namespace

Result<void> RunTools::remove(const fs::path& folder) const { return Checkouts(store, ids).remove(folder); }

Shelf::Remover RunTools::remover() const {
    return [this](const fs::path& folder) { return remove(folder); };
}

Result<fs::path> make_writable(const fs::path& cache, const std::string& name, bool in_memory) {
    std::error_code error;
    std::vector<fs::path> parents{cache / "containers", "/dev/shm", fs::temp_directory_path(error)};
    if (in_memory) std::swap(parents[0], parents[1]);
    for (const auto& parent : parents) {
        if (!make_folders(parent)) continue;
        struct statfs status{};
        if (::statfs(parent.c_str(), &status) != 0 || status.f_type == overlay_magic) continue;
        auto path = (parent / ("rockbuild-" + name + "-XXXXXX")).native();
        if (::mkdtemp(path.data()) == nullptr) continue;
        return fs::path(path);
    }
    return fail("RB1157", "there is no place for what the container writes: every candidate lies on an overlay",
                "set ROCKBUILD_CACHE to a folder on a disk or a tmpfs", ExitCode::unable);
}

Result<Examined> examine(const RunTools& tools, RunRequest request) {
    if (!request.name.empty()) TRY_VOID(tools.shelf.expect_free(request.name));
    for (const auto& pair : request.environment)
        if (pair.find('=') == std::string::npos || pair.starts_with('='))
            return fail("RB1152", fmt::format("--env can't be '{}'", pair), "it is NAME=VALUE", ExitCode::usage);
    Examined result;
    result.image = TRY(read_image_root(tools.store, request.image));
    const auto& root = *result.image.tree;
    // Juju starts a workload as root, whatever the image says.
    auto user = !request.user.empty()      ? request.user
                : !request.sidecar.empty() ? std::string("0")
                                           : result.image.config.user;
    if (!request.group.empty()) user = user.substr(0, user.find(':')) + ":" + request.group;
    result.user = TRY(find_user(tools.store, root, user));
    TRY_VOID(check_ids(tools.ids.map(), result.user));
    TRY_VOID(check_owners(tools.ids.map(), root));
    if (request.network.kind == ContainerNetwork::Kind::path && tools.ids.map().kind != IdMap::Kind::root)
        return fail("RB1156",
                    fmt::format("only root can use the network namespace '{}'", network_name(request.network)),
                    "run it as root, or with --net host or --net none", ExitCode::unable);
    auto wanted = TRY(wanted_ports(tools.store, root));
    wanted.insert(wanted.end(), request.ports.begin(), request.ports.end());
    TRY_VOID(check_ports(wanted, TRY(taken_ports(request.network))));
    result.request = std::move(request);
    TRY_VOID(check_program(result));
    result.root = TRY(Checkouts(tools.store, tools.ids).folder(result.image.root));
    return result;
}

Result<Prepared> prepare(const RunTools& tools, const Examined& examined, Shelf::Place place) {
    Prepared prepared{std::move(place), {}, {}, {}};
    auto filled = fill(tools, examined, prepared);
    if (filled) return prepared;
    if (auto cleared = tools.shelf.clear(prepared.place.name, tools.remover()); !cleared)
        filled.error().notes.push_back({cleared.error().message, {}});
    return std::unexpected(std::move(filled).error());
}

}  // namespace rockbuild
