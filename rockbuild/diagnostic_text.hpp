// A Diagnostic as people read it (CLI.md §1.4) and as programs do (CLI.md §3).
#pragma once

#include "rockbuild/style.hpp"
#include "support/diagnostic.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace rockbuild {

/// Line `line` (from 1) of a file, without its end; none if it can't be had.
using LineReader = std::function<std::optional<std::string>(const std::string& file, std::uint32_t line)>;

/// Lines of files on the disk.
LineReader disk_lines();

/// The diagnostic with its places, source lines and carets; ends with a newline.
std::string diagnostic_text(const Diagnostic& diagnostic, const Style& style, const LineReader& lines);

nlohmann::ordered_json diagnostic_json(const Diagnostic& diagnostic);

}  // namespace rockbuild
