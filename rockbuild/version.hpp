#pragma once

#include <string>

namespace rockbuild {

/// "rockbuild 0.1.0" and a newline.
std::string version_text();

}  // namespace rockbuild
