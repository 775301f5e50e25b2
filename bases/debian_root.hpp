// Debian's minimal root from its archive, as a tree that depends on the packages only.
#pragma once

#include "bases/base.hpp"
#include "store/tree.hpp"

#include <filesystem>
#include <stop_token>
#include <string>

namespace rockbuild {

/// Runs mmdebstrap and reads what it made. Its words are logged under `subject`. Errors as make_base.
Result<Tree> debian_root(const BaseMaker& maker, const BaseKind& kind, const Arch& arch, const Mirror& mirror,
                         const std::filesystem::path& keyring, const std::string& subject, const std::stop_token& stop);

/// The root without what tells of the machine or the hour it was made: host name, resolver, machine id, logs, caches,
/// backups, locks, device nodes; with one canonical sources file that names no host; all times `time`.
Result<Tree> normalised_root(Store& store, const Tree& root, const std::string& release, std::int64_t time);

/// A digest of the installed packages, NAME VERSION ARCHITECTURE each, from the root's dpkg status.
Result<Digest> package_list(const Store& store, const Tree& root);

}  // namespace rockbuild
