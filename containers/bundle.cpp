#include "containers/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// What Pebble and the servers under it need as root, and no more (spec/synapse-rocks.md §12.4).
Json capabilities() {
    return {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER",           "CAP_SETGID",
            "CAP_SETUID", "CAP_SETPCAP",      "CAP_KILL",   "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"};
}

Json mount(const std::string& inside, const std::string& type, const std::string& source,
           std::vector<std::string> options) {
    return {{"destination", inside}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

Json mounts(const BundlePlan& plan) {
    auto list = Json::array();
    list.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
    list.push_back(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
    std::vector<std::string> terminal{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
    if (plan.tty_group) terminal.emplace_back("gid=5");
    list.push_back(mount("/dev/pts", "devpts", "devpts", terminal));
    list.push_back(mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}));
    list.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
    // A fresh sysfs needs a network namespace of one's own user namespace.
    if (plan.in_user_namespace && plan.network.kind != ContainerNetwork::Kind::none)
        list.push_back(mount("/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}));
    else list.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
    for (const auto& volume : plan.volumes)
        list.push_back(
            mount(volume.inside, "bind", volume.host.native(), {"rbind", "rprivate", volume.read_only ? "ro" : "rw"}));
    return list;
}

Json namespaces(const ContainerNetwork& network) {
    auto list = Json::array();
    for (const auto* type : {"pid", "ipc", "uts", "mount"}) list.push_back({{"type", type}});
    if (network.kind == ContainerNetwork::Kind::host) return list;
    list.push_back({{"type", "network"}});
    if (!network.path.empty()) list.back()["path"] = network.path.native();
    return list;
}

std::string name_of(const std::string& pair) { return pair.substr(0, pair.find('=')); }

void set(std::vector<std::string>& environment, const std::string& pair, bool replace) {
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [&](const auto& one) { return name_of(one) == name_of(pair); });
    if (found == environment.end()) environment.push_back(pair);
    else if (replace) *found = pair;
}

}  // namespace

std::string bundle_config(const BundlePlan& plan) {
    // Only root keeps capabilities; for others they bound what setuid programs may have.
    const auto held = plan.user.uid == 0 ? capabilities() : Json::array();
    Json user{{"uid", plan.user.uid}, {"gid", plan.user.gid}};
    if (!plan.user.groups.empty()) user["additionalGids"] = plan.user.groups;
    Json config{{"ociVersion", "1.0.2"},
                {"process",
                 {{"terminal", false},
                  {"user", user},
                  {"args", plan.arguments},
                  {"env", plan.environment},
                  {"cwd", plan.working_dir},
                  {"capabilities",
                   {{"bounding", capabilities()},
                    {"effective", held},
                    {"permitted", held},
                    {"inheritable", Json::array()},
                    {"ambient", Json::array()}}},
                  {"noNewPrivileges", false}}},
                {"root", {{"path", plan.root.native()}, {"readonly", plan.read_only_root}}},
                {"hostname", plan.hostname},
                {"mounts", mounts(plan)},
                {"linux",
                 {{"namespaces", namespaces(plan.network)},
                  {"maskedPaths",
                   {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"}},
                  {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}}}};
    // An ordinary user may set no limits (and can make no devices anyway).
    if (!plan.in_user_namespace)
        config["linux"]["resources"]["devices"] = Json::array({Json{{"allow", false}, {"access", "rwm"}}});
    return config.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ContainerNetwork> parse_network(const std::string& text) {
    if (text.empty() || text == "host") return ContainerNetwork{};
    if (text == "none") return ContainerNetwork{ContainerNetwork::Kind::none, {}};
    const auto name = text.starts_with("ns:") ? text.substr(3) : std::string();
    if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..")
        return fail("RB1152", fmt::format("--net can't be '{}'", text),
                    "it is host, none, or ns:NAME with a name of `ip netns`", ExitCode::usage);
    std::error_code error;
    const auto path = fs::path("/run/netns") / name;
    if (!fs::exists(path, error))
        return fail("RB1156", fmt::format("there is no network namespace '{}'", name),
                    fmt::format("`ip netns add {}` makes it", name));
    return ContainerNetwork{ContainerNetwork::Kind::path, path};
}

std::string network_name(const ContainerNetwork& network) {
    if (network.kind == ContainerNetwork::Kind::host) return "host";
    return network.kind == ContainerNetwork::Kind::none ? "none" : "ns:" + network.path.filename().native();
}

Result<Volume> parse_volume(const std::string& text, const fs::path& working_dir) {
    const auto wrong = [&](std::string_view why) {
        return fail("RB1152", fmt::format("--volume can't be '{}': {}", text, why),
                    "it is HOST:INSIDE or HOST:INSIDE:ro", ExitCode::usage);
    };
    const auto first = text.find(':');
    if (first == std::string::npos || first == 0) return wrong("it names one place only");
    Volume volume{(working_dir / text.substr(0, first)).lexically_normal(), text.substr(first + 1), false};
    if (const auto second = volume.inside.find(':'); second != std::string::npos) {
        const auto mode = volume.inside.substr(second + 1);
        if (mode != "ro" && mode != "rw") return wrong(fmt::format("'{}' is neither ro nor rw", mode));
        volume.read_only = mode == "ro";
        volume.inside.erase(second);
    }
    if (!volume.inside.starts_with('/')) return wrong("the place inside doesn't begin with '/'");
    std::error_code error;
    if (!fs::exists(volume.host, error))
        return fail("RB1153", fmt::format("there is no '{}' to give to the container", volume.host.native()),
                    "make it first", ExitCode::failure);
    return volume;
}

std::vector<std::string> process_arguments(const ImageConfig& config,
                                           const std::optional<std::vector<std::string>>& command,
                                           const std::optional<std::vector<std::string>>& arguments) {
    auto words = command.value_or(config.entrypoint);
    const auto rest = arguments.value_or(command ? std::vector<std::string>() : config.command);
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
}

std::vector<std::string> process_environment(const ImageConfig& config, const ContainerUser& user,
                                             const std::vector<std::string>& given) {
    std::vector<std::string> environment;
    for (const auto& pair : config.environment) set(environment, pair, true);
    for (const auto& pair : given) set(environment, pair, true);
    set(environment, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", false);
    set(environment, "HOME=" + user.home, false);
    return environment;
}

}  // namespace rockbuild
