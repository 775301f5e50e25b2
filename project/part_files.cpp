// Where a part's files come from (source) and where they go (organize, overlay, stage, prime).
#include "project/language.hpp"
#include "project/organize_path.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"
#include "project/variables.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace rockbuild {

namespace {

/// True if `path`, taken from a folder, ends outside it.
bool leaves_folder(std::string_view path) {
    int depth = 0;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto name = path.substr(begin, end - begin);
        if (name == "..") --depth;
        else if (!name.empty() && name != ".") ++depth;
        if (depth < 0) return true;
        begin = end + 1;
    }
    return false;
}

void check_entries(Complaints& complaints, const std::vector<PlacedText>& entries, const std::string& key) {
    for (const auto& entry : entries) {
        const bool absolute = entry.value.starts_with("-/") || (key == "overlay" && entry.value.starts_with('/'));
        if (absolute)
            complaints.error("RB0314", fmt::format("'{}' in '{}' must be a relative path", entry.value, key),
                             entry.span, "leave the leading '/' out");
        else if (leaves_folder(entry.value.substr(entry.value.starts_with('-') ? 1 : 0)))
            complaints.error("RB0314", fmt::format("'{}' in '{}' leads out of the part's files", entry.value, key),
                             entry.span, "name a path below them");
    }
}

/// An entry that stands for one path: what it excludes (`-x`) or includes, else empty.
std::string_view literal_path(std::string_view entry, bool excluded) {
    if (entry.find('*') != std::string_view::npos || entry.starts_with('-') != excluded) return {};
    return entry.substr(excluded || entry.starts_with("\\-") ? 1 : 0);
}

/// What `stage` keeps out can't be primed. Scripts may do what they like instead.
void check_prime(Complaints& complaints, const YamlNode& part, const std::string& name) {
    if (find_value(part, "override-stage") || find_value(part, "override-prime")) return;
    std::map<std::string, Span> left_out;
    for (const auto& staged : texts_at(part, "stage"))
        if (const auto path = literal_path(staged.value, true); !path.empty())
            left_out.emplace(std::string(path), staged.span);
    for (const auto& primed : texts_at(part, "prime")) {
        const auto path = literal_path(primed.value, false);
        const auto found = left_out.find(std::string(path));
        if (path.empty() || found == left_out.end()) continue;
        complaints
            .error("RB0316", fmt::format("'{}' can't be primed: 'stage' of part '{}' leaves it out", path, name),
                   primed.span, "remove it here or there")
            .notes.push_back({"left out here", found->second});
    }
}

void check_organize(Complaints& complaints, const PlacedText& from, const PlacedText& to) {
    const auto target = organize_path(to.value);
    const auto source = organize_path(from.value);
    if (to.value.empty())
        complaints.error("RB0314", fmt::format("'{}' is organised to nothing", from.value), to.span,
                         "name a target; `/` is the root");
    else if (leaves_folder(target.path))
        complaints.error("RB0314", fmt::format("the target '{}' leads out of the part's files", to.value), to.span,
                         "name a path below them");
    else if (target.ground == Ground::build)
        complaints.error("RB0314", fmt::format("'{}': nothing is organised into the build folder", to.value), to.span,
                         "name a path in the part's files");
    if (source.ground == Ground::overlay)
        complaints.error("RB0314", fmt::format("'{}': nothing is organised out of the overlay", from.value), from.span,
                         "make the change with overlay-script");
    else if (source.path.empty() || from.value.starts_with('/') || leaves_folder(source.path))
        complaints.error("RB0314", fmt::format("'{}' is no path in the part's files", from.value), from.span,
                         source.ground == Ground::build ? "name what the build leaves in its folder: (build)/PATH"
                                                        : "name it relative to what the part installs");
}

}  // namespace

void check_sources(Complaints& complaints, const YamlNode& part, const std::string& name) {
    const auto source = text_at(part, "source");
    const auto type = filled_text_at(part, "source-type");
    if (source && source->value.empty() && text_at(part, "plugin").value_or(PlacedText{}).value == "dump")
        complaints.error("RB0314", fmt::format("'source' of part '{}' is empty", name), source->span,
                         "name a folder; `.` is the project's own");
    const auto* kind = source_type_of(type ? type->value : "", source ? source->value : "");
    if (kind == nullptr && type) return;  // no type at all: the tables said so
    static const auto& local = *source_type_of("local", "");
    if (kind == nullptr) kind = &local;
    for (const auto* key : {"source-checksum", "source-channel", "source-branch", "source-tag", "source-commit",
                            "source-depth", "source-submodules"}) {
        const auto value = find_value(part, key);
        if (!value || (value->kind == YamlNode::Kind::scalar && (value->text.empty() || value->text == "0")) ||
            (value->kind == YamlNode::Kind::list && value->items.empty()) ||
            std::find(kind->keys.begin(), kind->keys.end(), key) != kind->keys.end())
            continue;
        if (!source && !type) {
            complaints.warning("RB0325", fmt::format("'{}' has no effect: part '{}' has no source", key, name),
                               key_span(part, key), "name a source, or leave it out");
            continue;
        }
        auto& item = complaints.error("RB0316", fmt::format("a source of type '{}' takes no '{}'", kind->name, key),
                                      key_span(part, key));
        const bool git = std::string_view(key) != "source-checksum" && std::string_view(key) != "source-channel";
        if (git && kind == &local && source && source->value.find("://") != std::string::npos)
            item.hint = "write source-type: git";
        else if (std::string_view(key) == "source-channel") item.hint = "leave it out: no kind of source takes it";
        else item.hint = git ? "it is for git sources" : "it is for sources that are a file";
    }
    if (source && kind == &local && !type && source->value.find("://") != std::string::npos)
        complaints.error("RB0314", fmt::format("what the source '{}' is can't be told from its text", source->value),
                         source->span, "add source-type: git, or tar, zip, file, …");
}

void check_filesets(Complaints& complaints, const YamlNode& part, const std::string& name) {
    for (const auto* key : {"overlay", "stage", "prime"}) check_entries(complaints, texts_at(part, key), key);
    for (const auto& [from, to] : text_pairs_at(part, "organize")) check_organize(complaints, from, to);
    check_prime(complaints, part, name);
}

}  // namespace rockbuild
