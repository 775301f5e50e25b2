// What a key or a target of `organize` speaks of: what the part installs, its build folder (`(build)/…`, keys only) or
// the overlay (`(overlay)/…`, targets only).
#pragma once

#include <cstdint>
#include <string_view>

namespace rockbuild {

enum class Ground : std::uint8_t { install, build, overlay };

struct OrganizePath {
    Ground ground = Ground::install;
    std::string_view path;  // as it is written, from the ground's root: no slash at its begin
};
OrganizePath organize_path(std::string_view text);

}  // namespace rockbuild
