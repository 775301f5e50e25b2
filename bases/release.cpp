// Debian's end of life counts by its LTS end (DESIGN.md §7): "maintained" means that security updates still come.
#include "bases/release.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <vector>

namespace rockbuild {

namespace {

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

const Release* find_release(std::string_view base) {
    const auto found = std::ranges::find(releases, base, &Release::base);
    return found == releases.end() ? nullptr : &*found;
}

std::optional<std::string> lts_end(std::string_view csv, std::string_view codename) {
    const auto header = fields_of(take(csv, '\n'));
    const auto column = [&](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
    };
    const auto series = column("series");
    const auto end = column("eol-lts");
    while (!csv.empty()) {
        const auto fields = fields_of(take(csv, '\n'));
        if (series < fields.size() && fields[series] == codename && end < fields.size() && end_of_day(fields[end]))
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
