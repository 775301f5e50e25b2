// What the commands around registries share.
#pragma once

#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"

#include <cstdint>
#include <filesystem>

namespace rockbuild {

/// `--data`, else a folder of the user's data (XDG_DATA_HOME).
std::filesystem::path registry_data(const Context& context);

/// A size in bytes, also as `10M`, `2G` (powers of 1024), of the option `name`; 0 if it isn't given. RB1102 otherwise.
Result<std::uint64_t> size_option(const Context& context, const std::string& name);
/// A time in seconds, also as `90s`, `10m`, `2h`, `7d`; `otherwise` if the option isn't given. RB1102 otherwise.
Result<std::int64_t> duration_option(const Context& context, const std::string& name, std::int64_t otherwise);

}  // namespace rockbuild
