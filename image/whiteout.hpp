// How a layer says that something below is gone (OCI image spec, layer, whiteouts).
#pragma once

#include <string_view>

namespace rockbuild {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_marker = ".wh..wh..opq";

}  // namespace rockbuild
