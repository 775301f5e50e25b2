#include "rockbuild/settings.hpp"

#include "project/yaml.hpp"
#include "rockbuild/documentation.hpp"
#include "support/silences.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace rockbuild {

namespace {

std::optional<unsigned> positive(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
    return number;
}

/// Flags may be said in the words that people use.
std::optional<std::string> boolean(std::string_view text) {
    for (const std::string_view yes : {"true", "1", "yes", "on"})
        if (text == yes) return "true";
    for (const std::string_view no : {"false", "0", "no", "off"})
        if (text == no) return "false";
    return std::nullopt;
}

/// The value as it is used; what is wrong with it otherwise.
std::expected<std::string, std::string> normal(const SettingKind& kind, const std::string& text) {
    if (kind.setting == Setting::offline || kind.setting == Setting::locked || kind.setting == Setting::experimental) {
        if (auto value = boolean(text)) return *std::move(value);
        return std::unexpected("it is true or false");
    }
    if (kind.setting == Setting::silence) {
        const auto silences = Silences::parse(text);
        if (!silences) return std::unexpected(silences.error());
        for (const auto& code : silences->codes())
            if (explanation(code).empty()) return std::unexpected(fmt::format("there is no code {}", code));
    }
    if (kind.setting == Setting::parallel && !positive(text)) return std::unexpected("it is a number from 1 on");
    if (!kind.choices.empty() && std::find(kind.choices.begin(), kind.choices.end(), text) == kind.choices.end())
        return std::unexpected(fmt::format("it is one of {}", fmt::join(kind.choices, ", ")));
    return text;
}

Result<SettingValue> checked(const SettingKind& kind, SettingValue given) {
    auto value = normal(kind, given.value);
    if (value) return SettingValue{*std::move(value), std::move(given.origin)};
    return fail("RB1102", fmt::format("{} can't be '{}': {}", given.origin, given.value, value.error()), {},
                ExitCode::usage);
}

std::optional<SettingValue> from_options(const SettingKind& kind, const Arguments& arguments) {
    const auto origin = "--" + std::string(kind.option);
    if (kind.setting == Setting::verbosity) {
        if (arguments.has("quiet")) return SettingValue{"quiet", "--quiet"};
        if (arguments.has("verbose")) return SettingValue{"verbose", "--verbose"};
    }
    if (kind.option.empty()) return std::nullopt;
    if (const auto values = arguments.values(std::string(kind.option)); values.size() > 1)
        return SettingValue{fmt::format("{}", fmt::join(values, "\n")), origin};
    if (auto value = arguments.value(std::string(kind.option))) return SettingValue{*std::move(value), origin};
    return std::nullopt;
}

std::optional<SettingValue> from_environment(const SettingKind& kind, const Host& host) {
    std::vector<std::string> names{"ROCKBUILD_" + std::string(kind.variable)};
    if (!kind.upstream.empty())
        for (const std::string_view prefix : {"ROCKCRAFT_", "CRAFT_"})
            names.push_back(fmt::format("{}{}", prefix, kind.upstream));
    for (const auto& name : names)
        if (auto value = host.variable(name))
            return SettingValue{kind.setting == Setting::silence ? Silences::lines_of(*value) : *std::move(value),
                                name};
    for (const auto& [other, means] : kind.others)
        if (auto value = host.variable(std::string(other)))
            return SettingValue{means.empty() ? *std::move(value) : std::string(means), std::string(other)};
    return std::nullopt;
}

SettingValue default_of(const SettingKind& kind, const Host& host) {
    switch (kind.setting) {
        case Setting::cache: {
            if (const auto folder = host.variable("XDG_CACHE_HOME")) return {*folder + "/rockbuild", "XDG_CACHE_HOME"};
            return {host.variable("HOME").value_or("/root") + "/.cache/rockbuild", "default"};
        }
        case Setting::parallel: {
            auto count = host.cpus;
            std::string origin = "default";
            for (const auto* name : {"CRAFT_MAX_PARALLEL_BUILD_COUNT", "ROCKCRAFT_MAX_PARALLEL_BUILD_COUNT"})
                if (const auto most = positive(host.variable(name).value_or("")); most && *most < host.cpus) {
                    count = *most;
                    origin = name;
                }
            return {std::to_string(count), origin};
        }
        case Setting::verbosity:
            return {"brief", "default"};
        case Setting::color:
        case Setting::progress:
            return {"auto", "default"};
        case Setting::experimental:
        case Setting::locked:
        case Setting::offline:
            return {"false", "default"};
        case Setting::charmhub_api_url:
            return {"https://api.charmhub.io", "default"};
        case Setting::charmhub_sso_url:
            return {"https://login.ubuntu.com", "default"};
        case Setting::charmhub_storage_url:
            return {"https://storage.snapcraftcontent.com", "default"};
        default:
            return {"", "default"};
    }
}

std::unexpected<Diagnostic> at(const Span& span, std::string message, std::string hint = {}) {
    auto error = fail("RB1105", std::move(message), std::move(hint), ExitCode::bad_data);
    error.error().span = span;
    return error;
}

/// A value of the configuration file; what may be several may be a list.
std::optional<std::string> config_text(const SettingKind& kind, const YamlNode& value) {
    if (value.kind == YamlNode::Kind::scalar) return value.text;
    if (kind.setting != Setting::silence || value.kind != YamlNode::Kind::list) return std::nullopt;
    std::string text;
    for (const auto& item : value.items) {
        if (item->kind != YamlNode::Kind::scalar) return std::nullopt;
        text += (text.empty() ? "" : "\n") + item->text;
    }
    return text;
}

/// The configuration file's settings, checked.
Result<std::map<Setting, SettingValue>> read_config(std::string_view text, const std::string& file) {
    auto reading = read_yaml(text, file);
    for (auto& diagnostic : reading.diagnostics)
        if (diagnostic.severity == Severity::error) {
            diagnostic.exit = ExitCode::bad_data;
            return std::unexpected(std::move(diagnostic));
        }
    std::map<Setting, SettingValue> values;
    if (!reading.root) return values;
    if (reading.root->kind != YamlNode::Kind::map)
        return at(reading.root->span, "the configuration file is not a map of settings", "write `name: value` lines");
    for (const auto& [key, value] : reading.root->pairs) {
        const auto& kinds = setting_kinds();
        const auto kind =
            std::find_if(kinds.begin(), kinds.end(), [&](const auto& row) { return row.name == key->text; });
        if (kind == kinds.end()) {
            std::vector<std::string> names;
            for (const auto& row : kinds) names.emplace_back(row.name);
            auto error =
                at(key->span, fmt::format("no setting '{}'", key->text), "`rockbuild config` lists all settings");
            error.error().suggestions = suggestions(key->text, names);
            return error;
        }
        const auto given = config_text(*kind, *value);
        if (!given) return at(value->span, fmt::format("the setting '{}' is one value", key->text));
        auto said = normal(*kind, *given);
        if (!said) return at(value->span, fmt::format("'{}' can't be '{}': {}", key->text, *given, said.error()));
        values[kind->setting] = {*std::move(said), fmt::format("{}:{}", file, key->span.begin.line)};
    }
    return values;
}

}  // namespace

