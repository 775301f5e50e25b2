#include "pebble/layer_reader.hpp"

#include "pebble/go_yaml.hpp"
#include "pebble/plan_fields.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace rockbuild {

namespace {

const std::vector<std::string>& section_names() {
    static const std::vector<std::string> names{"summary",     "description", "services", "checks",
                                                "log-targets", "workloads",   "pairing"};
    return names;
}

/// Reads each field by its type.
struct ReadField {
    const LayerFields& fields;

    void operator()(const char* key, std::optional<PlacedText>& text) const { text = fields.text(key); }
    void operator()(const char* key, std::vector<PlacedText>& texts) const { texts = fields.texts(key); }
    void operator()(const char* key, PlacedEntries& entries) const { entries = fields.entries(key); }
    void operator()(const char* key, std::optional<PlacedNumber>& number) const { number = fields.number(key); }
    void operator()(const char* key, std::optional<PlacedDuration>& duration) const { duration = fields.duration(key); }
    void operator()(const char* key, std::optional<PlacedFactor>& factor) const { factor = fields.factor(key); }
    /// http, tcp, exec.
    template <class Kind>
    void operator()(const char* key, std::optional<Kind>& kind) const {
        const auto within = fields.within(key, keys_of<Kind>());
        if (!within) return;
        kind.emplace();
        kind->span = within->span();
        walk_fields(ReadField{*within}, *kind);
    }
    void operator()(Account& account) const { walk_fields(*this, account); }
};

class SectionReader {
public:
    SectionReader(PebbleLayer& layer, LayerReading& reading) : layer_(layer), reading_(reading) {}

    void read(const YamlNode& root) {
        if (is_go_null(root)) return;
        if (root.kind != YamlNode::Kind::map) {
            layer_.faulty = true;
            error("RB0313", "a layer must be a map of sections", root.span, "write `services:` and so on");
            return;
        }
        if (root.faulty) layer_.faulty = true;
        for (const auto& pair : layer_pairs(reading_, object(), root)) read_section(pair);
    }

private:
    std::string object() const { return "layers." + layer_.label; }

    Diagnostic& error(std::string code, std::string message, const Span& place, std::string hint) {
        return reading_.error(object(), std::move(code), std::move(message), place, std::move(hint));
    }

    /// Pebble takes each section by itself: anchors of others aren't there.
    void check_aliases(const YamlNode& node) {
        if (node.foreign)
            error("RB0300", "this alias stands for something in another section: Pebble doesn't find it", node.span,
                  "write out what it stands for");
        if (node.anchor) return;  // told where it is written
        for (const auto& item : node.items) check_aliases(*item);
        for (const auto& [key, value] : node.pairs) {
            check_aliases(*key);
            check_aliases(*value);
        }
    }

    void read_section(const LayerPair& pair) {
        const auto& [name, span, value] = pair;
        if (name != "pairing" || !value->foreign) check_aliases(*value);
        if (name == "services") read_objects(pair, "service", layer_.services);
        else if (name == "checks") read_objects(pair, "check", layer_.checks);
        else if (name == "log-targets") read_objects(pair, "log target", layer_.log_targets);
        else if (name == "workloads") read_objects(pair, "workload", layer_.workloads);
        else if (name == "summary") layer_.summary = read_text(pair);
        else if (name == "description") layer_.description = read_text(pair);
        else if (name == "pairing") read_pairing(pair);
        else
            reading_.complaints.suggest(error("RB0310", fmt::format("a layer has no section '{}'", name), span, ""),
                                        name, section_names());
    }

    /// Pebble writes each section into a text of its own and reads that: of nothing it can't.
    bool holds_something(const LayerPair& pair) {
        const auto& value = *pair.value;
        if (value.kind != YamlNode::Kind::scalar || !value.plain || !value.text.empty() || !value.tag.empty())
            return true;
        error("RB0313", fmt::format("there is nothing in '{}': Pebble can't read that", pair.key), pair.key_span,
              "remove it");
        return false;
    }

    std::optional<PlacedText> read_text(const LayerPair& pair) {
        if (!holds_something(pair)) return std::nullopt;
        YamlNode map;
        map.kind = YamlNode::Kind::map;
        auto key = std::make_shared<YamlNode>();
        key->text = pair.key;
        map.pairs.push_back({std::move(key), pair.value});
        return LayerFields(reading_, map, object(), "the layer", {pair.key}).text(pair.key);
    }

