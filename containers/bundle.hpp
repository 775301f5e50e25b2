// The runtime configuration of a container (OCI runtime spec, config.json; what a rock needs: spec/synapse-rocks.md
// §12.4). Pure: a plan in, JSON out.
#pragma once

#include "containers/image_root.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct ContainerNetwork {
    enum class Kind : std::uint8_t { host, none, path } kind = Kind::host;
    std::filesystem::path path;  // of a network namespace; none: of the one to share, else it is a new one
};

/// A folder or file of the host inside the container.
struct Volume {
    std::filesystem::path host;  // absolute
    std::string inside;          // absolute
    bool read_only = false;
};

struct BundlePlan {
    std::filesystem::path root;  // where the root file system will be
    std::string hostname;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  // "K=V"
    std::string working_dir = "/";
    ContainerUser user;
    ContainerNetwork network;
    std::vector<Volume> volumes;
    bool read_only_root = false;
    bool in_user_namespace = false;  // an ordinary user's container: some mounts are another way there
    bool tty_group = true;           // group 5 can be mapped
};

/// The text of config.json.
std::string bundle_config(const BundlePlan& plan);

/// "host", "none", "ns:NAME" (a name of `ip netns`). RB1152 for anything else; RB1156 if NAME isn't there.
Result<ContainerNetwork> parse_network(const std::string& text);
/// The same the other way.
std::string network_name(const ContainerNetwork& network);
/// "HOST:INSIDE[:ro]", HOST from `working_dir`. RB1152; RB1153 if HOST isn't there.
Result<Volume> parse_volume(const std::string& text, const std::filesystem::path& working_dir);

/// The process's arguments (Docker's and Kubernetes' rule): `command` stands for the image's Entrypoint and Cmd,
/// `arguments` for its Cmd.
std::vector<std::string> process_arguments(const ImageConfig& config,
                                           const std::optional<std::vector<std::string>>& command,
                                           const std::optional<std::vector<std::string>>& arguments);
/// The image's environment with PATH and HOME where it says nothing, then `given` ("K=V"), the last word winning.
std::vector<std::string> process_environment(const ImageConfig& config, const ContainerUser& user,
                                             const std::vector<std::string>& given);

}  // namespace rockbuild
