#include "bases/end_of_life.hpp"

#include "system/file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace rockbuild {

namespace {

/// Where a base's day stands, and the day as it was known on 2026-11-26: for machines without distro-info-data.
struct Support {
    std::string_view base;
    std::string_view table;
    std::string_view series;
    std::string_view column;
    std::string_view known;
};

constexpr const char* debian = "/usr/share/distro-info/debian.csv";
constexpr const char* ubuntu = "/usr/share/distro-info/ubuntu.csv";
constexpr std::array<Support, 7> supports{{
    {"debian@12", debian, "bookworm", "eol-lts", "2028-06-30"},
    {"debian@13", debian, "trixie", "eol-lts", "2030-06-30"},
    {"ubuntu@20.04", ubuntu, "focal", "eol", "2025-05-29"},
    {"ubuntu@22.04", ubuntu, "jammy", "eol", "2027-06-01"},
    {"ubuntu@24.04", ubuntu, "noble", "eol", "2029-05-31"},
    {"ubuntu@25.10", ubuntu, "questing", "eol", "2026-07-09"},
    {"ubuntu@26.04", ubuntu, "resolute", "eol", "2031-05-29"},
}};

/// The text up to the next `mark`, which is taken off `rest` with it.
std::string_view take(std::string_view& rest, char mark) {
    const auto end = std::min(rest.find(mark), rest.size());
    const auto piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

std::vector<std::string_view> fields_of(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::vector<std::string_view> fields;
    while (!line.empty()) fields.push_back(take(line, ','));
    return fields;
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::string> end_of_life(const std::string& base) {
    const auto support = std::ranges::find(supports, base, &Support::base);
    if (support == supports.end()) return std::nullopt;
    const auto csv = read_file_if_any(std::string(support->table));
    auto day = csv && *csv ? day_in_table(**csv, support->series, support->column) : std::nullopt;
    return day.value_or(std::string(support->known));
}

Maintained maintained(const std::optional<std::string>& last_day, std::int64_t now) {
    constexpr std::int64_t soon = 90 * 86400;
    const auto end = last_day ? end_of_day(*last_day) : std::nullopt;
    if (!end || now + soon < *end) return Maintained::yes;
    return now < *end ? Maintained::ends_soon : Maintained::no;
}

std::optional<std::string> day_in_table(std::string_view csv, std::string_view series, std::string_view column) {
    const auto header = fields_of(take(csv, '\n'));
    const auto place_of = [&](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
    };
    const auto row = place_of("series");
    const auto end = place_of(column);
    while (!csv.empty()) {
        const auto fields = fields_of(take(csv, '\n'));
        if (row < fields.size() && fields[row] == series && end < fields.size() && end_of_day(fields[end]))
            return std::string(fields[end]);
    }
    return std::nullopt;
}

std::optional<std::int64_t> end_of_day(std::string_view date) {
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
    const auto year = number(date.substr(0, 4));
    const auto month = number(date.substr(5, 2));
    const auto day = number(date.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day when{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!when.ok()) return std::nullopt;
    const auto next = std::chrono::sys_days(when) + std::chrono::days(1);
    return std::chrono::duration_cast<std::chrono::seconds>(next.time_since_epoch()).count();
}

}  // namespace rockbuild
