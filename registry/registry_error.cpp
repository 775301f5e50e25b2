#include "registry/registry_error.hpp"

#include "registry/json_member.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace rockbuild {

namespace {
using Json = nlohmann::ordered_json;
}

std::string clean_words(std::string_view text, std::size_t most) {
    std::string words;
    for (const char c : text.substr(0, most)) words += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
    return words;
}

std::string error_words(const HttpResponse& response) {
    const auto json = parse_untrusted<Json>(response.body);
    if (json.is_object()) {
        std::vector<std::string> words;
        if (const auto errors = json.find("errors"); errors != json.end() && errors->is_array())
            for (const auto& item : *errors) {
                auto text = text_member(item, "code");
                if (const auto message = text_member(item, "message"); !message.empty())
                    text += (text.empty() ? "" : ": ") + message;
                if (!text.empty()) words.push_back(clean_words(text));
            }
        if (!words.empty()) return fmt::format("{} (HTTP {})", fmt::join(words, "; "), response.status);
    }
    return fmt::format("HTTP {}", response.status);
}

bool has_error_code(const HttpResponse& response, std::string_view code) {
    const auto json = parse_untrusted<Json>(response.body);
    if (!json.is_object()) return false;
    const auto errors = json.find("errors");
    return errors != json.end() && errors->is_array() &&
           std::ranges::any_of(*errors, [&](const Json& item) { return text_member(item, "code") == code; });
}

bool is_passing_fault(int status) {
    for (const int passing : {408, 425, 429, 500, 502, 503, 504, 522})
        if (status == passing) return true;
    return false;
}

bool is_passing_fault(const Diagnostic& diagnostic) {
    return diagnostic.code == "RB0130" || diagnostic.code == "RB0135";
}

}  // namespace rockbuild
