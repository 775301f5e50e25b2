#include "project/clauses.hpp"

#include "project/language.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::string_view else_fail = "else fail";

/// What the key of a clause says.
struct Clause {
    std::string_view on;  // empty: not said
    std::string_view to;
    bool otherwise = false;  // else
    std::string problem;     // why it is none, though it looks like one
    std::string cure;
    bool never = false;  // `for`: no platform has such names
};

bool begins_as_clause(std::string_view key) {
    return key == "else" || key == "try" || key == "on" || key == "to" || key == "for" || key.starts_with("on ") ||
           key.starts_with("to ") || key.starts_with("for ") || key.starts_with("else ");
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// None for a key that is no clause at all.
std::optional<Clause> read_clause(std::string_view key) {
    if (!begins_as_clause(key)) return std::nullopt;
    Clause clause;
    const auto words = words_of(key);
    if (key == "else") {
        clause.otherwise = true;
    } else if (words[0] == "else") {
        clause.problem = key == else_fail ? "'else fail' has no body" : "'else' stands alone";
        clause.cure = key == else_fail ? "write it as an entry without a colon: `- else fail`" : "write `- else:`";
    } else if (words[0] == "try") {
        clause.problem = "'try' is gone from the language";
        clause.cure = "write what is there, or say for which architecture it is with `on`";
    } else if (words[0] == "for") {
        clause.never = true;
    } else if (words.size() == 2 && words[0] == "on") {
        clause.on = words[1];
    } else if (words.size() == 2 && words[0] == "to") {
        clause.to = words[1];
    } else if (words.size() == 4 && words[0] == "on" && words[2] == "to") {
        clause.on = words[1];
        clause.to = words[3];
    } else {
        clause.problem = fmt::format("'{}' is no clause", key);
        clause.cure = "write `on ARCH`, `to ARCH` or `on ARCH to ARCH`, without spaces or more in it";
    }
    return clause;
}

/// A clause that stands as a key of a map, where it means nothing.
bool is_clause_as_key(std::string_view key) {
    const auto clause = read_clause(key);
    return clause && (clause->otherwise || !clause->on.empty() || !clause->to.empty());
}

/// The one pair of a map that is a clause.
const YamlPair* clause_pair(const YamlNode& item) {
    if (item.kind != YamlNode::Kind::map || item.pairs.size() != 1) return nullptr;
    return begins_as_clause(item.pairs.front().key->text) ? &item.pairs.front() : nullptr;
}

bool is_else_fail(const YamlNode& item) { return item.kind == YamlNode::Kind::scalar && item.text == else_fail; }

bool has_clauses(const YamlNode& value) {
    return value.kind == YamlNode::Kind::list &&
           std::any_of(value.items.begin(), value.items.end(),
                       [](const auto& item) { return clause_pair(*item) != nullptr || is_else_fail(*item); });
}

/// A map among texts, or a clause that shares its map.
bool is_odd_map(const YamlNode& item, bool texts) {
    if (item.kind != YamlNode::Kind::map || item.pairs.empty()) return false;
    if (item.pairs.size() > 1) return is_clause_as_key(item.pairs[0].key->text);
    return texts && !begins_as_clause(item.pairs.front().key->text);
}

bool has_texts(const Shape& shape) {
    return shape.kind == Shape::Kind::text ||
           (shape.kind == Shape::Kind::list && shape.item.front().kind == Shape::Kind::text);
}

class Grammarian {
public:
    explicit Grammarian(Complaints& complaints) : complaints_(complaints) {}

    /// `texts`: the entries are texts, so that a map among them can only be meant as a clause.
    void read(const YamlNode& value, bool texts) {
        if (value.kind == YamlNode::Kind::map) return read_map(value);
        if (is_else_fail(value)) return stray(value.span, else_fail);  // no entry of a list: no sentence is before it
        for (const auto& item : value.items)
            if (is_odd_map(*item, texts)) say_odd(*item);
        if (!has_clauses(value)) return;
        bool in_sentence = false;
        for (const auto& item : value.items) {
            if (is_else_fail(*item)) {
                if (!in_sentence) stray(item->span, "else fail");
            } else if (const auto* pair = clause_pair(*item)) {
                const auto clause = *read_clause(pair->key->text);
                say(clause, *pair->key);
                if (clause.otherwise && !in_sentence) stray(pair->key->span, "else");
                in_sentence = true;
                read(*pair->value, texts);
            } else {
                in_sentence = false;
            }
        }
    }

private:
    /// Clauses are entries of a list: as keys of a map they mean nothing.
    void read_map(const YamlNode& map) {
        for (const auto& pair : map.pairs) {
            if (!is_clause_as_key(pair.key->text)) continue;
            complaints_.error("RB0320", fmt::format("the clause '{}' is no entry of a list", pair.key->text),
                              pair.key->span, fmt::format("write `- {}:`", pair.key->text));
        }
    }

    void say_odd(const YamlNode& item) {
        const auto& key = *(item.pairs.size() > 1 ? item.pairs[1] : item.pairs[0]).key;
        if (item.pairs.size() > 1)
            complaints_.error("RB0320", fmt::format("'{}' stands in an entry that has a clause", key.text), key.span,
                              "make it an entry of its own: begin its line with `- `");
        else
            complaints_.error("RB0320", fmt::format("'{}' is no clause", key.text), key.span,
                              "write `on ARCH`, `to ARCH`, `on ARCH to ARCH` or `else`");
    }

    void stray(const Span& place, std::string_view word) {
        complaints_.error("RB0320", fmt::format("'{}' has no clause before it", word), place,
                          "begin with `- on ARCH:` or `- to ARCH:`");
    }

    void say(const Clause& clause, const YamlNode& key) {
        if (!clause.problem.empty()) {
            complaints_.error("RB0320", clause.problem, key.span, clause.cure);
            return;
        }
        if (clause.never) {
            never(key, "no platform has names for it", "write `on ARCH` or `to ARCH`");
            return;
        }
        for (const auto name : {clause.on, clause.to}) {
            if (name.empty() || arch_from_debian(name)) continue;
            if (name.find(',') != std::string_view::npos) {
                never(key, "it asks for several architectures at once", "write a clause for each");
                return;
            }
            auto& item = never(key, fmt::format("there is no architecture '{}'", name), {});
            std::vector<std::string> names;
            for (const auto& arch : architectures) names.emplace_back(arch.debian);
            complaints_.suggest(item, std::string(name), names);
            return;
        }
    }

    Diagnostic& never(const YamlNode& key, std::string_view why, std::string cure) {
        return complaints_.warning("RB0321", fmt::format("the clause '{}' never holds: {}", key.text, why), key.span,
                                   std::move(cure));
    }

    Complaints& complaints_;
};

class Chooser {
public:
    Chooser(Complaints& complaints, const Arch& build_on, const Arch& build_for, const std::string& platform)
        : complaints_(complaints), on_(build_on), for_(build_for), platform_(platform) {}

    /// What a list says once its clauses are resolved.
    std::vector<Yaml> choose(const std::vector<Yaml>& items) {
        std::vector<Yaml> chosen;
        for (std::size_t i = 0; i < items.size();) {
            const auto* pair = clause_pair(*items[i]);
            if (pair == nullptr) {
                if (!is_else_fail(*items[i])) chosen.push_back(items[i]);
                ++i;
                continue;
            }
            std::size_t end = i + 1;
            while (end < items.size() && is_otherwise(*items[end])) ++end;
            for (auto& item : sentence(items, i, end)) chosen.push_back(std::move(item));
            i = end;
        }
        return chosen;
    }

private:
    static bool is_otherwise(const YamlNode& item) {
        const auto* pair = clause_pair(item);
        return is_else_fail(item) || (pair != nullptr && pair->key->text == "else");
    }

    bool holds(const Clause& clause) const {
        if (clause.never || !clause.problem.empty() || clause.otherwise) return false;
        return (clause.on.empty() || clause.on == on_.debian) && (clause.to.empty() || clause.to == for_.debian);
    }

    std::vector<Yaml> body(const YamlNode& value) {
        if (is_null(value)) return {};
        if (value.kind == YamlNode::Kind::list) return choose(value.items);
        return {std::make_shared<YamlNode>(value)};
    }

    std::vector<Yaml> sentence(const std::vector<Yaml>& items, std::size_t begin, std::size_t end) {
        const auto& first = *clause_pair(*items[begin]);
        if (holds(*read_clause(first.key->text))) return body(*first.value);
        for (auto i = begin + 1; i < end; ++i) {
            if (is_else_fail(*items[i])) {
                complaints_.error("RB0322", fmt::format("'else fail': nothing is said here for {}", platform_),
                                  items[i]->span, "add a clause that holds, or an `else`");
                return {};
            }
            if (auto said = body(*clause_pair(*items[i])->value); !said.empty()) return said;
        }
        return {};
    }

    Complaints& complaints_;
    const Arch& on_;
    const Arch& for_;
    const std::string& platform_;
};

bool is_single(const Shape& shape) { return shape.kind != Shape::Kind::list; }

const KeyShape* key_with_clauses(const std::string& name) {
    const auto& keys = part_shape().keys;
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeyShape& key) { return key.name == name; });
    return found == keys.end() || !found->clauses ? nullptr : &*found;
}

