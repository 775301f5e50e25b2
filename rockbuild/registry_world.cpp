#include "rockbuild/registry_world.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

namespace rockbuild {

namespace {

using Units = std::initializer_list<std::pair<std::string_view, std::uint64_t>>;

std::optional<std::uint64_t> with_unit(std::string_view text, Units units) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, factor] : units)
        if (name == unit && value <= UINT64_MAX / factor / 2) return value * factor;
    return std::nullopt;
}

Result<std::optional<std::uint64_t>> option(const Context& context, const std::string& name, Units units,
                                            std::string_view what) {
    const auto text = context.arguments.value(name);
    if (!text) return std::nullopt;
    if (const auto value = with_unit(*text, units)) return value;
    return fail("RB1102", fmt::format("--{} can't be '{}'", name, *text), fmt::format("it is {}", what),
                ExitCode::usage);
}

}  // namespace

std::filesystem::path registry_data(const Context& context) {
    if (const auto given = context.arguments.value("data")) return absolute(context.host, *given);
    const auto home = context.host.variable("HOME").value_or("/root");
    return context.host.variable("XDG_DATA_HOME").value_or(home + "/.local/share") + "/rockbuild/registry";
}

Result<std::uint64_t> size_option(const Context& context, const std::string& name) {
    constexpr std::uint64_t k = 1024;
    return TRY(option(context, name, {{"", 1}, {"K", k}, {"M", k * k}, {"G", k * k * k}, {"T", k * k * k * k}},
                      "a number of bytes, or one with K, M, G or T"))
        .value_or(0);
}

Result<std::int64_t> duration_option(const Context& context, const std::string& name, std::int64_t otherwise) {
    constexpr std::uint64_t minute = 60;
    const auto value =
        TRY(option(context, name, {{"", 1}, {"s", 1}, {"m", minute}, {"h", 60 * minute}, {"d", 24 * 60 * minute}},
                   "a number of seconds, or one with s, m, h or d"));
    return value ? static_cast<std::int64_t>(*value) : otherwise;
}

}  // namespace rockbuild
