// Where steps run (DESIGN.md §7 "Where steps run"; spec/build-environment.md): namespaces of their own, read-only
// folders below, an overlay above each tree, whose upper side is the step's delta. The same code as root and as an
// ordinary user with subordinate ids.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// A tree that the command sees at `inside`. What it writes there lands in `upper` as overlayfs writes it (whiteouts
/// 0:0, opaque attributes; spec/build-environment.md §5); the lowers never change. Without `upper` it is read-only.
struct SandboxTree {
    std::string inside;                         // absolute; "/" is the root and must come first
    std::vector<std::filesystem::path> lowers;  // topmost first, at least one
    std::filesystem::path upper;                // an empty folder on scratch; empty path: read-only
};

/// A private copy of some bytes, placed read-only at `inside`. It never is a host file (spec/build-environment.md §2).
struct SandboxFile {
    std::string inside;  // absolute
    std::string content;
    unsigned mode = 0644;
};

/// A folder of ours that is shared between runs, writable inside: a tool's cache. Never part of a result.
struct SandboxCache {
    std::string inside;
    std::filesystem::path folder;
};

/// How commands reach the network: private copies of files, and variables. It is in no key (DESIGN.md §3.1).
struct SandboxTransport {
    std::vector<SandboxFile> files;
    std::map<std::string, std::string> environment;
};

enum class Network : std::uint8_t { none, host };

struct SandboxRun {
    std::vector<SandboxTree> trees;
    std::vector<SandboxFile> files;
    std::vector<SandboxCache> caches;
    std::vector<std::string> arguments;              // [0] is an absolute path inside
    std::map<std::string, std::string> environment;  // all of it
    std::string working_dir = "/";
    std::string hostname = "rockbuild";
    Network network = Network::host;
    bool terminal = false;                                 // an interactive shell: our stdio is its stdio
    std::function<void(std::string_view line)> on_output;  // each line of standard output and error, as they come
};

class Sandbox {
public:
    Sandbox() = default;
    virtual ~Sandbox() = default;
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    /// Runs the command to its end and returns its exit code (128 + n for signal n); every process it left behind is
    /// dead then. Mount points that no lower has are provided below all trees, never in an upper (but where a lower is
    /// a delta that deleted the place, it is made there anew). A fresh upper takes owner, mode and times of its tree's
    /// root. RB0120: the machine can't do it (exit 78; the hint names the cure); RB0122: the request makes no sense, or
    /// the command can't be started; RB0111: interrupted.
    virtual Result<int> run(const SandboxRun& request, const std::stop_token& stop) = 0;

    /// A folder for uppers: on a file system that overlayfs takes as upper side. Runs make their own folders below it.
    virtual const std::filesystem::path& scratch() const = 0;
};

/// The real sandbox. `scratch_candidates` are tried in order (by mounting), then /dev/shm and /tmp. RB0120 if no way
/// of DESIGN.md §7 works here: the hint is what `doctor` would say.
Result<std::unique_ptr<Sandbox>> open_sandbox(const std::vector<std::filesystem::path>& scratch_candidates);

}  // namespace rockbuild
