// The pages `<command>.md`, put into the program when it is built (rockbuild/CMakeLists.txt writes the .cpp).
#pragma once

#include <string_view>

namespace rockbuild {

/// The whole page; empty if there is none of that name.
std::string_view documentation(std::string_view command);

}  // namespace rockbuild
