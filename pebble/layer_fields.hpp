// Reading typed fields out of one object of a layer, as Pebble's reader takes them; every mistake with its place.
#pragma once

#include "pebble/plan.hpp"
#include "project/complaints.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// What a layer is read with: where mistakes go.
struct LayerReading {
    Complaints complaints;
    /// An error that speaks of an object (`services.web`).
    Diagnostic& error(const std::string& object, std::string code, std::string message, const Span& place,
                      std::string hint);
    Diagnostic& warn(const std::string& object, std::string code, std::string message, const Span& place,
                     std::string hint);
};

/// The pairs of a map whose keys are texts: a key that is nothing drops its pair, without a word of Pebble's (ours is
/// RB0642); of keys that only aliases make the same the last one counts.
struct LayerPair {
    std::string key;
    Span key_span;
    Yaml value;
};
std::vector<LayerPair> layer_pairs(LayerReading& reading, const std::string& object, const YamlNode& map);

class LayerFields {
public:
    /// `object` is what diagnostics speak of, `where` how their messages name the map; RB0310 for keys not in `known`.
    LayerFields(LayerReading& reading, const YamlNode& map, std::string object, std::string where,
                std::vector<std::string> known);

    std::optional<PlacedText> text(std::string_view key) const;
    std::vector<PlacedText> texts(std::string_view key) const;
    PlacedEntries entries(std::string_view key) const;
    std::optional<PlacedNumber> number(std::string_view key) const;
    std::optional<PlacedDuration> duration(std::string_view key) const;
    std::optional<PlacedFactor> factor(std::string_view key) const;
    /// The fields of a map within; null if there is none.
    std::unique_ptr<LayerFields> within(std::string_view key, std::vector<std::string> known) const;

    const Span& span() const { return span_; }

private:
    Yaml value(std::string_view key) const;
    Diagnostic& wrong(std::string_view key, const YamlNode& value, std::string_view wanted, std::string hint) const;
    std::optional<std::string> scalar(std::string_view what, const YamlNode& value) const;

    LayerReading& reading_;
    std::string object_;
    std::string where_;
    Span span_;
    std::vector<LayerPair> pairs_;
};

}  // namespace rockbuild
