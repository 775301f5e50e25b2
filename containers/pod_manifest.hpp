// A Kubernetes Pod (core/v1) as a value: the part of it that can be run where there is no cluster. What a pod says and
// we don't act on is said as a warning, what nobody knows is an error with its place.
#pragma once

#include "support/diagnostic.hpp"
#include "system/http_probe.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct PodVolume {
    enum class Kind : std::uint8_t { empty, memory, host } kind = Kind::empty;
    std::string path;  // of the host
    std::string type;  // of hostPath: "", Directory, DirectoryOrCreate, File, FileOrCreate
    Span span;
};

struct PodMount {
    std::string volume;
    std::string inside;    // absolute
    std::string sub_path;  // below the volume; may be empty
    bool read_only = false;
    Span span;
};

struct PodPort {
    std::uint16_t port = 0;       // in the container
    std::uint16_t host_port = 0;  // 0: none is asked for
    std::string name;
    Span span;
};

struct PodContainer {
    std::string name;
    std::string image;
    std::optional<std::vector<std::string>> command;    // in place of the image's Entrypoint; its Cmd goes too
    std::optional<std::vector<std::string>> arguments;  // in place of the image's Cmd
    std::string working_dir;
    std::vector<std::string> environment;  // "K=V"
    std::vector<PodPort> ports;            // those of TCP
    std::vector<PodMount> mounts;
    std::optional<HttpProbe> readiness;  // `httpGet` of its readinessProbe
    std::string user;                    // a number; empty: as the image says
    std::string group;                   // a number; empty: the user's
    bool read_only_root = false;
    bool never_root = false;  // runAsNonRoot
    Span span;
};

struct PodManifest {
    std::string name;
    std::string hostname;
    bool host_network = false;
    unsigned grace_seconds = 30;  // between SIGTERM and SIGKILL
    std::vector<PodContainer> init_containers;
    std::vector<PodContainer> containers;
    std::map<std::string, PodVolume> volumes;
};

struct PodReading {
    std::optional<PodManifest> pod;  // if there is no error
    Diagnostics diagnostics;         // in file order
};

/// RB1170: no Pod; RB1171: a value that can't be; RB1172 (warning): what is known and not acted on; RB03…: YAML and
/// fields (project/fields.hpp).
PodReading read_pod(std::string_view text, const std::string& file);

}  // namespace rockbuild
