#include "pebble/go_yaml.hpp"

#include "pebble/go_values.hpp"
#include "project/pattern.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace rockbuild {

namespace {

struct GoNull {};
struct GoText {};     // as it is written
struct GoForeign {};  // with a tag that yaml.v3 knows no type for: a text, and nothing else
struct GoDate {};
struct GoBroken {};  // its tag doesn't fit
using GoScalar = std::variant<GoNull, bool, GoInteger, double, GoDate, GoText, GoForeign, GoBroken>;

constexpr std::array<std::string_view, 5> go_null_words{"", "~", "null", "Null", "NULL"};

bool is_go_date(std::string_view text) {
    static const Pattern date(
        R"(^[0-9]{4}-([1-9]|0[1-9]|1[0-2])-([1-9]|0[1-9]|[12][0-9]|3[01])([Tt ]([01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$)");
    constexpr std::size_t longest = 60;
    if (text.size() > longest || !date.found_in(text)) return false;
    // With T a zone must follow, with a blank none may.
    const bool zone = text.back() == 'Z' || text.find_last_of("+") != std::string_view::npos ||
                      std::count(text.begin(), text.end(), '-') > 2;
    const bool lettered = text.find_first_of("Tt") != std::string_view::npos;
    return zone == lettered;
}

/// A bare word without a tag.
GoScalar resolve_bare(const std::string& text) {
    if (says_nothing_to_go(text)) return GoNull{};
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::nan("");
    const std::string_view unsigned_text = std::string_view(text).substr(text.find_first_of("+-") == 0 ? 1 : 0);
    if (unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF")
        return text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
    if (text.front() == '.') {
        if (const auto number = parse_go_float(text)) return *number;
        return GoText{};
    }
    if (std::string_view("+-0123456789").find(text.front()) == std::string_view::npos) return GoText{};
    if (is_go_date(text)) return GoDate{};
    auto digits = text;
    std::erase(digits, '_');
    if (const auto number = parse_go_integer(digits)) return *number;
    static const Pattern floating(R"(^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$)");
    constexpr std::size_t longest = 4096;
    if (digits.size() <= longest && floating.found_in(digits))
        if (const auto number = parse_go_float(digits)) return *number;
    return GoText{};
}

GoScalar resolve_scalar(const YamlNode& scalar) {
    const auto& tag = scalar.tag;
    if (tag.empty()) return scalar.plain ? resolve_bare(scalar.text) : GoScalar(GoText{});
    if (tag == "!!str") return GoText{};
    static constexpr std::array<std::string_view, 5> typed{"!!null", "!!bool", "!!int", "!!float", "!!timestamp"};
    if (std::find(typed.begin(), typed.end(), tag) == typed.end()) return GoForeign{};
    const auto bare = resolve_bare(scalar.text);
    if (tag == "!!null" && std::holds_alternative<GoNull>(bare)) return bare;
    if (tag == "!!bool" && std::holds_alternative<bool>(bare)) return bare;
    if (tag == "!!int" && std::holds_alternative<GoInteger>(bare)) return bare;
    if (tag == "!!timestamp" && std::holds_alternative<GoDate>(bare)) return bare;
    if (tag == "!!float") {
        if (std::holds_alternative<double>(bare)) return bare;
        if (const auto* whole = std::get_if<GoInteger>(&bare);
            whole != nullptr && (whole->negative || whole->magnitude >> 63U == 0)) {
            const auto value = static_cast<double>(whole->magnitude);
            return whole->negative ? -value : value;
        }
    }
    return GoBroken{};
}

/// A double where Go wants 64 bits, as its processors convert it.
std::optional<GoNumber> cut_to_number(double value) {
    constexpr double limit = 9223372036854775808.0;
    if (std::isnan(value) || value > limit) return std::nullopt;
    if (value < -limit || value == limit) return GoNumber{INT64_MIN, true};
    return GoNumber{static_cast<std::int64_t>(value), std::trunc(value) != value};
}

}  // namespace

bool says_nothing_to_go(const std::string& text) {
    return std::find(go_null_words.begin(), go_null_words.end(), text) != go_null_words.end();
}

bool is_go_null(const YamlNode& node) {
    return node.kind == YamlNode::Kind::scalar && std::holds_alternative<GoNull>(resolve_scalar(node));
}

std::optional<std::string> go_text(const YamlNode& scalar) {
    if (scalar.tag == "!!binary") return std::nullopt;  // bytes: nobody means them
    const auto resolved = resolve_scalar(scalar);
    if (std::holds_alternative<GoBroken>(resolved)) return std::nullopt;
    return std::holds_alternative<GoNull>(resolved) ? std::string() : scalar.text;
}

std::optional<GoNumber> go_number(const YamlNode& scalar) {
    const auto resolved = resolve_scalar(scalar);
    if (const auto* whole = std::get_if<GoInteger>(&resolved)) {
        if (whole->negative) return GoNumber{static_cast<std::int64_t>(0 - whole->magnitude), false};
        if (whole->magnitude > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
        return GoNumber{static_cast<std::int64_t>(whole->magnitude), false};
    }
    if (const auto* floating = std::get_if<double>(&resolved)) return cut_to_number(*floating);
    return std::nullopt;
}

}  // namespace rockbuild
