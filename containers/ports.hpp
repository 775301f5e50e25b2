// Ports on the host's network: which ones an image will want, and who has them.
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rockbuild {

/// A port on which what answers must be the container's.
struct WantedPort {
    std::uint16_t port = 0;
    std::string needed_by;  // "the image's check 'web-ready'"
};

/// Those that Pebble's checks look at on their own host (`http: url`, `tcp: port`; spec/pebble.md §5), from the image's
/// static layers, by port.
Result<std::vector<WantedPort>> wanted_ports(const Store& store, const Tree& root);

/// A listening TCP socket, of either family.
struct Listener {
    std::uint16_t port = 0;
    std::uint64_t inode = 0;
};
std::vector<Listener> listeners(const std::filesystem::path& proc = "/proc");
/// Those in the network namespace that the file `network` stands for. RB0100.
Result<std::vector<Listener>> listeners_of(const std::filesystem::path& network);
/// "nginx (pid 812)"; none if /proc doesn't tell us.
std::optional<std::string> owner_of(const Listener& listener, const std::filesystem::path& proc = "/proc");

/// RB1155 names the port, what needs it and the process that has it.
Result<void> check_ports(const std::vector<WantedPort>& wanted, const std::vector<Listener>& taken);

}  // namespace rockbuild
