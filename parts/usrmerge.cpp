#include "parts/usrmerge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rockbuild {

namespace {

constexpr std::string_view merged[] = {"bin", "lib", "lib64", "sbin"};

bool has_attribute(const Part& part, std::string_view name) {
    return std::ranges::find(part.build_attributes, name, &PlacedText::value) != part.build_attributes.end();
}

/// Whether one may stand for the other: times and groups of hard links don't count.
bool says_the_same(Entry one, const Entry& other) {
    one.path = other.path;
    one.mtime = other.mtime;
    one.link = other.link;
    return one == other;
}

std::unexpected<Diagnostic> clash(const Part& part, const std::string& what) {
    auto error = fail("RB1062", fmt::format("the part '{}' can't have /usr merged: {}", part.name, what),
                      "install it below usr, or write `build-attributes: [disable-usrmerge]`");
    error.error().span = part.span;
    return error;
}

Entry made(const std::string& path, EntryType type, std::int64_t time) {
    Entry entry;
    entry.path = path;
    entry.type = type;
    entry.mode = type == EntryType::symlink ? 0777 : 0755;
    entry.mtime = time;
    return entry;
}

}  // namespace

bool wants_usrmerge(const Part& part, Generation build_base) {
    if (has_attribute(part, "disable-usrmerge")) return false;
    const bool by_default =
        build_base == Generation::plucky && part.plugin.value != "dump" && part.plugin.value != "nil";
    return by_default || has_attribute(part, "enable-usrmerge");
}

Result<Tree> with_usrmerge(const Tree& install, const Part& part, std::int64_t time) {
    std::map<std::string, Entry> entries;
    std::vector<Entry> moved;
    for (const auto& entry : install.entries()) {
        const auto name = entry.path.substr(0, entry.path.find('/'));
        if (std::ranges::find(merged, name) == std::end(merged)) {
            entries.emplace(entry.path, entry);
        } else if (entry.path == name && entry.type == EntryType::symlink) {
            if (entry.target != "usr/" + name)
                return clash(part, fmt::format("'{0}' leads to '{1}' there, not to 'usr/{0}'", name, entry.target));
            entries.emplace(entry.path, entry);
        } else if (entry.path == name && entry.type != EntryType::folder) {
            return clash(part, fmt::format("'{}' is no folder there", name));
        } else {
            auto& other = moved.emplace_back(entry);
            other.path = "usr/" + entry.path;
        }
    }
    for (auto& entry : moved) {
        const auto [there, fresh] = entries.try_emplace(entry.path, entry);
        const bool folders = there->second.type == EntryType::folder && entry.type == EntryType::folder;
        if (!fresh && !folders && !says_the_same(there->second, entry))
            return clash(part,
                         fmt::format("'{}' and '{}' would be one file, and differ", entry.path.substr(4), entry.path));
    }
    entries.try_emplace("usr", made("usr", EntryType::folder, time));
    for (const auto name : merged) {
        const std::string own(name);
        entries.try_emplace("usr/" + own, made("usr/" + own, EntryType::folder, time));
        auto link = made(own, EntryType::symlink, time);
        link.target = "usr/" + own;
        entries.try_emplace(own, std::move(link));
    }
    std::vector<Entry> all;
    for (auto& [path, entry] : entries) all.push_back(std::move(entry));
    return Tree::of(std::move(all));
}

}  // namespace rockbuild
