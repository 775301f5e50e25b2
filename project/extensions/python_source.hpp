// What a Python file binds at its top level, found without running it and without a grammar: words, brackets, strings
// and indentation are enough (spec/rockcraft-yaml.md §10.2, "Python scan rules").
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// A name that is bound, but not in a way that counts.
struct NearMiss {
    enum class Kind : std::uint8_t {
        typed,    // `x: T = …`
        several,  // `x, y = …`, `[x] = …`
        block,    // `x = …` or `from a import x` in an `if`, a `try`, a `with` or a loop
    } kind = Kind::typed;
    std::string name;
    std::uint32_t line = 0;
};

struct PythonNames {
    std::set<std::string, std::less<>> variables;  // `x = …`, `from a import x`, `from a import b as x`
    std::set<std::string, std::less<>> functions;  // `def x`; `async def` is another thing
    std::vector<NearMiss> near_misses;             // in the file's order
    std::optional<std::uint32_t> never_closed;     // the line of a bracket or text that the file ends within
};

/// Any bytes are fine as input; what no Python takes is passed over. Linear in the file's size.
PythonNames top_level_names(std::string_view source);

}  // namespace rockbuild
