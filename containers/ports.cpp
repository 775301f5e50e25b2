#include "containers/ports.hpp"

#include "containers/image_root.hpp"
#include "project/yaml.hpp"
#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <sstream>
#include <thread>

namespace rockbuild {

namespace {

constexpr std::string_view layers_folder = "var/lib/pebble/default/layers";

std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

bool is_local(std::string_view host) {
    return host.empty() || host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

/// The port of an http(s) URL that leads to the same host.
std::optional<std::uint16_t> local_port(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const std::string_view standard = url.starts_with("https") ? "443" : "80";
    auto place = url.substr(scheme + 3);
    place = place.substr(0, place.find_first_of("/?#"));
    if (const auto at = place.rfind('@'); at != std::string_view::npos) place.remove_prefix(at + 1);
    const auto colon = place.rfind(':');
    const bool has_port = colon != std::string_view::npos && place.find(']', colon) == std::string_view::npos;
    if (!is_local(place.substr(0, has_port ? colon : place.size()))) return std::nullopt;
    return port_number(has_port ? place.substr(colon + 1) : standard);
}

const YamlNode* member(const YamlNode& map, std::string_view key) {
    for (const auto& pair : map.pairs)
        if (pair.key->text == key) return pair.value.get();
    return nullptr;
}

std::optional<std::uint16_t> port_of_check(const YamlNode& check) {
    if (const auto* http = member(check, "http"))
        if (const auto* url = member(*http, "url")) return local_port(url->text);
    if (const auto* tcp = member(check, "tcp")) {
        const auto* host = member(*tcp, "host");
        const auto* port = member(*tcp, "port");
        if (port != nullptr && (host == nullptr || is_local(host->text))) return port_number(port->text);
    }
    return std::nullopt;
}

void read_listeners(const fs::path& table, std::vector<Listener>& found) {
    const auto text = read_file(table).value_or("");
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);  // the heading
    while (std::getline(lines, line)) {
        // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout;
        std::uint64_t inode = 0;
        if (!(fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode))
            continue;
        const auto colon = local.rfind(':');
        if (state != "0A" || colon == std::string::npos) continue;  // 0A: LISTEN
        std::uint16_t port = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
        found.push_back({port, inode});
    }
}

}  // namespace

Result<std::vector<WantedPort>> wanted_ports(const Store& store, const Tree& root) {
    std::map<std::uint16_t, std::string> ports;
    const auto [begin, end] = root.range(layers_folder);
    for (auto i = begin; i < end; ++i) {
        const auto& path = root.entries()[i].path;
        if (!path.ends_with(".yaml") || parent_of(path) != layers_folder) continue;
        const auto text = TRY(image_file(store, root, path));
        const auto reading = read_yaml(text.value_or(""), path);
        // A layer that Pebble won't take is Pebble's to complain about.
        const auto* checks = reading.root ? member(*reading.root, "checks") : nullptr;
        if (checks == nullptr) continue;
        for (const auto& [name, check] : checks->pairs)
            if (const auto port = port_of_check(*check))
                ports.emplace(*port, fmt::format("the image's check '{}'", name->text));
    }
    std::vector<WantedPort> wanted;
    for (const auto& [port, needed_by] : ports) wanted.push_back({port, needed_by});
    return wanted;
}

std::vector<Listener> listeners(const fs::path& proc) {
    std::vector<Listener> found;
    for (const auto* table : {"net/tcp", "net/tcp6"}) read_listeners(proc / table, found);
    return found;
}

Result<std::vector<Listener>> listeners_of(const fs::path& network) {
    const auto there = TRY(open_file(network, O_RDONLY));
    std::vector<Listener> found;
    int error = 0;
    // A thread can stand in another network than its process, and goes back by ending.
    std::thread([&] {
        if (::setns(there.get(), CLONE_NEWNET) != 0) error = errno;
        else found = listeners("/proc/thread-self");
    }).join();
    if (error != 0) return system_error("enter the network namespace", network, error);
    return found;
}

std::optional<std::string> owner_of(const Listener& listener, const fs::path& proc) {
    const auto wanted = fmt::format("socket:[{}]", listener.inode);
    std::error_code error;
    for (fs::directory_iterator process(proc, error), end; !error && process != end; process.increment(error)) {
        const auto pid = process->path().filename().native();
        if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code closed;  // other users' processes don't let us look
        for (fs::directory_iterator fd(process->path() / "fd", closed), last; !closed && fd != last;
             fd.increment(closed)) {
            std::error_code gone;
            if (fs::read_symlink(fd->path(), gone).native() != wanted) continue;
            auto name = read_file(process->path() / "comm").value_or("a process\n");
            name.erase(std::min(name.find('\n'), name.size()));
            return fmt::format("{} (pid {})", name, pid);
        }
    }
    return std::nullopt;
}

Result<void> check_ports(const std::vector<WantedPort>& wanted, const std::vector<Listener>& taken) {
    for (const auto& port : wanted) {
        const auto found =
            std::find_if(taken.begin(), taken.end(), [&](const Listener& one) { return one.port == port.port; });
        if (found == taken.end()) continue;
        const auto owner = owner_of(*found);
        return fail("RB1155",
                    fmt::format("port {} is taken{}: {} needs it", port.port,
                                owner ? " by " + *owner : std::string(" by another process"), port.needed_by),
                    "end that process, or give the container a network of its own: --net none or --net ns:NAME",
                    ExitCode::failure);
    }
    return {};
}

}  // namespace rockbuild
