// Which packages a Python project asks for: requirements.txt and pyproject.toml, by the names of PEP 508.
#pragma once

#include "project/extensions/work.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rockbuild {

/// The name of a requirement such as `Flask[async]>=2; python_version > "3"`, in lower case; none for what is no
/// requirement: an option, a comment, an address alone.
std::optional<std::string> requirement_name(std::string_view line);

/// The names in requirements.txt and pyproject.toml's [project], where they exist. RB0335 for one that can't be read,
/// RB0336 for dependencies that are no list of texts.
std::set<std::string, std::less<>> required_packages(ExtensionWork& work);

inline constexpr const char* requirements_file = "requirements.txt";
inline constexpr const char* pyproject_file = "pyproject.toml";

}  // namespace rockbuild
