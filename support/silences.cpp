#include "support/silences.hpp"

#include <algorithm>

namespace rockbuild {

namespace {

bool is_code(std::string_view word) {
    constexpr std::size_t length = 6;
    return word.size() == length && word.starts_with("RB") &&
           word.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

}  // namespace

std::expected<Silences, std::string> Silences::parse(std::string_view text) {
    Silences silences;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (word.empty()) continue;
        const auto colon = word.find(':');
        const auto code = word.substr(0, colon);
        if (!is_code(code)) return std::unexpected("'" + std::string(code) + "' is no code such as RB0621");
        if (colon + 1 == word.size())
            return std::unexpected("'" + std::string(word) + "' names no object after the ':', such as services.web");
        silences.silenced_.emplace_back(code, colon == std::string_view::npos ? "" : word.substr(colon + 1));
    }
    return silences;
}

std::string Silences::lines_of(std::string_view words) {
    std::string lines(words);
    for (auto& c : lines)
        if (c == ',' || c == ' ' || c == '\t') c = '\n';
    return lines;
}

bool Silences::cover(const Diagnostic& diagnostic) const {
    if (diagnostic.severity == Severity::error) return false;
    return std::any_of(silenced_.begin(), silenced_.end(), [&](const auto& silenced) {
        return silenced.first == diagnostic.code && (silenced.second.empty() || silenced.second == diagnostic.object);
    });
}

std::vector<std::string> Silences::codes() const {
    std::vector<std::string> codes;
    for (const auto& [code, object] : silenced_)
        if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    return codes;
}

}  // namespace rockbuild