    template <class Object>
    void read_objects(const LayerPair& section, std::string_view noun, std::map<std::string, Object>& objects) {
        const auto& value = *section.value;
        if (!holds_something(section) || is_go_null(value)) return;
        if (value.kind != YamlNode::Kind::map) {
            layer_.faulty = true;
            error("RB0313", fmt::format("'{}' must be a map of names and {}s", section.key, noun), value.span,
                  "write `NAME:` lines under it");
            return;
        }
        if (value.faulty) layer_.faulty = true;
        for (const auto& pair : layer_pairs(reading_, object(), value)) {
            auto& object = objects[pair.key];
            object = read_object<Object>(pair, section.key, noun);
            object.span = pair.key_span;
        }
    }

    template <class Object>
    Object read_object(const LayerPair& pair, const std::string& section, std::string_view noun) {
        const auto name = fmt::format("{}.{}", section, pair.key);
        const auto errors = reading_.complaints.errors();
        Object object;
        if (pair.value->kind == YamlNode::Kind::map) {
            const LayerFields fields(reading_, *pair.value, name, fmt::format("{} '{}'", noun, pair.key),
                                     keys_of<Object>());
            walk_fields(ReadField{fields}, object);
        } else {
            const auto* what =
                is_go_null(*pair.value) || (pair.value->kind == YamlNode::Kind::scalar && pair.value->text.empty())
                    ? "there is nothing in it"
                : pair.value->kind == YamlNode::Kind::list ? "it is a list"
                                                           : "it is a text";
            reading_.error(name, "RB0313", fmt::format("{} '{}' must be a map: {}", noun, pair.key, what),
                           pair.value->text.empty() ? pair.key_span : pair.value->span, "write its keys under it");
        }
        object.faulty = pair.value->faulty || reading_.complaints.errors() > errors;
        return object;
    }

    /// Anything but a map Pebble passes over.
    void read_pairing(const LayerPair& pair) {
        if (pair.value->kind != YamlNode::Kind::map || pair.value->foreign) {
            reading_.warn("pairing", "RB0639", "Pebble passes over 'pairing' where it is no map", pair.key_span,
                          "write `pairing: {mode: …}`, or remove it");
            return;
        }
        const LayerFields fields(reading_, *pair.value, "pairing", "'pairing'", {"mode"});
        layer_.pairing = Pairing{fields.text("mode")};
    }

    PebbleLayer& layer_;
    LayerReading& reading_;
};

// What a project file says, as the nodes that its written layer is read into.

Yaml node_of(const PlacedValue& value);

std::shared_ptr<YamlNode> map_of(const std::vector<PlacedPair>& pairs, const Span& span) {
    auto map = std::make_shared<YamlNode>();
    map->kind = YamlNode::Kind::map;
    map->span = span;
    for (const auto& [name, value] : pairs) {
        auto key = std::make_shared<YamlNode>();
        key->text = name;
        key->span = value.key.value_or(value.span);
        map->pairs.push_back({std::move(key), node_of(value)});
    }
    return map;
}

Yaml node_of(const PlacedValue& value) {
    if (value.kind == PlacedValue::Kind::map) return map_of(value.pairs, value.span);
    auto node = std::make_shared<YamlNode>();
    node->span = value.span;
    if (value.kind == PlacedValue::Kind::list) {
        node->kind = YamlNode::Kind::list;
        for (const auto& item : value.items) node->items.push_back(node_of(item));
    } else {
        node->text = value.text;
        node->plain = !says_nothing_to_go(value.text);  // as layer_text writes it
    }
    return node;
}

}  // namespace

void read_layer(std::string_view text, PebbleLayer& layer, LayerReading& reading) {
    auto yaml = read_yaml(text, layer.file, YamlReader::pebble);
    for (auto& item : yaml.diagnostics) {
        item.object = "layers." + layer.label;
        reading.complaints.all().push_back(std::move(item));
    }
    if (yaml.root) SectionReader(layer, reading).read(*yaml.root);
    else if (reading.complaints.has_errors()) layer.faulty = true;
}

PebbleLayer layer_of(const Project& project, LayerReading& reading) {
    PebbleLayer layer;
    layer.label = "rockcraft-" + project.name.value;
    layer.file = project.file;
    YamlNode root;
    root.kind = YamlNode::Kind::map;
    const auto add = [&](const char* name, const std::vector<PlacedPair>& objects) {
        if (objects.empty()) return;
        auto key = std::make_shared<YamlNode>();
        key->text = name;
        root.pairs.push_back({std::move(key), map_of(objects, objects.front().second.span)});
    };
    add("services", project.services);
    add("checks", project.checks);
    SectionReader(layer, reading).read(root);
    return layer;
}

}  // namespace rockbuild
