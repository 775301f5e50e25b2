// The Debian releases that can be bases, in one table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rockbuild {

struct Release {
    std::string_view base;      // as project files spell it
    std::string_view codename;  // as the archive spells it
    /// What every file of the base has as its time, and mmdebstrap's SOURCE_DATE_EPOCH: the day of the release. Not 0,
    /// which /etc/shadow would take for "the password must be changed at once" and which zip files can't hold.
    std::int64_t time;
};

inline constexpr std::array<Release, 1> releases{{
    {"debian@12", "bookworm", 1686355200},  // 2023-06-10
}};

const Release* find_release(std::string_view base);

}  // namespace rockbuild
