// From what is asked for to a container that only needs to be launched. What can be refused is refused before anything
// is made.
#pragma once

#include "containers/bundle.hpp"
#include "containers/image_root.hpp"
#include "containers/ports.hpp"
#include "containers/shelf.hpp"
#include "store/store.hpp"
#include "support/result.hpp"
#include "system/host.hpp"
#include "system/id_space.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct RunRequest {
    std::string image;
    std::string name;                                   // empty: chosen by the image's
    std::optional<std::vector<std::string>> command;    // in place of the image's Entrypoint and Cmd
    std::optional<std::vector<std::string>> arguments;  // in place of the image's Cmd
    std::string user;                                   // in place of the image's User
    std::string group;                                  // in place of the user's
    std::string working_dir;                            // in place of the image's
    std::string hostname;                               // empty: its name
    std::vector<std::string> environment;               // "K=V"
    std::vector<Volume> volumes;                        // until it is prepared, `inside` will do
    ContainerNetwork network;
    std::vector<WantedPort> ports;  // besides those that the image's checks look at
    std::string sidecar;            // the charm's folder; empty: not as a sidecar
    int user_namespace = -1;        // an ordinary user's, to be shared; -1: a new one
    bool read_only_root = false;
    bool detach = false;
    std::string pod;                     // the pod that it belongs to
    std::optional<HttpProbe> readiness;  // how `ps` asks
};

/// What a container is made with. The program has one thread.
struct RunTools {
    IdSpace& ids;  // opened with checkout_worker
    Store& store;
    const Host& host;
    const Shelf& shelf;
    std::filesystem::path cache;
    std::function<void(const std::string&)> say;

    Result<void> remove(const std::filesystem::path& folder) const;
    Shelf::Remover remover() const;
};

struct Examined {
    RunRequest request;
    ImageRoot image;
    ContainerUser user;
    std::filesystem::path root;  // the image's files, as the overlay's lower side
};

/// The image is unpacked by then. RB1151 and RB1158 (the name), RB1152 (the environment), RB1154 and RB1162 (the user),
/// RB1155 (ports), RB1156 (the network), RB1161 (no such program), RB1159 and what the reader says (the image).
Result<Examined> examine(const RunTools& tools, RunRequest request);

/// Its bundle and its record are written.
struct Prepared {
    Shelf::Place place;
    ContainerRecord record;
    Launch launch;      // runc; input and output are the launcher's to choose
    UserNamespace ids;  // that `launch` names
};

/// At `place`, which was taken for it. RB1157: no place to write; RB1161: a sidecar without Pebble. Nothing is left
/// behind then.
Result<Prepared> prepare(const RunTools& tools, const Examined& examined, Shelf::Place place);

/// A folder for what a container or a pod writes. It must not lie on an overlay (spec/build-environment.md §6); the
/// cache comes first, since other places may be memory. `in_memory`: /dev/shm comes first. RB1157.
Result<std::filesystem::path> make_writable(const std::filesystem::path& cache, const std::string& name,
                                            bool in_memory = false);

}  // namespace rockbuild
