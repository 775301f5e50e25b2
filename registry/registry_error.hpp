// What a registry's refusals say, and which faults pass.
#pragma once

#include "system/http_client.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// The registry's own words in an error answer, short, clean of control characters; "HTTP 502" where it has none.
std::string error_words(const HttpResponse& response);
/// True if an error answer has that code of the distribution spec.
bool has_error_code(const HttpResponse& response, std::string_view code);
/// True for answers after which the same request may succeed.
bool is_passing_fault(int status);
/// True for errors of the HTTP client after which the same request may succeed.
bool is_passing_fault(const Diagnostic& diagnostic);
/// Somebody else's words as they may be shown: without control characters, at most `most` bytes.
std::string clean_words(std::string_view text, std::size_t most = 300);

}  // namespace rockbuild
