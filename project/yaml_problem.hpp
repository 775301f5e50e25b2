// What libyaml says when it gives up, said for the one who wrote the file: the place of the mistake rather than of the
// token that came after it, the words of a person, and the cure. libyaml's own texts are kept where there is nothing
// better.
#pragma once

#include "support/diagnostic.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

/// libyaml's own report, in values.
struct YamlProblem {
    std::string problem;
    Position at;
    std::string context;  // "while scanning a quoted scalar"; empty if it names none
    Position context_at;
    std::optional<std::size_t> byte;  // of what is no text at all: libyaml then has no line and column
    int value = 0;                    // and of that: the character, or the byte that is part of none
};

/// An RB0300 for `text`, the whole file.
Diagnostic explain_yaml_problem(std::string_view text, const std::string& file, const YamlProblem& problem);

}  // namespace rockbuild
