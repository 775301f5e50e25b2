#include "parts/pkg_config.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

/// `/build/NAME/stage`, where build services have theirs, as far as `path` begins with it.
std::size_t length_of_service_stage(std::string_view path) {
    constexpr std::string_view begin = "/build/";
    constexpr std::string_view end = "/stage";
    if (!path.starts_with(begin)) return 0;
    auto at = begin.size();
    while (at < path.size() && (std::isalnum(static_cast<unsigned char>(path[at])) != 0 ||
                                std::string_view("_-. ").find(path[at]) != std::string_view::npos))
        ++at;
    return at > begin.size() && path.substr(at).starts_with(end) ? at + end.size() : 0;
}

std::optional<std::string> changed_line(std::string_view line, const std::string& stage, const std::string& install) {
    constexpr std::string_view key = "prefix=";
    if (!line.starts_with(key)) return std::nullopt;
    auto path = line.substr(key.size());
    const auto first = path.find_first_not_of(' ');
    if (first != std::string_view::npos && path.substr(first).starts_with("${pcfiledir}")) return std::nullopt;
    if (const auto length = length_of_service_stage(path); length > 0) path.remove_prefix(length);
    else if (path.starts_with(stage)) path.remove_prefix(stage.size());
    else if (path.starts_with(install)) path.remove_prefix(install.size());
    return std::string(key) + stage + std::string(path);
}

}  // namespace

std::string with_prefix_below(const std::string& text, const std::string& stage, const std::string& install) {
    std::string result;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = std::string_view(text).substr(begin, end - begin);
        if (const auto changed = changed_line(line, stage, install)) result += *changed + "\n";
        else result.append(line).append(end < text.size() ? "\n" : "");
        begin = end + 1;
    }
    return result;
}

Result<Tree> with_prefixes_below(Store& store, const Tree& tree, const std::string& stage, const std::string& install) {
    std::vector<Entry> changed;
    for (const auto& entry : tree.entries()) {
        if (entry.type != EntryType::file || !entry.path.ends_with(".pc")) continue;
        const auto text = TRY(store.read(entry.digest));
        const auto fixed = with_prefix_below(text, stage, install);
        if (fixed == text) continue;
        auto copy = entry;
        copy.digest = TRY(store.put(fixed)).digest;
        copy.size = fixed.size();
        copy.link.clear();
        changed.push_back(std::move(copy));
    }
    if (changed.empty()) return tree;
    auto entries = tree.entries();
    entries.insert(entries.end(), changed.begin(), changed.end());
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
