// The Debian releases that can be bases, in one table, and how long each is looked after.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

struct Release {
    std::string_view base;      // as project files spell it
    std::string_view codename;  // as the archive spells it
    std::string_view lts_end;   // YYYY-MM-DD, known on 2025-05-20: only for machines without distro-info-data
    /// What every file of the base has as its time, and mmdebstrap's SOURCE_DATE_EPOCH: the day of the release. Not 0,
    /// which /etc/shadow would take for "the password must be changed at once" and which zip files can't hold.
    std::int64_t time;
};

inline constexpr std::array<Release, 1> releases{{
    {"debian@12", "bookworm", "2028-06-30", 1686355200},  // 2023-06-10
}};

const Release* find_release(std::string_view base);

/// The column `eol-lts` of the release `codename` in distro-info-data's debian.csv, YYYY-MM-DD; none if it has no such
/// row, column or date. Columns are found by the header's names.
std::optional<std::string> lts_end(std::string_view csv, std::string_view codename);

/// Seconds since 1970 of the first moment after the day `date` (YYYY-MM-DD, UTC); none for anything else.
std::optional<std::int64_t> end_of_day(std::string_view date);

}  // namespace rockbuild
