// What holds of one part beside its tables: its name, its plugin, and what the plugin asks for.
#include "project/check_shape.hpp"
#include "project/organize_path.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace rockbuild {

bool is_default_pebble(const YamlNode& part, Generation generation) {
    // What upstream makes for each build base (spec/rockcraft-yaml.md §9).
    const auto texts = [&](const char* key) {
        std::vector<std::string> values;
        for (const auto& item : texts_at(part, key)) values.push_back(item.value);
        return values;
    };
    using List = std::vector<std::string>;
    const auto script = text_at(part, "override-prime");
    const auto moves = text_pairs_at(part, "organize");
    const bool noble = generation == Generation::noble;
    const bool plucky = generation == Generation::plucky;
    auto lines = script ? script->value : std::string();
    if (lines.ends_with('\n')) lines.pop_back();
    return part.pairs.size() == 4U + (noble || plucky ? 1U : 0U) &&
           text_at(part, "plugin").value_or(PlacedText{}).value == "nil" &&
           texts("stage-snaps") == List{"pebble/latest/stable"} &&
           texts("stage") == List{generation == Generation::jammy ? "bin/pebble" : "usr/bin/pebble"} &&
           lines ==
               "craftctl default\n/bin/mkdir -p var/lib/pebble/default/layers\n/bin/chmod 777 var/lib/pebble/default" &&
           (!noble || (moves.size() == 1 && moves[0].first.value == "bin" && moves[0].second.value == "usr/bin")) &&
           (!plucky || texts("build-attributes") == List{"enable-usrmerge"});
}

namespace {

/// True if `name` could be a folder's name outside of the parts' folder.
bool leaves(std::string_view name) {
    const auto padded = fmt::format("/{}/", name);
    return padded.find("/../") != std::string::npos || padded.find("/./") != std::string::npos ||
           padded.find("//") != std::string::npos;
}

class PartRules {
public:
    PartRules(Complaints& complaints, const YamlNode& project)
        : complaints_(complaints),
          base_(filled_text_at(project, "base").value_or(PlacedText{}).value),
          build_base_(filled_text_at(project, "build-base").value_or(PlacedText{base_, {}}).value),
          generation_(build_generation(project)) {}

    void check(const YamlPair& pair) {
        name_ = pair.key->text;
        check_name(pair);
        const auto where = fmt::format("part '{}'", name_);
        if (!is_map(complaints_, pair.value, where)) return;
        const auto& part = *pair.value;
        std::vector<const ObjectShape*> shapes{&part_shape()};
        plugin_ = find_plugin_of(part);
        if (plugin_ != nullptr) shapes.push_back(&plugin_->keys);
        // Keys of other plugins are told below; of a plugin that is unknown, its keys may be right.
        const auto unknown = plugin_ == nullptr ? text_at(part, "plugin").value_or(PlacedText{}).value + "-" : "-";
        const auto elsewhere = [&](const std::string& key) {
            return !plugin_of_key(key).empty() || (unknown != "-" && key.starts_with(unknown));
        };
        check_object(complaints_, {part, where, pair.key->span, elsewhere}, shapes);
        foreign_keys(part, where);
        if (plugin_ != nullptr) {
            needs_source(part, where, pair.key->span);
            of_the_plugin(part);
        }
        attributes(part);
        packages(part);
        overlays(part);
        check_sources(complaints_, part, name_);
        check_filesets(complaints_, part, name_);
    }

private:
    void check_name(const YamlPair& pair) {
        const auto& span = pair.key->span;
        const auto is_odd = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == ':'; };
        if (name_ == "_apt-upgrade" || (name_ == "pebble" && !is_default_pebble(*pair.value, generation_)))
            complaints_.error("RB0314", fmt::format("the part '{}' is every rock's own", name_), span,
                              "give yours another name");
        else if (name_.empty() || std::any_of(name_.begin(), name_.end(), is_odd) || name_ == "." || name_ == ".." ||
                 name_.starts_with('-') || leaves(name_))
            complaints_.error("RB0314", fmt::format("'{}' can't be a part's name", name_), span,
                              "use letters, digits, '-' and '_'");
        else if (const auto* base = find_base_name(build_base_);
                 name_.find('/') != std::string::npos && base != nullptr && !base->slashes &&
                 pair.key->made_by.empty() && !complaints_.missing_allowed())
            complaints_.error("RB0314",
                              fmt::format("'{}' can't be a part's name: on {} it has no '/'", name_, build_base_), span,
                              "use '-' instead");
    }

