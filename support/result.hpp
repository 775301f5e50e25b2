// Result<T>: a value or the Diagnostic that says why there is none; and TRY, which takes the one or returns the other.
//
// TRY is a statement expression (g++ and clang): `auto text = TRY(read_file(path));`. On Result<void> use TRY_VOID.
// A TRY inside a lambda returns from the lambda. A comma inside template arguments needs parentheses. In a braced list
// TRY stands alone: g++ forgets to destroy the members that were made before the return.
#pragma once

#include "support/diagnostic.hpp"

#include <expected>
#include <string>
#include <utility>

namespace rockbuild {

template <class T>
using Result = std::expected<T, Diagnostic>;

/// The error side of a Result: `return fail("RB0201", "no such blob", "run `rockbuild store verify`");`
inline std::unexpected<Diagnostic> fail(std::string code, std::string message, std::string hint = {},
                                        ExitCode exit = ExitCode::failure) {
    Diagnostic diagnostic;
    diagnostic.code = std::move(code);
    diagnostic.message = std::move(message);
    diagnostic.hint = std::move(hint);
    diagnostic.exit = exit;
    return std::unexpected(std::move(diagnostic));
}

}  // namespace rockbuild

#define ROCKBUILD_JOIN_2(a, b) a##b
#define ROCKBUILD_JOIN(a, b) ROCKBUILD_JOIN_2(a, b)
#define ROCKBUILD_TRY(name, expression)                      \
    __extension__({                                          \
        auto&& name = (expression);                          \
        if (!name.has_value()) [[unlikely]]                  \
            return std::unexpected(std::move(name).error()); \
        *std::move(name);                                    \
    })
#define TRY(expression) ROCKBUILD_TRY(ROCKBUILD_JOIN(try_result_, __COUNTER__), expression)
#define TRY_VOID(expression)                                                        \
    do {                                                                            \
        if (auto try_result_ = (expression); !try_result_.has_value()) [[unlikely]] \
            return std::unexpected(std::move(try_result_).error());                 \
    } while (false)
