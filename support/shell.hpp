// Texts for the shell.
#pragma once

#include <string>
#include <string_view>

namespace rockbuild {

/// One word, whatever it holds; as it stands where that is plain.
std::string shell_word(std::string_view text);

}  // namespace rockbuild
