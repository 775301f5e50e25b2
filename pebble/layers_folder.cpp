#include "pebble/layers_folder.hpp"

#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace rockbuild {

namespace {

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// A lower-case letter, then two or more letters or digits with at most one dash before each.
bool is_label(std::string_view text) {
    if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
    std::size_t characters = 0;
    bool dash = false;
    for (const char c : text.substr(1)) {
        if (c == '-' && dash) return false;
        dash = c == '-';
        if (dash) continue;
        if (!is_label_character(c)) return false;
        ++characters;
    }
    return characters >= 2 && !dash;
}

struct LayerName {
    int number = 0;
    std::string label;
};

/// `123-some-label.yaml` or `123-some-label.d`.
std::optional<LayerName> layer_name(std::string_view name) {
    constexpr std::size_t digits = 3;
    if (name.size() <= digits || name[digits] != '-') return std::nullopt;
    LayerName result;
    for (const char c : name.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        result.number = result.number * 10 + (c - '0');
    }
    result.label = name.substr(digits + 1);
    for (const std::string_view ending : {".yaml", ".d"})
        if (result.label.ends_with(ending)) {
            result.label.erase(result.label.size() - ending.size());
            return is_label(result.label) ? std::optional(result) : std::nullopt;
        }
    return std::nullopt;
}

class NameReader {
public:
    explicit NameReader(LayerReading& reading) : reading_(reading) {}

    std::vector<LayerText> all(const LayersFolder& folder) {
        read(folder.entries, folder.shown, nullptr);
        return std::move(layers_);
    }

private:
    struct Known {
        std::map<int, std::string> numbers;
        std::map<std::string, std::string> labels;
    };

    static Span at(const std::string& file) { return {file, {1, 1}, {1, 1}}; }

    void read(const std::vector<LayersEntry>& entries, const std::string& shown, const LayerName* outer) {
        Known known;
        for (const auto& entry : entries) {
            const auto file = shown + "/" + entry.name;
            if (entry.name.ends_with(".yaml") || entry.name.ends_with(".d")) read_entry(entry, file, outer, known);
            else warn_if_meant(entry, file);
        }
    }

    void read_entry(const LayersEntry& entry, const std::string& file, const LayerName* outer, Known& known) {
        const auto object = "layers." + entry.name;
        if (entry.kind == LayersEntry::Kind::unreadable) {
            reading_.error(object, "RB0606", fmt::format("Pebble can't read this layer: {}", entry.text), at(file),
                           "remove it, or mend what the link names");
            return;
        }
        const bool folder = entry.kind == LayersEntry::Kind::folder;
        auto name = layer_name(entry.name);
        if (!name) {
            reading_.error(
                object, "RB0602",
                fmt::format("Pebble takes no {} of this name: '{}'", folder ? "folder of layers" : "layer", entry.name),
                at(file),
                fmt::format("name it as in 001-my-label{}: three digits, and a label of at least three "
                            "lower-case letters or digits",
                            folder ? ".d" : ".yaml"));
            return;
        }
        if (folder && outer != nullptr) {
            reading_.error(object, "RB0604", "a folder of layers can't hold another one", at(file),
                           "move its layers one up");
            return;
        }
        check_unique(entry.name, *name, file, known);
        if (folder) read(entry.entries, file, &*name);
        else add(entry, *name, file, outer);
    }

    void check_unique(const std::string& entry, const LayerName& name, const std::string& file, Known& known) {
        const auto [number, fresh_number] = known.numbers.try_emplace(name.number, entry);
        const auto [label, fresh_label] = known.labels.try_emplace(name.label, entry);
        if (fresh_number && fresh_label) return;
        reading_.error("layers." + entry, "RB0603",
                       fresh_number ? fmt::format("'{}' has the label of '{}'", entry, label->second)
                                    : fmt::format("'{}' has the number of '{}'", entry, number->second),
                       at(file), "give it another one: Pebble takes each number and each label once");
    }

    void add(const LayersEntry& entry, const LayerName& name, const std::string& file, const LayerName* outer) {
        LayerText layer{name.number, name.label, file, entry.text};
        constexpr int within = 1000;
        if (outer != nullptr) layer.label = outer->label + "/" + layer.label;
        layer.order = outer != nullptr ? outer->number * within + name.number : name.number * within;
        if (layer.label.starts_with("pebble-"))
            reading_.error("layers." + entry.name, "RB0602",
                           fmt::format("Pebble keeps labels that begin with 'pebble-' for itself: '{}'", layer.label),
                           at(file), "name it otherwise");
        layers_.push_back(std::move(layer));
    }