/// Clauses where they can't be read: in keys that are not asked for them.
void refuse_clauses(Complaints& complaints, const YamlPair& pair) {
    if (!has_clauses(*pair.value)) return;
    const auto found = std::find_if(pair.value->items.begin(), pair.value->items.end(), [](const auto& item) {
        return clause_pair(*item) != nullptr || is_else_fail(*item);
    });
    const auto* clause = clause_pair(**found);
    complaints.error("RB0320", fmt::format("'{}' can't be said with clauses", pair.key->text),
                     clause != nullptr ? clause->key->span : (*found)->span,
                     "write what holds for every architecture, or make it two parts");
}

/// What was said of the value is enough: it counts as neither given nor missing.
Yaml faulty_value(const YamlNode& at) {
    auto value = std::make_shared<YamlNode>();
    value->span = at.span;
    value->plain = true;
    value->faulty = true;
    return value;
}

bool is_map_of_clauses(const YamlNode& value) {
    return value.kind == YamlNode::Kind::map &&
           std::any_of(value.pairs.begin(), value.pairs.end(),
                       [](const auto& pair) { return is_clause_as_key(pair.key->text); });
}

/// Is there a clause in it, at any depth, that can't be read?
bool has_problems(const YamlNode& value, bool texts) {
    if (is_map_of_clauses(value) || is_else_fail(value)) return true;
    return std::any_of(value.items.begin(), value.items.end(), [&](const auto& item) {
        if (is_odd_map(*item, texts)) return true;
        const auto* pair = clause_pair(*item);
        return pair != nullptr && (!read_clause(pair->key->text)->problem.empty() || has_problems(*pair->value, texts));
    });
}

