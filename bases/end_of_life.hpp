// How long a base is looked after: until the end of Debian's long-term support, of Ubuntu's standard support
// (DESIGN.md §7, spec/rockcraft-yaml.md §13.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

/// The last day, YYYY-MM-DD: from distro-info-data, else from our own dated table. None for a base that has none (bare,
/// devel, one that is in development) or that is unknown.
std::optional<std::string> end_of_life(const std::string& base);

enum class Maintained : std::uint8_t { yes, ends_soon, no };
/// At `now` (seconds since 1970). It ends soon within 90 days.
Maintained maintained(const std::optional<std::string>& last_day, std::int64_t now);

/// The column `column` of the row whose series is `series` in a table of distro-info-data, if it is a day; the header
/// names the columns.
std::optional<std::string> day_in_table(std::string_view csv, std::string_view series, std::string_view column);

/// Seconds since 1970 of the first moment after the day `date` (YYYY-MM-DD, UTC); none for anything else.
std::optional<std::int64_t> end_of_day(std::string_view date);

}  // namespace rockbuild