    const PluginShape* find_plugin_of(const YamlNode& part) {
        const auto name = text_at(part, "plugin");
        if (!name) return nullptr;
        if (const auto* plugin = find_plugin(name->value, generation_)) return plugin;
        std::vector<std::string> names;
        for (const auto& shape : plugin_shapes())
            if (find_plugin(shape.name, generation_) == &shape) names.emplace_back(shape.name);
        std::sort(names.begin(), names.end());
        if (const auto* elsewhere = find_plugin(name->value, Generation::none)) {
            complaints_.error("RB0314", fmt::format("'{}' is no plugin on {}", name->value, build_base_), name->span,
                              elsewhere->name == "poetry" || elsewhere->name == "uv" ? "use plugin: python"
                                                                                     : "take another build-base");
            return elsewhere;
        }
        complaints_.suggest(complaints_.error("RB0314", fmt::format("there is no plugin '{}'", name->value), name->span,
                                              fmt::format("the plugins are: {}", fmt::join(names, ", "))),
                            name->value, names);
        return nullptr;
    }

    /// Keys such as `go-buildtags` in a part that doesn't have that plugin. If the part's plugin is not known, they may
    /// be right.
    void foreign_keys(const YamlNode& part, const std::string& where) {
        const auto own = text_at(part, "plugin");
        if (plugin_ == nullptr) return;
        for (const auto& pair : part.pairs) {
            const auto& key = pair.key->text;
            const auto owner = plugin_of_key(key);
            const auto is_key = [&](const ObjectShape& shape) {
                return std::any_of(shape.keys.begin(), shape.keys.end(),
                                   [&](const KeyShape& k) { return k.name == key; });
            };
            if (owner.empty() || is_key(part_shape()) || is_key(plugin_->keys)) continue;
            auto& item = complaints_.error("RB0310", fmt::format("{} has no key '{}'", where, key), pair.key->span);
            if (owner != own->value)
                item.hint = fmt::format("it belongs to the plugin '{}'; this part's plugin is '{}'", owner, own->value);
            std::vector<std::string> candidates;
            for (const auto& shape : {&part_shape(), &plugin_->keys})
                for (const auto& known : shape->keys) candidates.emplace_back(known.name);
            complaints_.suggest(item, key, candidates);
            if (item.hint.empty() && item.suggestions.empty() && !plugin_->keys.keys.empty()) {
                std::vector<std::string_view> keys;
                for (const auto& known : plugin_->keys.keys) keys.push_back(known.name);
                item.hint = fmt::format("the plugin's keys are: {}", fmt::join(keys, ", "));
            }
        }
    }

    void needs_source(const YamlNode& part, const std::string& where, const Span& place) {
        if (!plugin_->needs_source || complaints_.missing_allowed() || part.faulty) return;
        const auto* pair = find_pair(part, "source", Spelling::kebab_only);
        if (pair == nullptr && is_misspelt(part, "source")) return;
        if (pair != nullptr && (pair->value->faulty || !is_null(*pair->value))) return;
        complaints_.error(
            "RB0312", fmt::format("{} needs 'source'", where), pair != nullptr ? pair->key->span : place,
            fmt::format("the plugin {} works on one: name a folder (`.` is the project's own), an archive or "
                        "a repository",
                        plugin_->name));
    }

    /// `base` is what jlink-multi-release is anyway.
    static bool is_set(const YamlNode& part, std::string_view key) {
        const auto given = text_or_texts_at(part, key);
        return !given.empty() && (key != "jlink-multi-release" || given.front().value != "base");
    }

    /// A key that no part has is near to `name` and was told so: that `name` is missing only follows from it.
    bool is_misspelt(const YamlNode& part, const std::string& name) const {
        const auto has = [](const ObjectShape& shape, const std::string& key) {
            return std::any_of(shape.keys.begin(), shape.keys.end(),
                               [&](const KeyShape& one) { return one.name == key; });
        };
        return std::any_of(part.pairs.begin(), part.pairs.end(), [&](const YamlPair& pair) {
            return !has(part_shape(), pair.key->text) && plugin_of_key(pair.key->text).empty() &&
                   !suggestions(pair.key->text, {name}).empty();
        });
    }

    static bool yes(const YamlNode& part, std::string_view key) {
        const auto value = find_value(part, key);
        return value && truth_of(*value).value_or(false);
    }

    void of_the_plugin(const YamlNode& part) {
        if (plugin_->name == "npm") {
            const bool includes = yes(part, "npm-include-node");
            const auto version = filled_text_at(part, "npm-node-version");
            const auto written = find_value(part, "npm-node-version");
            if (includes && (!written || (written->kind == YamlNode::Kind::scalar && written->text.empty())))
                complaints_.error("RB0316", "'npm-include-node' needs 'npm-node-version'",
                                  key_span(part, "npm-include-node"), "say which Node, for example \"20\"");
            const auto given = find_value(part, "npm-include-node");
            if (version && !includes && (!given || truth_of(*given)))
                complaints_.error("RB0316", "'npm-node-version' needs 'npm-include-node'",
                                  key_span(part, "npm-node-version"), "write npm-include-node: true");
        }
        if (plugin_->name == "jlink")
            for (const auto* other : {"jlink-jars", "jlink-extra-modules", "jlink-multi-release"})
                if (!texts_at(part, "jlink-modules").empty() && is_set(part, other)) {
                    auto spans = std::pair(key_span(part, "jlink-modules"), key_span(part, other));
                    if (spans.second.begin < spans.first.begin) std::swap(spans.first, spans.second);
                    complaints_
                        .error("RB0316", fmt::format("'jlink-modules' and '{}' exclude each other", other),
                               spans.second, "keep one")
                        .notes.push_back({"given here", spans.first});
                }
        const auto features = texts_at(part, "rust-features");
        if (features.size() > 1)
            for (const auto& feature : features)
                if (feature.value == "*")
                    complaints_.error("RB0316", "'*' stands for all features: it goes with no others", feature.span,
                                      "keep it alone, or name the features");
    }

