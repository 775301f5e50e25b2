// Small trees for tests, written as they would be listed: folder("usr"), file("usr/x", "text"), link_to("lib",
// "usr/lib").
#pragma once

#include "store/tree.hpp"

#include <string>
#include <vector>

namespace rockbuild::fakes {

inline Entry folder(const std::string& path, std::uint32_t mode = 0755) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::folder;
    entry.mode = mode;
    return entry;
}

/// The digest is of `text`; whether the store has it is the test's business.
inline Entry file(const std::string& path, const std::string& text = "", std::uint32_t mode = 0644) {
    Entry entry;
    entry.path = path;
    entry.mode = mode;
    entry.digest = sha256(text);
    entry.size = text.size();
    return entry;
}

inline Entry link_to(const std::string& path, const std::string& target) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::symlink;
    entry.mode = 0777;
    entry.target = target;
    return entry;
}

inline Entry whiteout(const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::whiteout;
    entry.mode = 0;
    return entry;
}

inline std::vector<std::string> paths(const Tree& tree) {
    std::vector<std::string> result;
    for (const auto& entry : tree.entries()) result.push_back(entry.path);
    return result;
}

}  // namespace rockbuild::fakes
