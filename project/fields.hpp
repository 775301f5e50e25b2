// Reading typed fields out of a YAML map that no table describes, collecting every mistake with its place. A map is
// asked for the keys that are known at its level; whatever is left over is a slip of the pen.
#pragma once

#include "project/complaints.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

class Fields {
public:
    /// `where` is how messages name the map: "a container", "'httpGet'".
    Fields(Complaints& complaints, Yaml map, std::string where)
        : complaints_(complaints), map_(std::move(map)), where_(std::move(where)) {}

    /// Where a missing key is said: at the name of the map rather than at its first key.
    void named_at(const Span& name) { name_ = name; }

    /// The value of a key, null if it isn't there; the key is known from now on.
    Yaml take(const std::string& name);
    /// The place of a key that was taken; of the map if it isn't there.
    Span key_span(const std::string& name) const;
    /// RB0312 if it isn't there.
    Yaml required(const std::string& name, const std::string& hint);

    std::optional<PlacedText> text(const std::string& name);
    std::vector<PlacedText> texts(const std::string& name);
    /// One of `choices`, else RB0314 with suggestions.
    std::optional<PlacedText> choice(const std::string& name, const std::vector<std::string>& choices);

    /// RB0310 for every key that nobody took.
    void finish();

    Complaints& complaints() { return complaints_; }
    const std::string& where() const { return where_; }

private:
    Complaints& complaints_;
    Yaml map_;
    std::string where_;
    std::vector<std::string> known_;
    std::optional<Span> name_;
};

}  // namespace rockbuild
