// Warnings that somebody has read and meant: they are not said again.
#pragma once

#include "support/diagnostic.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

class Silences {
public:
    /// `RB0621`: that warning; `RB0621:services.web`: of that object alone (Diagnostic::object), whose name may hold
    /// blanks and commas. Several stand each on a line of its own. What is wrong with one, otherwise.
    static std::expected<Silences, std::string> parse(std::string_view text);
    /// Words that stand apart by commas or blanks, as in a variable: for `parse`.
    static std::string lines_of(std::string_view words);

    /// Errors are never silenced.
    bool cover(const Diagnostic& diagnostic) const;

    /// The codes that are named, each once.
    std::vector<std::string> codes() const;

private:
    std::vector<std::pair<std::string, std::string>> silenced_;  // code, object; an empty object is every one
};

}  // namespace rockbuild
