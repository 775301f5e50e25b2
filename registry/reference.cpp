#include "registry/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rockbuild {

namespace {

bool is_low(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_low(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Runs of letters and digits joined by `.`, `_`, `__` or dashes.
bool is_component(std::string_view text) {
    if (text.empty() || !is_low(text.front()) || !is_low(text.back())) return false;
    for (std::size_t i = 0; i < text.size();) {
        if (is_low(text[i])) {
            ++i;
            continue;
        }
        const auto end = std::min(text.find_first_not_of(text[i], i), text.size());
        const auto length = end - i;
        const bool joins = text[i] == '-' || (text[i] == '.' && length == 1) || (text[i] == '_' && length <= 2);
        if (!joins || !is_low(text[end])) return false;
        i = end;
    }
    return true;
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
bool is_host(std::string_view text) {
    const auto closed = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = text.find(':', closed == std::string_view::npos ? 0 : closed);
    const auto name = text.substr(0, colon);
    if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
    if (name.starts_with('[')) {
        const auto address = name.substr(1, name.size() - 2);
        return name.ends_with(']') && address.find(':') != std::string_view::npos &&
               std::ranges::all_of(address, [](char c) {
                   return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                          c == '.';
               });
    }
    const bool clean = std::ranges::all_of(name, [](char c) { return is_word(c) || c == '.' || c == '-'; });
    return clean && !name.empty() && name.front() != '-' && name.front() != '.' && name.back() != '-';
}

std::unexpected<Diagnostic> wrong(std::string_view text, std::string what, std::string hint = {}) {
    return fail("RB1502", fmt::format("'{}' is no image reference: {}", text.substr(0, 300), what),
                hint.empty() ? "write HOST[:PORT]/NAME[:TAG] or HOST[:PORT]/NAME@sha256:…" : std::move(hint),
                ExitCode::usage);
}

}  // namespace

bool is_repository_name(std::string_view text) {
    for (;;) {
        const auto slash = text.find('/');
        if (!is_component(text.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        text.remove_prefix(slash + 1);
    }
}

bool is_tag(std::string_view text) {
    constexpr std::size_t longest = 128;
    return !text.empty() && text.size() <= longest && is_word(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

Result<ImageReference> ImageReference::parse(std::string_view text) {
    const auto whole = text;
    constexpr std::string_view transport = "docker://";
    if (text.starts_with(transport)) text.remove_prefix(transport.size());
    if (text.find("://") != std::string_view::npos)
        return wrong(whole, "it is an address", "write it without http:// or https://");
    ImageReference reference;
    if (const auto at = text.find('@'); at != std::string_view::npos) {
        auto digest = ContentDigest::parse(text.substr(at + 1));
        if (!digest) return wrong(whole, digest.error().message, digest.error().hint);
        reference.digest = *std::move(digest);
        text = text.substr(0, at);
    }
    auto path = text;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const auto first = text.substr(0, slash);
        if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos) {
            if (!is_host(first)) return wrong(whole, fmt::format("'{}' can't be a host", first));
            reference.host = first;
            path = text.substr(slash + 1);
        }
    }
    if (const auto colon = path.rfind(':'); colon != std::string_view::npos) {
        const auto tag = path.substr(colon + 1);
        if (!is_tag(tag))
            return wrong(whole, fmt::format("'{}' can't be a tag", tag),
                         "a tag has at most 128 letters, digits, '_', '.' and '-', and begins with a letter, a digit "
                         "or '_'");
        reference.tag = tag;
        path = path.substr(0, colon);
    }
    if (std::ranges::any_of(path, [](char c) { return c >= 'A' && c <= 'Z'; }))
        return wrong(whole, "the name must be lower-case", "write the name in small letters");
    if (!is_repository_name(path)) return wrong(whole, fmt::format("'{}' can't be a name", path));
    reference.repository = path;
    if (reference.host.empty() || reference.host == "index.docker.io" || reference.host == "registry-1.docker.io")
        reference.host = "docker.io";
    if (reference.host == "docker.io") {
        constexpr std::size_t id_length = 64;
        if (path.size() == id_length && path.find_first_not_of("0123456789abcdef") == std::string_view::npos)
            return wrong(whole, "64 hex digits alone can't be told from an image's id");
        if (path.find('/') == std::string_view::npos) reference.repository = "library/" + reference.repository;
    }
    constexpr std::size_t longest = 255;
    if (reference.place().size() > longest) return wrong(whole, "the name is longer than 255 characters");
    return reference;
}

std::string ImageReference::str() const {
    auto text = place();
    if (!tag.empty()) text += ":" + tag;
    if (digest) text += "@" + digest->str();
    return text;
}

std::string host_name(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    if (std::ranges::count(host, ':') > 1) return std::string(host);
    return std::string(host.substr(0, host.find(':')));
}

bool is_loopback(std::string_view host) {
    auto name = host_name(host);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name == "localhost" || name.ends_with(".localhost") || name == "::1") return true;
    return name.starts_with("127.") &&
           std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace rockbuild
