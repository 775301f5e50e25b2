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
    /// `RB0621`: that warning; `RB0621:services.web`: of that object alone (Diagnostic::object). Several stand apart by
    /// commas or blanks. What is wrong with a word, otherwise.
    static std::expected<Silences, std::string> parse(std::string_view text);

    /// Errors are never silenced.
    bool cover(const Diagnostic& diagnostic) const;

    /// The codes that are named, each once.
    std::vector<std::string> codes() const;

private:
    std::vector<std::pair<std::string, std::string>> silenced_;  // code, object; an empty object is every one
};

}  // namespace rockbuild
