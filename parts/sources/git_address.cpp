#include "parts/sources/git_address.hpp"

#include "project/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace rockbuild {

namespace {

constexpr std::string_view protocols[] = {"https", "http", "ssh", "git", "file", "git+ssh", "ssh+git"};

/// What stands before "://"; empty if that isn't there.
std::string scheme_of(const std::string& text) {
    const auto end = text.find("://");
    return end == std::string::npos ? std::string() : text.substr(0, end);
}

/// `user@host:path`, also with just a host.
bool is_scp_like(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || text.substr(colon).starts_with("::")) return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '@' || c == '+';
    });
}

std::unexpected<Diagnostic> no_address(const std::string& text) {
    return fail("RB1070", fmt::format("'{}' is no address that a git source may have", text),
                "write https://…, ssh://…, git://…, user@host:path, or a path in the project");
}

/// Names and passwords of http go, of ssh only passwords: `git@` is part of the address there.
std::string without_secrets(const std::string& url, const std::string& scheme) {
    const auto begin = scheme.size() + 3;
    const auto end = std::min(url.find('/', begin), url.size());
    const auto at = url.rfind('@', end);
    if (at == std::string::npos || at < begin) return url;
    if (scheme == "http" || scheme == "https") return url.substr(0, begin) + url.substr(at + 1);
    const auto colon = url.find(':', begin);
    return colon < at ? url.substr(0, colon) + url.substr(at) : url;
}

/// `url` seen from `base`, as git's submodules have it: each `../` takes a component off, the last one up to a colon.
std::string joined(std::string base, std::string url) {
    while (base.ends_with('/')) base.pop_back();
    std::string joint = "/";
    for (;;) {
        if (url.starts_with("../")) {
            url.erase(0, 3);
            if (const auto slash = base.rfind('/'); slash != std::string::npos) {
                base.resize(slash);
            } else if (const auto colon = base.rfind(':'); colon != std::string::npos) {
                base.resize(colon);
                joint = ":";
            } else {
                base = ".";
            }
        } else if (url.starts_with("./")) {
            url.erase(0, 2);
        } else {
            break;
        }
    }
    auto result = base + joint + url;
    while (result.ends_with('/')) result.pop_back();
    return result;
}

bool is_clean(const std::string& text) {
    return !text.empty() && !text.starts_with('-') &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c); });
}

}  // namespace

bool is_git_path(const std::string& source) {
    return scheme_of(source).empty() && source.find("::") == std::string::npos && !is_scp_like(source);
}

Result<GitAddress> git_address(const std::string& source, const std::filesystem::path& project_dir) {
    if (!is_clean(source)) return no_address(source);
    if (is_git_path(source)) {
        const auto path = std::filesystem::path(from_project(source));
        return GitAddress{std::filesystem::absolute(project_dir / path).lexically_normal().native(),
                          path.lexically_normal().native(), true};
    }
    const auto scheme = scheme_of(source);
    if (scheme.empty() && is_scp_like(source)) return GitAddress{source, source, false};
    if (std::ranges::find(protocols, scheme) == std::end(protocols)) return no_address(source);
    return GitAddress{source, without_secrets(source, scheme), scheme == "file"};
}

Result<GitAddress> submodule_address(const GitAddress& repository, const std::string& url) {
    if (!is_clean(url)) return no_address(url);
    if (url.starts_with("./") || url.starts_with("../"))
        return GitAddress{joined(repository.fetch, url), joined(repository.shown, url), repository.is_local};
    if (is_git_path(url)) {
        if (!repository.is_local || !url.starts_with('/')) return no_address(url);
        return GitAddress{url, url, true};
    }
    auto address = git_address(url, {});
    if (address && address->is_local && !repository.is_local) return no_address(url);
    return address;
}

}  // namespace rockbuild
