// Reading typed fields out of a YAML map, collecting every mistake with its place. A map is asked for the keys that are
// known at its level; whatever is left over is then told apart: part of the language but not built yet, a word of
// another tool, a slip of the pen.
#pragma once

#include "project/project.hpp"
#include "project/yaml.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// Collects diagnostics; says how a value should have been written.
class Complaints {
public:
    explicit Complaints(std::string file) : file_(std::move(file)) {}

    Diagnostic& error(std::string code, std::string message, const Span& place, std::string hint = {});
    Diagnostic& warning(std::string code, std::string message, const Span& place, std::string hint = {});
    /// Of a map that had a bad key nothing more is said.
    Diagnostic& error(std::string code, std::string message, const YamlNode& at, std::string hint = {});

    /// Adds the candidates near `word`; not to a file's every mistake, for looking for them takes its time.
    void suggest(Diagnostic& item, const std::string& word, const std::vector<std::string>& candidates) const;

    /// Parts, services and fields may come from elsewhere (an extension): what is missing is no mistake of the file.
    void allow_missing() { missing_allowed_ = true; }
    bool missing_allowed() const { return missing_allowed_; }

    const std::string& file() const { return file_; }
    Diagnostics& all() { return all_; }
    bool has_errors() const;

private:
    std::string file_;
    Diagnostics all_;
    Diagnostic discarded_;
    bool missing_allowed_ = false;
};

/// Keys that the language has and this version doesn't build, with what to do instead.
using LaterKeys = std::map<std::string_view, std::string_view>;
/// Words of other tools, with ours.
using Synonyms = std::map<std::string_view, std::string_view>;

enum class Spelling : std::uint8_t { kebab_only, kebab_or_snake };

class Fields {
public:
    /// `where` is how messages name the map: "the project", "part 'nginx'".
    Fields(Complaints& complaints, Yaml map, std::string where, Spelling spelling)
        : complaints_(complaints), map_(std::move(map)), where_(std::move(where)), spelling_(spelling) {}

    /// Where a missing key is said: at the name of the map rather than at its first key.
    void named_at(const Span& name) { name_ = name; }
    /// Values may be lists of `on amd64:` clauses, which this version doesn't read: RB0311, and the key counts as
    /// absent.
    void refuse_clauses() { clauses_refused_ = true; }

    /// The value of a key, null if it isn't there; the key is known from now on.
    Yaml take(const std::string& name);
    /// The place of a key that was taken; of the map if it isn't there.
    Span key_span(const std::string& name) const;
    /// RB0312 if it isn't there.
    Yaml required(const std::string& name, const std::string& hint);

    std::optional<PlacedText> text(const std::string& name);
    std::vector<PlacedText> texts(const std::string& name);
    std::optional<std::vector<std::pair<PlacedText, PlacedText>>> text_map(const std::string& name);
    std::optional<Script> script(const std::string& name);
    /// One of `choices`, else RB0314 with suggestions.
    std::optional<PlacedText> choice(const std::string& name, const std::vector<std::string>& choices);

    /// RB0310 or RB0311 for every key that nobody took.
    void finish(const LaterKeys& later = {}, const Synonyms& synonyms = {});

    Complaints& complaints() { return complaints_; }
    const std::string& where() const { return where_; }

private:
    std::string normal(const std::string& key) const;
    bool refused(const std::string& name) const;

    Complaints& complaints_;
    Yaml map_;
    std::string where_;
    Spelling spelling_;
    std::vector<std::string> known_;
    std::optional<Span> name_;
    bool clauses_refused_ = false;
    std::vector<std::string> refused_;  // keys whose value was refused as a whole
};

/// A scalar as text: numbers as Python prints them; RB0313 for booleans, dates, lists and maps. Null is none.
std::optional<PlacedText> as_text(Complaints& complaints, const Yaml& value, const std::string& what);
/// The same where something must stand: RB0313 for nothing too.
std::optional<PlacedText> as_some_text(Complaints& complaints, const Yaml& value, const std::string& what);
/// "a list", "a map", "a boolean (yes)", …
std::string kind_of(const YamlNode& node);
/// False, with RB0313, if `value` is no map.
bool is_map(Complaints& complaints, const Yaml& value, const std::string& what);
bool is_null(const YamlNode& node);
/// The keys of a map: the names that others may refer to, whether what stands there is right or not.
std::vector<std::string> key_texts(const Yaml& map);

}  // namespace rockbuild
