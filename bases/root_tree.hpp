// A Debian root as mmdebstrap leaves it, made into a value that depends on its packages only: what the machine, the
// mirror, the moment and apt's own work put there goes, and every time becomes one constant.
#pragma once

#include "bases/release.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// The only apt source of a base. It names no host: apt reads the mirrors' addresses from lists that the machine
/// provides (apt-transport-mirror(1)), /etc/apt/mirrors/debian.list and debian-security.list, so steps get this
/// machine's and an image none.
std::string canonical_sources(const Release& release);

/// `root` without
///   - host facts: etc/hostname, etc/resolv.conf, machine ids. They are absent, not empty: container runtimes mount
///   their own
///     and make the mount points, and an absent machine id is made at the first start;
///   - devices, wherever they are, and all below dev, tmp and var/tmp;
///   - what programs rebuild: apt's lists and caches, ldconfig's auxiliary cache, lock files, `-old` copies of dpkg's
///   and
///     debconf's databases. Their folders stay, with their owners;
///   - logs that have lines. Empty ones (btmp, lastlog …) stay: packages made them, with owners that login wants;
///   - apt's sources, for which canonical_sources() comes.
Result<Tree> normalise_root(Store& store, const Tree& root, const Release& release);

/// What dpkg's status file says is installed: lines of `name version architecture`, sorted.
std::string package_list(std::string_view status);

}  // namespace rockbuild
