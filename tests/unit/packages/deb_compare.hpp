// Entries as lines, from a tree and from a folder that dpkg-deb unpacked: equal lists mean equal files. Folders' times
// are left out: dpkg-deb's tar makes some links last, and that gives their folders the time of the day.
#pragma once

#include "fixture.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rockbuild::test {

using Lines = std::vector<std::string>;

inline Lines lines_of(const Tree& tree) {
    std::map<std::string, std::size_t> names;  // of each link group
    for (const auto& entry : tree.entries())
        if (!entry.link.empty()) ++names[entry.link];
    Lines lines;
    for (const auto& entry : tree.entries()) {
        auto line = fmt::format("{} type {} mode {:o} owner {}:{}", entry.path, static_cast<int>(entry.type),
                                entry.mode, entry.uid, entry.gid);
        if (entry.type != EntryType::folder) line += fmt::format(" time {}", entry.mtime);
        if (entry.type == EntryType::file) line += fmt::format(" {} {}", entry.size, entry.digest.hex());
        if (entry.type == EntryType::symlink) line += " -> " + entry.target;
        if (!entry.link.empty() && names[entry.link] > 1) line += " = " + entry.link;
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// What `dpkg-deb --extract` makes of a package, as root with owners and times.
inline Lines lines_of_extracted(const fs::path& deb, const fs::path& into) {
    run("dpkg-deb --extract '" + deb.native() + "' '" + into.native() + "'");
    std::map<ino_t, std::string> first_name;
    for (const auto& found : fs::recursive_directory_iterator(into)) {
        struct stat status{};
        REQUIRE(::lstat(found.path().c_str(), &status) == 0);
        if (S_ISDIR(status.st_mode) || status.st_nlink < 2) continue;
        const auto name = found.path().lexically_relative(into).native();
        const auto known = first_name.try_emplace(status.st_ino, name).first;
        known->second = std::min(known->second, name);
    }
    Lines lines;
    for (const auto& found : fs::recursive_directory_iterator(into)) {
        struct stat status{};
        REQUIRE(::lstat(found.path().c_str(), &status) == 0);
        const int type = S_ISDIR(status.st_mode) ? 1 : S_ISREG(status.st_mode) ? 2 : S_ISLNK(status.st_mode) ? 3 : 0;
        auto line = fmt::format("{} type {} mode {:o} owner {}:{}", found.path().lexically_relative(into).native(),
                                type, status.st_mode & 07777U, status.st_uid, status.st_gid);
        if (!S_ISDIR(status.st_mode)) line += fmt::format(" time {}", status.st_mtim.tv_sec);
        if (S_ISREG(status.st_mode))
            line += fmt::format(" {} {}", status.st_size, sha256(get(read_file(found.path()))).hex());
        if (S_ISLNK(status.st_mode)) line += " -> " + fs::read_symlink(found.path()).native();
        if (const auto name = first_name.find(status.st_ino); name != first_name.end()) line += " = " + name->second;
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace rockbuild::test
