#include "bases/root_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::array gone{
    "etc/hostname",
    "etc/resolv.conf",
    "etc/machine-id",
    "var/lib/dbus/machine-id",
    "etc/.pwd.lock",
    "etc/passwd-",
    "etc/group-",
    "etc/shadow-",
    "etc/gshadow-",
    "etc/apt/sources.list",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
    "var/lib/dpkg/triggers/Lock",
    "etc/apt/apt.conf.d/99mmdebstrap",  // the options that mmdebstrap was given for apt
};
constexpr std::array gone_below{
    "dev", "tmp", "var/tmp", "etc/apt/sources.list.d", "var/cache/apt", "var/lib/apt/lists", "var/cache/ldconfig"};
constexpr std::array copies_in{"var/lib/dpkg", "var/cache/debconf"};
constexpr const char* sources_path = "etc/apt/sources.list.d/debian.sources";

bool belongs(const Entry& entry) {
    const std::string_view path = entry.path;
    const auto below = [&](std::string_view folder) { return path != folder && is_within(folder, path); };
    if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) return false;
    if (std::ranges::find(gone, path) != gone.end() || std::ranges::any_of(gone_below, below)) return false;
    if (entry.type == EntryType::folder) return true;
    if (is_within("var/log", path) && entry.size > 0) return false;
    return !path.ends_with("-old") || std::ranges::find(copies_in, parent_of(path)) == copies_in.end();
}

/// The value of `field` in a line of the status file; none if it is another field's line.
std::optional<std::string_view> value_of(std::string_view line, std::string_view field) {
    if (!line.starts_with(field) || !line.substr(field.size()).starts_with(": ")) return std::nullopt;
    return line.substr(field.size() + 2);
}

}  // namespace

std::string canonical_sources(const Release& release) {
    constexpr auto stanza =
        "Types: deb\n"
        "URIs: mirror+file:/etc/apt/mirrors/{}.list\n"
        "Suites: {}\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";
    return fmt::format(stanza, "debian", fmt::format("{0} {0}-updates", release.codename)) + "\n" +
           fmt::format(stanza, "debian-security", fmt::format("{}-security", release.codename));
}

Result<Tree> normalise_root(Store& store, const Tree& root, const Release& release) {
    std::vector<Entry> entries;
    entries.reserve(root.size());
    std::ranges::copy_if(root.entries(), std::back_inserter(entries), belongs);

    const auto text = TRY(store.put(canonical_sources(release)));
    Entry folder{.path = "etc/apt/sources.list.d", .type = EntryType::folder, .mode = 0755};
    if (root.find(folder.path) == nullptr) entries.push_back(std::move(folder));
    entries.push_back({.path = sources_path, .mode = 0644, .size = text.size, .digest = text.digest});

    auto tree = Tree::of(std::move(entries)).entries();  // with parents, should one be missing
    for (auto& entry : tree) entry.mtime = release.time;
    return Tree::of(std::move(tree));
}

std::string package_list(std::string_view status) {
    std::vector<std::string> lines;
    std::string_view name, version, architecture;
    bool installed = false;
    while (!status.empty()) {
        const auto end = std::min(status.find('\n'), status.size());
        const auto line = status.substr(0, end);
        status.remove_prefix(std::min(end + 1, status.size()));
        if (const auto value = value_of(line, "Package")) name = *value;
        if (const auto value = value_of(line, "Version")) version = *value;
        if (const auto value = value_of(line, "Architecture")) architecture = *value;
        if (const auto value = value_of(line, "Status")) installed = value->ends_with(" installed");
        if (!line.empty() && !status.empty()) continue;
        if (installed) lines.push_back(fmt::format("{} {} {}\n", name, version, architecture));
        installed = false;
    }
    std::ranges::sort(lines);
    return fmt::format("{}", fmt::join(lines, ""));
}

}  // namespace rockbuild
