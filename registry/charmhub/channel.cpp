#include "registry/charmhub/channel.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace rockbuild {

namespace {

const std::vector<std::string>& risks() {
    static const std::vector<std::string> all{"stable", "candidate", "beta", "edge"};
    return all;
}

bool is_risk(std::string_view text) { return std::ranges::find(risks(), text) != risks().end(); }
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_track(std::string_view text) {
    constexpr std::size_t longest = 28;
    if (text.empty() || text.size() > longest || !is_letter_or_digit(text.front()) || !is_letter_or_digit(text.back()))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!is_letter_or_digit(text[i]) &&
            (std::string_view("_.-").find(text[i]) == std::string_view::npos || !is_letter_or_digit(text[i + 1])))
            return false;
    return true;
}

}  // namespace

Result<Channel> Channel::parse(std::string_view text) {
    std::vector<std::string> parts;
    for (auto rest = text;;) {
        const auto slash = rest.find('/');
        parts.emplace_back(rest.substr(0, slash));
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    const auto wrong = [&](std::string what, const std::string& word = {}) {
        auto error = fail("RB1610", fmt::format("'{}' is no channel: {}", text, what),
                          "write [TRACK/]RISK[/BRANCH]; the risk is stable, candidate, beta or edge", ExitCode::usage);
        error.error().suggestions = suggestions(word, risks());
        return error;
    };
    Channel channel;
    if (parts.size() == 1) channel.risk = parts[0];
    else if (parts.size() == 2 && is_risk(parts[0])) channel = {{}, parts[0], parts[1]};
    else if (parts.size() == 2) channel = {parts[0], parts[1], {}};
    else if (parts.size() == 3) channel = {parts[0], parts[1], parts[2]};
    else return wrong("it has more than three parts");
    if (!is_risk(channel.risk)) return wrong(fmt::format("'{}' is no risk", channel.risk), channel.risk);
    if (parts.size() > 1 && !is_risk(parts[0]) && !is_track(channel.track))
        return wrong(fmt::format("'{}' can't be a track", channel.track));
    if (std::ranges::any_of(parts, &std::string::empty)) return wrong("a part of it is empty");
    if (!channel.branch.empty() && !is_track(channel.branch))
        return wrong(fmt::format("'{}' can't be a branch", channel.branch));
    return channel;
}

std::string Channel::str() const {
    return (track.empty() ? "" : track + "/") + risk + (branch.empty() ? "" : "/" + branch);
}

std::string Channel::full() const { return (track.empty() ? "latest/" : "") + str(); }

Result<void> check_store_name(std::string_view name, std::string_view what) {
    const bool good =
        !name.empty() && name.front() != '-' && name.back() != '-' && std::ranges::all_of(name, [&](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (c == '_' && what == "resource");
        });
    if (good) return {};
    return fail("RB1610", fmt::format("'{}' can't be the name of a {}", name, what),
                "names have small letters, digits and dashes", ExitCode::usage);
}

}  // namespace rockbuild
