#include "containers/sidecar.hpp"

#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr std::uint16_t first_port = 38813;  // 38812 is the charm's own container

std::uint16_t free_port(const std::vector<Listener>& taken) {
    auto port = first_port;
    while (std::any_of(taken.begin(), taken.end(), [&](const Listener& one) { return one.port == port; })) ++port;
    return port;
}

}  // namespace

Result<Sidecar> plan_sidecar(const fs::path& folder, const std::string& name, const Tree& root,
                             const std::vector<Listener>& taken) {
    const auto shared = folder / "containers" / name;
    TRY_VOID(make_folders(shared));
    Sidecar sidecar;
    sidecar.port = free_port(taken);
    sidecar.volumes.push_back({shared, "/charm/container", false});

    std::string pebble;
    std::error_code error;
    if (fs::is_regular_file(folder / "bin/pebble", error)) {
        pebble = "/charm/bin/pebble";
        sidecar.volumes.push_back({folder / "bin/pebble", pebble, true});
    } else {
        for (const auto* path : {"usr/bin/pebble", "bin/pebble"})
            if (const auto real = resolve(root, path); pebble.empty() && real && root.find(*real) != nullptr)
                pebble = std::string("/") + path;
    }
    if (pebble.empty())
        return fail("RB1161", fmt::format("neither the image nor '{}' has a Pebble", (folder / "bin").native()),
                    "put one there as bin/pebble, as Juju does", ExitCode::failure);
    sidecar.arguments = {pebble,     "run", "--create-dirs", "--hold", "--http", fmt::format(":{}", sidecar.port),
                         "--verbose"};
    sidecar.environment = {"JUJU_CONTAINER_NAME=" + name, "PEBBLE_SOCKET=/charm/container/pebble.socket",
                           "PEBBLE=/charm/container/pebble", "PEBBLE_COPY_ONCE=/var/lib/pebble/default"};
    return sidecar;
}

}  // namespace rockbuild
