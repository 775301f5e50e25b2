// What upstream mends in an install folder after packages were unpacked there, as a function of the tree: it looks at
// contents only where a rule needs them, and never at the host.
#include "packages/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <regex>

namespace rockbuild {

namespace {

/// `../../` from the folder of `path` up to the root, then `target` without its slash.
std::string relative_target(std::string_view path, std::string_view target) {
    std::string result;
    for (const char c : path)
        if (c == '/') result += "../";
    return result + std::string(target.substr(1));
}

bool is_sitecustomize(const Entry& entry) {
    if (!entry.path.starts_with("usr/lib/python") || !entry.path.ends_with("/sitecustomize.py")) return false;
    return std::count(entry.path.begin(), entry.path.end(), '/') == 3 && entry.type != EntryType::folder;
}

/// The first bytes of a content.
Result<std::string> head(const Store& store, const Digest& digest) {
    const auto fd = TRY(store.open_blob(digest));
    std::string bytes(256, '\0');
    const auto count = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) return system_error("read", digest.hex(), errno);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

/// The text with a python interpreter's first line made independent of where python lies; none if it has no such line.
std::optional<std::string> neutral_shebang(const std::string& text) {
    static const std::regex plain(R"(^#!.*(python\S*)$)");
    static const std::regex with_option(R"(^#!.*(python\S*)[ \t]+(\S+)$)");
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    std::smatch match;
    if (std::regex_match(line, match, with_option))
        return fmt::format("#!/bin/sh\n''''exec {} {} -- \"$0\" \"$@\" # '''", match[1].str(), match[2].str()) + text.substr(end);
    if (std::regex_match(line, match, plain)) return "#!/usr/bin/env " + match[1].str() + text.substr(end);
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
            if (inside && tree.find(inside->str()) != nullptr) entry.target = relative_target(entry.path, "/" + inside->str());
        }
        constexpr std::uint32_t set_ids = 06000;
        if (entry.type != EntryType::symlink && (entry.mode & set_ids) != 0) entry.mode &= 01777;
        if (entry.type == EntryType::file && entry.size > 2) {
            const auto begin = TRY(head(store, entry.digest));
            if (begin.starts_with("#!") && begin.substr(0, begin.find('\n')).find("python") != std::string::npos)
                if (const auto text = neutral_shebang(TRY(store.read(entry.digest)))) TRY_VOID(replace_content(store, entry, *text));
        }
        entries.push_back(std::move(entry));
    }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