    void attributes(const YamlNode& part) {
        static const std::vector<std::string> known{"enable-usrmerge", "disable-usrmerge", "self-contained",
                                                    "enable-patchelf", "keep-execstack",   "no-patchelf"};
        for (const auto& attribute : texts_at(part, "build-attributes")) {
            if (attribute.value == "self-contained" && plugin_ != nullptr && !plugin_->self_contained)
                complaints_.error("RB0314",
                                  fmt::format("the plugin '{}' has no 'self-contained' builds", plugin_->name),
                                  attribute.span, "remove the attribute, or use another plugin");
            else if (attribute.value == "self-contained" && yes(part, "npm-include-node"))
                complaints_
                    .error("RB0316", "'self-contained' and 'npm-include-node' exclude each other", attribute.span,
                           "keep one")
                    .notes.push_back({"given here", key_span(part, "npm-include-node")});
            else if (std::find(known.begin(), known.end(), attribute.value) == known.end() && !attribute.value.empty())
                complaints_.suggest(
                    complaints_.warning("RB0325",
                                        fmt::format("'{}' is no build attribute: it has no effect", attribute.value),
                                        attribute.span, "they are: enable-usrmerge, disable-usrmerge, self-contained"),
                    attribute.value, known);
        }
    }

    void packages(const YamlNode& part) {
        const auto list = texts_at(part, "stage-packages");
        const auto is_slice = [](const PlacedText& text) { return text.value.find('_') != std::string::npos; };
        const auto slice = std::find_if(list.begin(), list.end(), is_slice);
        const auto package = std::find_if_not(list.begin(), list.end(), is_slice);
        if (slice != list.end() && package != list.end()) {
            const auto& [first, second] = slice < package ? std::pair(*slice, *package) : std::pair(*package, *slice);
            complaints_
                .error("RB0316",
                       fmt::format("'{}' is a {} and '{}' a {}: 'stage-packages' takes one kind only", second.value,
                                   is_slice(second) ? "slice" : "package", first.value,
                                   is_slice(first) ? "slice" : "package"),
                       second.span, "make it two parts")
                .notes.push_back({"given here", first.span});
        }
        for (const auto& text : texts_at(part, "stage-slices"))
            if (!is_slice(text))
                complaints_.error("RB0314", fmt::format("'{}' is no slice", text.value), text.span,
                                  "write PACKAGE_SLICE, or stage-packages");
        for (const auto* key : {"build-packages", "overlay-packages", "overlay-recommended-packages"})
            for (const auto& text : texts_at(part, key))
                if (is_slice(text))
                    complaints_.error("RB0314", fmt::format("'{}' is a slice; '{}' takes packages", text.value, key),
                                      text.span, "name the package, or write stage-packages");
    }

    void overlays(const YamlNode& part) {
        if (base_ != "bare") return;
        const auto refuse = [&](const std::string& what, const Span& place) {
            complaints_.error("RB0316",
                              fmt::format("part '{}' can't use '{}': there is no system under a bare base to lay it "
                                          "over",
                                          name_, what),
                              place, "take a base, or make the files in override-build");
        };
        for (const auto* key :
             {"overlay", "overlay-script", "override-overlay", "overlay-packages", "overlay-recommended-packages"})
            if (find_value(part, key)) refuse(key, key_span(part, key));
        for (const auto& [from, to] : text_pairs_at(part, "organize"))
            if (organize_path(to.value).ground == Ground::overlay) refuse(to.value, to.span);
    }

    Complaints& complaints_;
    std::string base_;
    std::string build_base_;
    Generation generation_;
    std::string name_;
    const PluginShape* plugin_ = nullptr;
};

}  // namespace

void check_parts(Complaints& complaints, const YamlNode& project) {
    const auto* pair = find_pair(project, "parts");
    if (pair == nullptr) return;
    if (pair->value->kind != YamlNode::Kind::map) return;  // the tables said so
    PartRules rules(complaints, project);
    for (const auto& part : pair->value->pairs) rules.check(part);
    check_order(complaints, *pair->value);
}

}  // namespace rockbuild