    /// Pebble passes over all names with other endings.
    void warn_if_meant(const LayersEntry& entry, const std::string& file) {
        if (!entry.name.ends_with(".yml") && !entry.name.ends_with(".YAML") && !entry.name.ends_with(".YML")) return;
        reading_.warn("layers." + entry.name, "RB0635", fmt::format("Pebble passes over '{}'", entry.name), at(file),
                      "let its name end in .yaml");
    }

    LayerReading& reading_;
    std::vector<LayerText> layers_;
};

std::vector<LayersEntry> in_order(std::vector<LayersEntry> entries) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
}

Result<std::vector<LayersEntry>> entries_on_disk(const fs::path& folder, bool inner);

LayersEntry entry_on_disk(const fs::path& path, bool inner) {
    LayersEntry entry{path.filename().native(), LayersEntry::Kind::unreadable, {}, {}};
    std::error_code error;
    const auto status = fs::status(path, error);
    if (fs::is_directory(status)) {
        entry.kind = LayersEntry::Kind::folder;
        if (inner) return entry;
        if (auto entries = entries_on_disk(path, true)) {
            entry.entries = std::move(*entries);
        } else {
            entry.kind = LayersEntry::Kind::unreadable;
            entry.text = entries.error().message;
        }
    } else if (fs::is_regular_file(status)) {
        auto text = read_file(path);
        if (text) entry.kind = LayersEntry::Kind::file;
        entry.text = text ? std::move(*text) : text.error().message;
    } else {
        entry.text = error ? error.message() : "it is no file";
    }
    return entry;
}

Result<std::vector<LayersEntry>> entries_on_disk(const fs::path& folder, bool inner) {
    std::vector<LayersEntry> entries;
    std::error_code error;
    for (fs::directory_iterator item(folder, error), end; !error && item != end; item.increment(error))
        entries.push_back(entry_on_disk(item->path(), inner));
    if (error)
        return fail("RB0606", fmt::format("can't read the folder of layers {}: {}", folder.native(), error.message()),
                    "make it a folder that may be read");
    return in_order(std::move(entries));
}

Result<std::vector<LayersEntry>> entries_in_tree(const Store& store, const Tree& tree, const std::string& folder,
                                                 bool inner) {
    std::vector<LayersEntry> entries;
    const auto [begin, end] = tree.range(folder);
    for (auto i = begin; i < end; ++i) {
        const auto& path = tree.entries()[i].path;
        if (path == folder || parent_of(path) != folder) continue;
        LayersEntry entry{path.substr(folder.size() + 1), LayersEntry::Kind::unreadable, {}, {}};
        const auto real = resolve(tree, path);
        const auto* found = real ? tree.find(*real) : nullptr;
        if (found == nullptr) {
            entry.text = "no such file or folder";
        } else if (found->type == EntryType::folder) {
            entry.kind = LayersEntry::Kind::folder;
            if (!inner) entry.entries = TRY(entries_in_tree(store, tree, *real, true));
        } else if (found->type == EntryType::file) {
            entry.kind = LayersEntry::Kind::file;
            entry.text = TRY(store.read(found->digest));
        } else {
            entry.text = "it is no file";
        }
        entries.push_back(std::move(entry));
    }
    return in_order(std::move(entries));
}

}  // namespace

Result<LayersFolder> layers_on_disk(const std::filesystem::path& folder, const std::string& shown) {
    std::error_code error;
    if (!fs::exists(folder, error) && !error) return LayersFolder{shown, {}};
    auto entries = TRY(entries_on_disk(folder, false));
    return LayersFolder{shown, std::move(entries)};
}

Result<LayersFolder> layers_in_tree(const Store& store, const Tree& tree, const std::string& folder) {
    const auto real = resolve(tree, folder);
    const auto* found = real ? tree.find(*real) : nullptr;
    if (found == nullptr) return LayersFolder{"/" + folder, {}};
    if (found->type != EntryType::folder)
        return fail("RB0606", fmt::format("can't read the folder of layers /{}: it is no folder", folder),
                    "make it a folder, or remove it");
    auto entries = TRY(entries_in_tree(store, tree, *real, false));
    return LayersFolder{"/" + folder, std::move(entries)};
}

std::vector<LayerText> layer_texts(const LayersFolder& folder, LayerReading& reading) {
    return NameReader(reading).all(folder);
}

}  // namespace rockbuild
