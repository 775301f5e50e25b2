// Bases: `bare` and `debian@12`. A base is a tree and a layer; the same tree, unpacked, is where parts are built.
#pragma once

#include "image/layer.hpp"
#include "packages/archive.hpp"
#include "store/store.hpp"
#include "support/event.hpp"
#include "system/process.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// What is known of a base without making it.
struct BaseKind {
    std::string name;     // "bare", "debian@12"
    std::string release;  // "bookworm"; empty for bare
};

/// RB0850 for a name that is no base (suggestions).
Result<BaseKind> base_kind(const std::string& name);
/// A base, made.
struct Base {
    BaseKind kind;
    Digest tree;                // the root file system; the empty tree for bare
    std::vector<Layer> layers;  // none for bare
    Digest packages;            // of its package list: what the base's digest depends on
    std::vector<std::pair<std::string, std::string>> environment;  // the image's PATH
};

struct BaseMaker {
    Store& store;
    ProcessRunner& processes;
    std::map<std::string, std::string> environment;  // the host's
    std::filesystem::path scratch;                   // room for mmdebstrap's work
    EventSink& events;
    unsigned threads = 1;
    bool for_all = true;  // what is made is the one that is used from now on
};

/// The base if it was made before: the one that is used now, or the one of these `packages` (as in Base); asks nobody.
Result<std::optional<Base>> known_base(Store& store, const BaseKind& kind, const Arch& arch,
                                       const std::optional<Digest>& packages = {});
/// Makes it by mmdebstrap from the archive's mirror, verified by the keyring: fixed times; hostname, resolv.conf,
/// machine-id, logs, caches, device nodes removed; a canonical sources file. Two runs at once make it once. RB0851: the
/// mirror is unreachable or a signature is wrong (mmdebstrap's words as excerpt).
Result<Base> make_base(const BaseMaker& maker, const BaseKind& kind, const Arch& arch, const Mirror& mirror,
                       const std::filesystem::path& keyring, const std::stop_token& stop);

}  // namespace rockbuild
