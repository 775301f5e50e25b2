// Texts as scalars of YAML: the one place that knows which characters its readers take bare, which only in quotes, and
// which only as escapes. yaml-cpp's emitter does the rest.
#pragma once

#include <string>
#include <string_view>

namespace YAML {
class Emitter;
}

namespace rockbuild {

/// In double quotes.
void write_quoted_text(YAML::Emitter& yaml, std::string_view text);
/// Bare where the characters allow it, whatever type a reader may then see in it; else in double quotes.
void write_text(YAML::Emitter& yaml, const std::string& text);

/// May `text` stand in quotes or in a block as it is: nothing in it needs an escape?
bool is_printable_yaml(std::string_view text);

}  // namespace rockbuild
