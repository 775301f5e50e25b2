// What upstream mends in an install folder after packages were unpacked there, as a function of the tree: it looks at
// contents only where a rule needs them, and never at the host.
#include "packages/deb.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <regex>

namespace rockbuild {

namespace {

/// The shortest way from the folder of `path` to `target`, both from the root. A tree's folders are real ones, so `..`
/// leads where it seems to.
std::string relative_target(std::string_view path, std::string_view target) {
    std::size_t common = 0;
    for (std::size_t i = 0; i < std::min(path.size(), target.size()) && path[i] == target[i]; ++i)
        if (path[i] == '/') common = i + 1;
    std::string result;
    for (const char c : path.substr(common))
        if (c == '/') result += "../";
    result += target.substr(common);
    if (result.ends_with('/')) result.pop_back();
    return result.empty() ? "." : result;
}

bool is_sitecustomize(const Entry& entry) {
    if (!entry.path.starts_with("usr/lib/python") || !entry.path.ends_with("/sitecustomize.py")) return false;
    return std::count(entry.path.begin(), entry.path.end(), '/') == 3 && entry.type != EntryType::folder;
}

/// The first line of a content with its newline; empty if it is longer than what the kernel reads of one.
Result<std::string> first_line(const Store& store, const Digest& digest) {
    constexpr std::size_t most = 256;
    const auto fd = TRY(store.open_blob(digest));
    std::string bytes(most, '\0');
    const auto count = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) return system_error("read", digest.hex(), errno);
    bytes.resize(static_cast<std::size_t>(count));
    const auto end = bytes.find('\n');
    if (end == std::string::npos && bytes.size() == most) return std::string();
    bytes.resize(std::min(end, bytes.size()));
    return bytes;
}

/// As upstream, only files that are UTF-8 as a whole are texts: an archive behind a first line isn't touched.
bool is_utf8(std::string_view text) {
    std::size_t left = 0;                   // bytes that the current character still needs
    unsigned char low = 0x80, high = 0xbf;  // what the next one may be
    for (const unsigned char c : text) {
        if (left > 0) {
            if (c < low || c > high) return false;
            low = 0x80, high = 0xbf;
            --left;
        } else if (c >= 0x80) {
            if (c < 0xc2 || c > 0xf4) return false;
            left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
            if (c == 0xe0) low = 0xa0;
            if (c == 0xed) high = 0x9f;
            if (c == 0xf0) low = 0x90;
            if (c == 0xf4) high = 0x8f;
        }
    }
    return left == 0;
}

/// The first line that finds the same python wherever it lies; none if `line` names no python.
std::optional<std::string> neutral_shebang(const std::string& line) {
    static const std::regex plain(R"(^#!.*(python\S*)$)");
    static const std::regex with_option(R"(^#!.*(python\S*)[ \t]+(\S+)$)");
    std::smatch match;
    if (std::regex_match(line, match, with_option))
        return fmt::format("#!/bin/sh\n''''exec {} {} -- \"$0\" \"$@\" # '''", match[1].str(), match[2].str());
    if (std::regex_match(line, match, plain)) return "#!/usr/bin/env " + match[1].str();
    return std::nullopt;
}

Result<void> replace_content(Store& store, Entry& entry, const std::string& text) {
    const auto blob = TRY(store.put(text));
    entry.digest = blob.digest;
    entry.size = blob.size;
    return {};
}

}  // namespace

Result<Tree> normalise(Store& store, const Tree& tree) {
    std::vector<Entry> entries;
    entries.reserve(tree.size());
    for (auto entry : tree.entries()) {
        if (is_sitecustomize(entry)) continue;
        if (entry.type == EntryType::symlink && entry.target.starts_with('/')) {
            const auto inside = RelPath::from_archive(entry.target);
            if (inside && resolve(tree, inside->str(), false))
                entry.target = relative_target(entry.path, inside->str());
        }
        constexpr std::uint32_t set_ids = 06000;
        if (entry.type != EntryType::symlink && (entry.mode & set_ids) != 0) entry.mode &= 01777;
        if (entry.type == EntryType::file && entry.size > 2) {
            const auto line = TRY(first_line(store, entry.digest));
            if (const auto neutral = neutral_shebang(line); neutral && *neutral != line) {
                const auto text = TRY(store.read(entry.digest));
                if (is_utf8(text)) TRY_VOID(replace_content(store, entry, *neutral + text.substr(line.size())));
            }
        }
        entries.push_back(std::move(entry));
    }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
