// Rows as aligned columns, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

/// The first row is the heading, in capitals. Every column but the last is as wide as its widest cell; cells are made
/// printable.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

/// "812 B", "3.4 kB", "12.6 MB": powers of 1000.
std::string size_text(std::uint64_t bytes);
/// "0.3 s", "12.0 s", "3 min 20 s".
std::string seconds_text(double seconds);

}  // namespace rockbuild
