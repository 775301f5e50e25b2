// Which ids a process of ours can have, and the user namespace that gives them (DESIGN.md §7 "Where steps run").
//
// Root keeps the host's ids. An ordinary user with subordinate ids gets 0 → itself, 1…N → its range, and 65534
// (nobody) and 584792…585287 (the users that rocks share) from the range's tail. Without subordinate ids there is
// only 0 → itself.
#pragma once

#include "support/result.hpp"
#include "system/file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// One line of a map, as /proc/PID/uid_map has it (user_namespaces(7)).
struct IdRange {
    std::uint32_t inside = 0;
    std::uint32_t outside = 0;
    std::uint32_t count = 0;
    bool operator==(const IdRange&) const = default;
};

/// How ids inside map to ids outside. Unpacked trees depend on it, so it is part of their folder's name.
struct IdMap {
    enum class Kind { root, subordinate, single } kind = Kind::root;
    std::vector<IdRange> users;
    std::vector<IdRange> groups;

    std::string name() const;  // "root", "sub-100000-65536", "single-1000"
};

/// The lines for user `id` with the subordinate range `first`, `count`.
std::vector<IdRange> subordinate_ranges(std::uint32_t id, std::uint32_t first, std::uint32_t count);

/// The largest range that a file like /etc/subuid (subuid(5)) gives to `user` or to the number `id`.
std::optional<IdRange> subordinate_range(std::string_view file, std::string_view user, std::uint32_t id);

/// The namespace that holds the ids of `map`; setns(2) enters it.
struct UserNamespace {
    IdMap map;
    Fd fd;  // empty: root, where no user namespace can be made
};

/// The best that this machine gives the calling user, tried by doing it. RB0121 (exit 78) when an ordinary user gets
/// no namespace at all.
Result<UserNamespace> open_user_namespace();

/// One map alone: the doctor asks each. RB0121.
Result<UserNamespace> open_user_namespace(IdMap map);

/// The map of the calling user: root's; else by its subordinate ids, if it has some.
IdMap root_map();
std::optional<IdMap> subordinate_map();
IdMap single_map();

/// Makes the calling process, which must have one thread, user 0 of the namespace. Safe between fork and exec.
/// Returns 0 or errno.
int enter_user_namespace(int fd) noexcept;

}  // namespace rockbuild
