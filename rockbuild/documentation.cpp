#include "rockbuild/documentation.hpp"

#include <fmt/format.h>

namespace rockbuild {

std::string page_title(std::string_view page) {
    const auto line = page.substr(0, page.find('\n'));
    const auto colon = line.find(": ");
    return std::string(colon == std::string_view::npos ? std::string_view() : line.substr(colon + 2));
}

std::string page_section(std::string_view page, std::string_view title) {
    const auto heading = fmt::format("\n## {}\n", title);
    const auto found = page.find(heading);
    if (found == std::string_view::npos) return {};
    page.remove_prefix(found + heading.size());
    page = page.substr(0, page.find("\n## "));
    const auto begin = page.find_first_not_of('\n');
    if (begin == std::string_view::npos) return {};
    return std::string(page.substr(begin, page.find_last_not_of('\n') + 1 - begin));
}

}  // namespace rockbuild
