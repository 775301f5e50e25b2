// The types of plain scalars in YAML 1.1, as PyYAML's resolver tells them.
#include "project/pattern.hpp"
#include "project/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace rockbuild {

namespace {

template <std::size_t n>
bool is_one_of(std::string_view text, const std::array<std::string_view, n>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 9> true_words{"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
constexpr std::array<std::string_view, 9> false_words{"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> null_words{"", "~", "null", "Null", "NULL"};

/// Sexagesimal `1:30` → 90; `parse` reads one component.
double base_60(std::string_view digits) {
    double value = 0;
    for (std::size_t begin = 0; begin <= digits.size();) {
        const auto end = std::min(digits.find(':', begin), digits.size());
        value = value * 60 + std::strtod(std::string(digits.substr(begin, end - begin)).c_str(), nullptr);
        begin = end + 1;
    }
    return value;
}

/// Digits in `base`, or sexagesimal groups of decimal ones; none beyond 64 bits.
std::optional<std::int64_t> whole_number(std::string_view digits, int base) {
    constexpr std::int64_t sixty = 60;
    std::int64_t value = 0;
    for (std::size_t begin = 0; begin <= digits.size();) {
        const auto end = std::min(digits.find(':', begin), digits.size());
        std::int64_t group = 0;
        const auto read = std::from_chars(digits.data() + begin, digits.data() + end, group, base);
        if (read.ec == std::errc::result_out_of_range || __builtin_mul_overflow(value, sixty, &value) ||
            __builtin_add_overflow(value, group, &value))
            return std::nullopt;
        begin = end + 1;
    }
    return value;
}

constexpr std::size_t longest_number = 400;  // longer ones are nobody's

std::string without_underscores(std::string text) {
    std::erase(text, '_');
    return text;
}

/// A float as Python's repr: the shortest digits that read back, with a point or an exponent.
std::string python_float(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    const auto magnitude = std::abs(value);
    auto text = fmt::format("{}", value);
    constexpr double most_plain = 1e16;
    constexpr double least_plain = 1e-4;
    if (value == 0 || (magnitude >= least_plain && magnitude < most_plain)) {
        if (text.find('e') != std::string::npos) text = fmt::format("{:f}", value);
        return text.find('.') == std::string::npos ? text + ".0" : text;
    }
    return text;
}

double float_value(const std::string& plain) {
    const auto text = without_underscores(plain);
    const bool negative = text.starts_with('-');
    const auto digits = text.substr(text.find_first_of("+-") == 0 ? 1 : 0);
    double value = 0;
    if (digits.ends_with("inf") || digits.ends_with("Inf") || digits.ends_with("INF")) value = HUGE_VAL;
    else if (digits.ends_with("nan") || digits.ends_with("NaN") || digits.ends_with("NAN")) value = std::nan("");
    else value = base_60(digits);
    return negative ? -value : value;
}

}  // namespace

YamlType yaml_type(const YamlNode& scalar) {
    if (!scalar.plain) return YamlType::text;
    const auto& text = scalar.text;
    if (is_one_of(text, null_words)) return YamlType::null;
    if (is_one_of(text, true_words) || is_one_of(text, false_words)) return YamlType::boolean;
    if (std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos) return YamlType::text;
    static const Pattern integer(
        R"(^([-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+)$)");
    static const Pattern floating(
        R"(^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$)");
    if (text.size() > longest_number) return YamlType::text;
    if (integer.found_in(text)) return YamlType::integer;
    if (floating.found_in(text)) return YamlType::floating;
    return YamlType::text;
}

bool is_yaml_date(const YamlNode& scalar) {
    const auto& text = scalar.text;
    if (!scalar.plain || text.size() > longest_number || text.find('-') == std::string::npos || text.front() < '0' ||
        text.front() > '9')
        return false;
    static const Pattern date(
        R"(^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)$)");
    return date.found_in(text);
}

std::optional<bool> yaml_boolean(const YamlNode& scalar) {
    if (yaml_type(scalar) != YamlType::boolean) return std::nullopt;
    return is_one_of(scalar.text, true_words);
}

std::optional<std::int64_t> yaml_integer(const YamlNode& scalar) {
    if (yaml_type(scalar) != YamlType::integer) return std::nullopt;
    auto digits = without_underscores(scalar.text);
    const bool negative = digits.starts_with('-');
    if (digits.find_first_of("+-") == 0) digits.erase(0, 1);
    const std::string_view text = digits;
    std::optional<std::int64_t> value;
    if (text.starts_with("0b")) value = whole_number(text.substr(2), 2);
    else if (text.starts_with("0x")) value = whole_number(text.substr(2), 16);
    else value = whole_number(text, text.starts_with('0') ? 8 : 10);
    if (value && negative) value = -*value;
    return value;
}

std::string yaml_text(const YamlNode& scalar) {
    switch (yaml_type(scalar)) {
        case YamlType::integer: {
            if (const auto value = yaml_integer(scalar)) return std::to_string(*value);
            auto digits = without_underscores(scalar.text);  // beyond 64 bits: a decimal number keeps its digits
            return digits.starts_with('+') ? digits.substr(1) : digits;
        }
        case YamlType::floating:
            return python_float(float_value(scalar.text));
        default:
            return scalar.text;
    }
}

}  // namespace rockbuild
