// Every setting with its value and where that came from: option > ROCKBUILD_X > ROCKCRAFT_X > CRAFT_X > the
// configuration file > default (CLI.md §1.8). One table, which options, `rockbuild config` and the commands share.
#pragma once

#include "rockbuild/arguments.hpp"
#include "support/diagnostic.hpp"
#include "support/result.hpp"
#include "system/host.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

enum class Setting : std::uint8_t {
    build_for,
    cache,
    charmhub_api_url,
    charmhub_auth,
    charmhub_registry_url,
    charmhub_sso_url,
    charmhub_storage_url,
    color,
    data,
    experimental,
    ignore,
    locked,
    mirror,
    offline,
    parallel,
    pebble,
    platform,
    progress,
    silence,
    verbosity,
    count,  // how many there are
};

/// A variable of others that says the same as one of ours.
struct OtherVariable {
    std::string_view variable;
    std::string_view means;  // whatever its value is; empty: its value is the setting's
};

/// One row of the table.
struct SettingKind {
    Setting setting;
    std::string_view name;      // in the configuration file, and of `rockbuild config`
    std::string_view option;    // long name; empty: no option
    std::string_view variable;  // ROCKBUILD_<variable>
    std::string_view upstream;  // ROCKCRAFT_<upstream>, CRAFT_<upstream>; empty: upstream has none
    std::vector<std::string_view> choices;
    std::string_view help;
    std::vector<OtherVariable> others;
};

const std::vector<SettingKind>& setting_kinds();

struct SettingValue {
    std::string value;
    std::string origin;  // "--platform", "ROCKBUILD_PLATFORM", "/home/u/.config/rockbuild/config.yaml:3", "default"
};

class Settings {
public:
    /// `config` is the configuration file's text (empty: there is none), `config_file` its name. RB1105: a key that is
    /// none, or a value that can't be (exit 65, with its place); RB1102 for variables and options (exit 64).
    static Result<Settings> read(const Host& host, const Arguments& arguments, std::string_view config,
                                 const std::string& config_file);

    const SettingValue& operator[](Setting setting) const { return values_[static_cast<std::size_t>(setting)]; }
    const std::string& text(Setting setting) const { return (*this)[setting].value; }
    bool flag(Setting setting) const { return text(setting) == "true"; }
    unsigned number(Setting setting) const;

private:
    std::array<SettingValue, static_cast<std::size_t>(Setting::count)> values_;
};

/// $XDG_CONFIG_HOME/rockbuild/config.yaml, or below ~/.config.
std::filesystem::path config_path(const Host& host);

}  // namespace rockbuild