Yaml chosen_value(Chooser& chooser, const KeyShape* key, const Yaml& value) {
    const bool clauses = has_clauses(*value);
    if (clauses && key == nullptr) return faulty_value(*value);
    if (key != nullptr && value->kind != YamlNode::Kind::scalar && has_problems(*value, has_texts(key->shape)))
        return faulty_value(*value);
    if (!clauses) return value;
    auto items = chooser.choose(value->items);
    if (is_single(key->shape)) {
        if (!items.empty()) return items.front();
        auto nothing = std::make_shared<YamlNode>();
        nothing->span = value->span;
        nothing->plain = true;
        return nothing;
    }
    auto list = std::make_shared<YamlNode>();
    list->kind = YamlNode::Kind::list;
    list->span = value->span;
    list->items = std::move(items);
    return list;
}

Yaml choose_in_part(Chooser& chooser, const Yaml& part) {
    std::shared_ptr<YamlNode> changed;
    for (std::size_t i = 0; i < part->pairs.size(); ++i) {
        const auto& pair = part->pairs[i];
        auto value = chosen_value(chooser, key_with_clauses(pair.key->text), pair.value);
        if (value == pair.value) continue;
        if (!changed) changed = std::make_shared<YamlNode>(*part);
        changed->pairs[i].value = std::move(value);
    }
    return changed ? Yaml(changed) : part;
}

}  // namespace

void check_clauses(Complaints& complaints, const YamlNode& project) {
    const auto parts = find_value(project, "parts");
    if (!parts || parts->kind != YamlNode::Kind::map) return;
    Grammarian grammarian(complaints);
    for (const auto& part : parts->pairs)
        for (const auto& pair : part.value->pairs) {
            if (const auto* key = key_with_clauses(pair.key->text)) grammarian.read(*pair.value, has_texts(key->shape));
            else refuse_clauses(complaints, pair);
        }
}

Yaml choose_clauses(Complaints& complaints, const Yaml& parts, const Arch& build_on, const Arch& build_for,
                    const std::string& platform) {
    if (!parts || parts->kind != YamlNode::Kind::map) return parts;
    Chooser chooser(complaints, build_on, build_for, platform);
    std::shared_ptr<YamlNode> changed;
    for (std::size_t i = 0; i < parts->pairs.size(); ++i) {
        const auto& part = parts->pairs[i].value;
        if (part->kind != YamlNode::Kind::map) continue;
        auto chosen = choose_in_part(chooser, part);
        if (chosen == part) continue;
        if (!changed) changed = std::make_shared<YamlNode>(*parts);
        changed->pairs[i].value = std::move(chosen);
    }
    return changed ? Yaml(changed) : parts;
}

}  // namespace rockbuild