const std::vector<SettingKind>& setting_kinds() {
    // In the order of `Setting`.
    static const std::vector<SettingKind> kinds{
        {Setting::build_for, "build-for", "build-for", "BUILD_FOR", "BUILD_FOR", {}, "the architecture to build for"},
        {Setting::cache, "cache", "", "CACHE", "", {}, "the folder of the store"},
        {Setting::charmhub_api_url,
         "charmhub-api-url",
         "",
         "CHARMHUB_API_URL",
         "",
         {},
         "Charmhub's API",
         {{"CHARMCRAFT_STORE_API_URL", ""}}},
        {Setting::charmhub_auth,
         "charmhub-auth",
         "",
         "CHARMHUB_AUTH",
         "",
         {},
         "Charmhub credentials, as `login --export` writes them",
         {{"CHARMCRAFT_AUTH", ""}}},
        {Setting::charmhub_registry_url,
         "charmhub-registry-url",
         "",
         "CHARMHUB_REGISTRY_URL",
         "",
         {},
         "Charmhub's registry; else the one that Charmhub names",
         {{"CHARMCRAFT_REGISTRY_URL", ""}}},
        {Setting::charmhub_sso_url,
         "charmhub-sso-url",
         "",
         "CHARMHUB_SSO_URL",
         "",
         {},
         "Charmhub's sign-on",
         {{"CHARMCRAFT_STORE_SSO_URL", ""}}},
        {Setting::charmhub_storage_url,
         "charmhub-storage-url",
         "",
         "CHARMHUB_STORAGE_URL",
         "",
         {},
         "Charmhub's storage",
         {{"CHARMCRAFT_UPLOAD_URL", ""}}},
        {Setting::color,
         "color",
         "color",
         "COLOR",
         "",
         {"auto", "always", "never"},
         "colours in messages",
         {{"NO_COLOR", "never"}, {"FORCE_COLOR", "always"}}},
        {Setting::data, "data", "", "DATA", "", {}, "the folder of rockbuild's own data files"},
        {Setting::experimental,
         "experimental-extensions",
         "",
         "ENABLE_EXPERIMENTAL_EXTENSIONS",
         "",
         {},
         "whether experimental extensions are taken without a warning",
         {{"ROCKCRAFT_ENABLE_EXPERIMENTAL_EXTENSIONS", "true"}}},
        {Setting::ignore, "ignore", "ignore", "IGNORE", "", {"unmaintained"}, "what `pack` overlooks"},
        {Setting::locked, "locked", "locked", "LOCKED", "", {}, "take nothing that the lock doesn't name"},
        {Setting::mirror,
         "mirror",
         "mirror",
         "DEBIAN_MIRROR",
         "",
         {},
         "the Debian archive; else the one that the host's apt uses"},
        {Setting::offline, "offline", "offline", "OFFLINE", "", {}, "ask no network"},
        {Setting::parallel,
         "parallel-build-count",
         "parallel",
         "PARALLEL_BUILD_COUNT",
         "PARALLEL_BUILD_COUNT",
         {},
         "how much is done at once"},
        {Setting::pebble,
         "pebble",
         "pebble",
         "PEBBLE",
         "",
         {},
         "the Pebble program; else it is built from its Go module"},
        {Setting::platform, "platform", "platform", "PLATFORM", "PLATFORM", {}, "the platform to build; else all"},
        {Setting::progress,
         "progress",
         "progress",
         "PROGRESS",
         "",
         {"auto", "tty", "plain", "json", "none"},
         "how progress is shown",
         {{"CI", "plain"}}},
        {Setting::silence, "silence", "silence", "SILENCE", "", {}, "warnings that are not said: CODE or CODE:OBJECT"},
        {Setting::verbosity,
         "verbosity",
         "verbosity",
         "VERBOSITY",
         "VERBOSITY_LEVEL",
         {"quiet", "brief", "verbose", "debug", "trace"},
         "how much is said"},
    };
    return kinds;
}

Result<Settings> Settings::read(const Host& host, const Arguments& arguments, std::string_view config,
                                const std::string& config_file) {
    const auto file = TRY(read_config(config, config_file));
    Settings settings;
    for (const auto& kind : setting_kinds()) {
        auto& value = settings.values_[static_cast<std::size_t>(kind.setting)];
        if (auto given = from_options(kind, arguments)) value = TRY(checked(kind, *std::move(given)));
        else if (auto variable = from_environment(kind, host)) value = TRY(checked(kind, *std::move(variable)));
        else if (const auto found = file.find(kind.setting); found != file.end()) value = found->second;
        else value = default_of(kind, host);
    }
    return settings;
}

unsigned Settings::number(Setting setting) const { return positive(text(setting)).value_or(1); }

std::filesystem::path config_path(const Host& host) {
    if (const auto folder = host.variable("XDG_CONFIG_HOME")) return *folder + "/rockbuild/config.yaml";
    return host.variable("HOME").value_or("/root") + "/.config/rockbuild/config.yaml";
}

}  // namespace rockbuild
