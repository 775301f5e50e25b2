// The pages `<command>.md` and `explain/<code>.md`, put into the program when it is built (rockbuild/CMakeLists.txt
// writes the .cpp files), and how they are taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// The whole page of a command; empty if there is none of that name.
std::string_view documentation(std::string_view command);
/// The whole page of an error code; empty if there is none.
std::string_view explanation(std::string_view code);
/// All codes that have a page, in order.
std::vector<std::string> explained_codes();

/// What follows the colon in a page's first line, `# name: title`.
std::string page_title(std::string_view page);
/// What stands under `## <title>`, without empty lines around it.
std::string page_section(std::string_view page, std::string_view title);

}  // namespace rockbuild
