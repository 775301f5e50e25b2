// Collecting what is wrong with a file, each thing once and with its place, and the words for it.
#pragma once

#include "project/yaml.hpp"
#include "support/diagnostic.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// A value and where the file says it.
template <class T>
struct Placed {
    T value{};
    Span span;
};

using PlacedText = Placed<std::string>;

/// Words of other tools, with what to write instead.
using Synonyms = std::map<std::string_view, std::string_view>;

enum class Spelling : std::uint8_t { kebab_only, kebab_or_snake };

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
    bool has_errors() const { return errors() > 0; }
    /// How many errors there are by now: to see whether a check found any.
    std::size_t errors() const;

private:
    std::string file_;
    Diagnostics all_;
    Diagnostic discarded_;
    bool missing_allowed_ = false;
};

/// Sorts by place, and says once what is said twice of one place (what lies in an anchor is read at each of its uses).
void put_in_order(Diagnostics& diagnostics);

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
