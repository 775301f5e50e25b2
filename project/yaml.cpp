#include "project/yaml.hpp"

#include "project/yaml_problem.hpp"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::size_t most_depth = 200;           // libyaml itself is quadratic in depth: we stop while it reads
constexpr std::uint64_t most_weight = 1'000'000;  // what all aliases of a file may stand for together
constexpr std::size_t text_per_weight = 64;

/// What a byte order mark is in UTF-8: no part of the text.
std::string_view without_mark(std::string_view text) {
    return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

std::string text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

Position position(const yaml_mark_t& mark) {
    return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// `tag:yaml.org,2002:int` as it is written: `!!int`.
std::string short_tag(std::string tag) {
    constexpr std::string_view usual = "tag:yaml.org,2002:";
    return tag.starts_with(usual) ? "!!" + tag.substr(usual.size()) : tag;
}

class TreeBuilder {
public:
    TreeBuilder(std::string_view text, const std::string& file, YamlReader reader)
        : text_(without_mark(text)), file_(file), pebble_(reader == YamlReader::pebble) {
        yaml_parser_initialize(&parser_);
        yaml_parser_set_input_string(
            &parser_, reinterpret_cast<const unsigned char*>(text_.empty() ? "" : text_.data()), text_.size());
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);  // as upstream: no guessing at UTF-16
    }
    ~TreeBuilder() { yaml_parser_delete(&parser_); }
    TreeBuilder(const TreeBuilder&) = delete;
    TreeBuilder& operator=(const TreeBuilder&) = delete;

    YamlReading read() {
        while (!failed_ && !ended_) {
            yaml_event_t event;
            if (yaml_parser_parse(&parser_, &event) == 0) {
                syntax_error();
                break;
            }
            const std::unique_ptr<yaml_event_t, decltype(&yaml_event_delete)> release(&event, yaml_event_delete);
            take(event);
        }
        if (!failed_) result_.root = root_;
        return std::move(result_);
    }

private:
    struct Open {
        std::shared_ptr<YamlNode> node;
        std::string anchor;
        Yaml key;           // of a map: the key that waits for its value
        bool drop = false;  // what was wrong with that key has been said: the pair would only give more errors
        std::unordered_map<std::string, const YamlNode*> keys;
        std::vector<YamlPair> merges;
    };

    struct Anchor {
        Yaml node;  // null until it is complete
        Span place;
        std::size_t section = 0;
    };

    Span span(const yaml_mark_t& begin, const yaml_mark_t& end) const {
        return {file_, position(begin), position(end)};
    }

    Diagnostic& error(std::string code, std::string message, Span place, std::string hint = {}) {
        auto& item = result_.diagnostics.emplace_back();
        item.code = std::move(code);
        item.message = std::move(message);
        item.span = std::move(place);
        item.hint = std::move(hint);
        return item;
    }

    void fatal(std::string message, Span place, std::string hint = {}) {
        error("RB0300", std::move(message), std::move(place), std::move(hint));
        failed_ = true;
    }

    void syntax_error() {
        const auto& p = parser_;
        YamlProblem problem;
        if (p.problem != nullptr) problem.problem = p.problem;
        if (p.context != nullptr) problem.context = p.context;
        problem.at = position(p.problem_mark);
        problem.context_at = position(p.context_mark);
        if (p.error == YAML_READER_ERROR) problem.byte = p.problem_offset;
        problem.value = p.problem_value;
        result_.diagnostics.push_back(explain_yaml_problem(text_, file_, problem));
        failed_ = true;
    }

    void take(const yaml_event_t& event) {
        const auto place = span(event.start_mark, event.end_mark);
        switch (event.type) {
            case YAML_STREAM_END_EVENT:
                ended_ = true;
                break;
            case YAML_DOCUMENT_START_EVENT:
                if (++documents_ > 1)
                    fatal("a second document begins here", place,
                          "a project file is one document: remove what follows `---`");
                if (const auto* version = event.data.document_start.version_directive;
                    pebble_ && version != nullptr && version->minor != 1)
                    fatal("Pebble reads no YAML of this version", place, "remove the %YAML line");
                break;
            case YAML_DOCUMENT_END_EVENT:
                if (pebble_) ended_ = true;
                break;
            case YAML_SCALAR_EVENT: {
                const auto& scalar = event.data.scalar;
                auto node = std::make_shared<YamlNode>();
                node->span = place;
                node->text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
                node->tag = take_tag(text_of(scalar.tag), place);
                node->weight += scalar.length / text_per_weight;
                node->plain = scalar.plain_implicit != 0 && scalar.style == YAML_PLAIN_SCALAR_STYLE;
                if (pebble_ && scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                    !pebble_takes_bare(*node, event.end_mark.index))
                    return;
                node->literal = scalar.style == YAML_LITERAL_SCALAR_STYLE;
                node->folded = scalar.style == YAML_FOLDED_SCALAR_STYLE;
                const auto anchor = text_of(scalar.anchor);
                announce(anchor, place);
                remember(anchor, node);
                put(std::move(node));
                break;
            }
            case YAML_ALIAS_EVENT: {
                const auto name = text_of(event.data.alias.anchor);
                const auto found = anchors_.find(name);
                if (found == anchors_.end())
                    return fatal(fmt::format("there is no anchor '&{}' before this", name), place,
                                 "define it above, or check its name");
                if (!found->second.node && pebble_) {
                    error("RB0300", fmt::format("the alias '*{}' lies in what it stands for", name), place,
                          "an alias comes after the end of what its anchor marks");
                    auto nothing = std::make_shared<YamlNode>();
                    nothing->span = place;
                    nothing->plain = true;
                    return put(std::move(nothing));
                }
                if (!found->second.node)
                    return fatal(fmt::format("the alias '*{}' lies in what it stands for", name), place,
                                 "an alias comes after the end of what its anchor marks");
                aliased_ += found->second.node->weight;
                if (aliased_ > most_weight)
                    return fatal("the aliases of this file stand for too much", place, "use fewer aliases of aliases");
                auto used = std::make_shared<YamlNode>(*found->second.node);
                used->anchor = used->span;
                used->span = place;
                used->foreign = !in_reach(found->second);
                put(std::move(used), "*" + name);
                break;
            }
            case YAML_SEQUENCE_START_EVENT:
                open(YamlNode::Kind::list, place, text_of(event.data.sequence_start.anchor),
                     text_of(event.data.sequence_start.tag),
                     event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
                break;
            case YAML_MAPPING_START_EVENT:
                open(YamlNode::Kind::map, place, text_of(event.data.mapping_start.anchor),
                     text_of(event.data.mapping_start.tag), event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
                break;
            case YAML_SEQUENCE_END_EVENT:
            case YAML_MAPPING_END_EVENT:
                close(position(event.end_mark));
                break;
            default:
                break;
        }
    }

    void open(YamlNode::Kind kind, const Span& place, std::string anchor, const std::string& tag, bool flow) {
        if (open_.size() >= most_depth)
            return fatal("this is nested too deeply", place, fmt::format("at most {} levels are read", most_depth));
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->span = place;
        node->flow = flow;
        node->tag = take_tag(tag, place);
        announce(anchor, place);
        open_.push_back({std::move(node), std::move(anchor), nullptr, false, {}, {}});
    }

    void close(Position end) {
        auto done = std::move(open_.back());
        open_.pop_back();
        done.node->span.end = end;
        if (!done.merges.empty()) merge_into(*done.node, done.merges.front().value);
        remember(done.anchor, done.node);
        put(std::move(done.node));
    }

    /// From an anchor's first sight its name is taken; what it stands for is known when that is complete.
    void announce(const std::string& anchor, const Span& place) {
        if (anchor.empty()) return;
        const auto [first, fresh] = anchors_.try_emplace(anchor, Anchor{nullptr, place, section_});
        if (fresh) return;
        if (pebble_) {
            first->second = {nullptr, place, section_};
            return;
        }
        auto& item = error("RB0301", fmt::format("the anchor '&{}' is given twice", anchor), place,
                           "name one of them otherwise");
        item.notes.push_back({"first given here", first->second.place});
    }

    void remember(const std::string& anchor, const Yaml& node) {
        if (anchor.empty()) return;
        auto& known = anchors_[anchor];
        if (known.place.begin == node->span.begin) known.node = node;  // else it marks something within by now
    }

    /// Pebble takes each section of a layer by itself, without the anchors of others. Only what `<<` merges into
    /// the file's own map may come from anywhere.
    bool in_reach(const Anchor& anchor) const {
        if (!pebble_ || anchor.section == section_) return true;
        return std::all_of(open_.begin(), open_.end(), [&](const Open& open) {
            return &open != &open_.front() || (open.key && open.key->text == "<<");
        });
    }

    /// Is this in [ ] or { }, as far as the section goes?
    bool in_flow() const {
        return open_.size() > 1 &&
               std::any_of(open_.begin() + 1, open_.end(), [](const Open& open) { return open.node->flow; });
    }

    /// What yaml.v3 reads otherwise in a bare word. False: it can't be read at all, and that has been said.
    bool pebble_takes_bare(YamlNode& node, std::size_t end) {
        const bool any_flow = std::any_of(open_.begin(), open_.end(), [](const Open& open) { return open.node->flow; });
        if (any_flow && node.text.find('?') != std::string::npos) {
            fatal(fmt::format("Pebble's YAML takes the '?' of '{}' for a sign of its own", node.text), node.span,
                  "put it in quotes");
            return false;
        }
        if (any_flow && node.text.empty() && !node.tag.empty() && character_at(end) == ',') {
            fatal(fmt::format("Pebble's YAML takes the ',' for a part of the tag {}", node.tag), node.span,
                  "put a blank before it");
            return false;
        }
        const bool is_key = !open_.empty() && open_.back().node->kind == YamlNode::Kind::map && !open_.back().key;
        if (node.text.empty() && (in_flow() || (is_key && open_.size() > 1))) node.plain = false;
        return true;
    }

    /// The first byte of a character, which libyaml counts; to be asked in the order of the file. NUL after the end.
    char character_at(std::size_t index) {
        const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
        for (; index > seen_.characters && seen_.bytes < text_.size(); ++seen_.characters) do
                ++seen_.bytes;
            while (seen_.bytes < text_.size() && !begins(text_[seen_.bytes]));
        return seen_.bytes < text_.size() ? text_[seen_.bytes] : '\0';
    }

    std::string take_tag(const std::string& tag, const Span& place) {
        if (pebble_) return tag == "!" ? std::string() : short_tag(tag);
        check_tag(tag, place);
        return {};
    }

    void check_tag(const std::string& tag, const Span& place) {
        if (tag.empty() || tag == "!" || tag == YAML_STR_TAG || tag == YAML_MAP_TAG || tag == YAML_SEQ_TAG) return;
        error("RB0300", fmt::format("the tag '{}' means nothing here", tag), place,
              "put the value in quotes if the `!` belongs to it");
    }

    /// `alias` is how an alias is written, empty for everything else.
    void put(Yaml node, const std::string& alias = {}) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& top = open_.back();
        top.node->weight += node->weight;
        if (top.node->kind == YamlNode::Kind::list) {
            top.node->items.push_back(std::move(node));
        } else if (!top.key) {
            if (open_.size() == 1) ++section_;
            take_key(top, std::move(node), alias);
        } else {
            auto key = std::exchange(top.key, nullptr);
            if (std::exchange(top.drop, false)) {
                // A key that is no text may have been any; one that is given twice is there.
                if (!top.keys.contains(key->text)) top.node->faulty = true;
                return;
            }
            if (is_merge(*key)) top.merges.push_back({std::move(key), std::move(node)});
            else top.node->pairs.push_back({std::move(key), std::move(node)});
        }
    }

    static bool is_merge(const YamlNode& key) {
        return key.text == "<<" && ((key.plain && key.tag.empty()) || key.tag == "!!merge");
    }

    /// Keys are the same when their texts are, quoted or not, as upstream tells them; to Pebble's reader an alias is
    /// the same as the same alias only.
    void take_key(Open& top, Yaml key, const std::string& alias) {
        const auto errors = result_.diagnostics.size();
        if (key->kind != YamlNode::Kind::scalar) {
            error("RB0300", "a key must be a word, not a list or a map", key->span,
                  errors > 0 || text_.find("{{") == std::string_view::npos
                      ? std::string()
                      : "`{{ }}` must be filled in by the tool that it was written for, or stand in quotes");
        } else if (const auto type = yaml_type(*key);
                   !pebble_ && (type == YamlType::boolean || type == YamlType::null)) {
            error("RB0300",
                  fmt::format("the key '{}' is no text: YAML reads it as {}", key->text,
                              type == YamlType::null ? "nothing" : "yes or no"),
                  key->span, fmt::format("write \"{}\"", key->text));
        } else if (const auto [first, fresh] =
                       top.keys.try_emplace(pebble_ && !alias.empty() ? alias : key->text, key.get());
                   !fresh) {
            auto& item =
                error("RB0301", fmt::format("the key '{}' is given twice", key->text), key->span, "keep one of them");
            item.notes.push_back({"first given here", first->second->span});
        }
        top.drop = result_.diagnostics.size() > errors;
        top.key = std::move(key);
    }

    /// `<<: *a` or `<<: [*a, *b]`: merged pairs come first, of several maps the last one's; a key that is given again,
    /// by an earlier one of them or by the map itself, gets the new value at its old place. So PyYAML orders them.
    void merge_into(YamlNode& map, const Yaml& merge) {
        std::vector<YamlPair> pairs;
        std::unordered_map<std::string_view, std::size_t> places;
        const auto set = [&](const YamlPair& pair) {
            const auto [place, fresh] = places.try_emplace(pair.key->text, pairs.size());
            if (fresh) pairs.push_back(pair);
            else pairs[place->second] = pair;
        };
        if (pebble_ && merge->anchor && merge->kind == YamlNode::Kind::list)
            error("RB0302", "Pebble merges no list that an alias stands for", merge->span,
                  "write the aliases of its maps here: `<<: [*a, *b]`");
        auto sources = merge->kind == YamlNode::Kind::list ? merge->items : std::vector<Yaml>{merge};
        std::reverse(sources.begin(), sources.end());
        for (const auto& source : sources) {
            if (source->foreign)
                error("RB0300", "this alias stands for something in another section: Pebble doesn't find it",
                      source->span, "write out what it stands for");
            if (source->kind == YamlNode::Kind::map) std::for_each(source->pairs.begin(), source->pairs.end(), set);
            else
                error("RB0302", "only a map can be merged with '<<'", source->span,
                      "write `<<: *name` of an anchor before a map");
        }
        for (const auto& pair : map.pairs) set(pair);
        map.pairs = std::move(pairs);
    }

    std::string_view text_;
    const std::string& file_;
    yaml_parser_t parser_{};
    YamlReading result_;
    Yaml root_;
    std::vector<Open> open_;
    std::map<std::string, Anchor> anchors_;
    struct Seen {
        std::size_t characters = 0;
        std::size_t bytes = 0;
    };
    Seen seen_;
    std::size_t section_ = 0;  // how many keys of the file's own map have been read
    std::uint64_t aliased_ = 0;
    int documents_ = 0;
    const bool pebble_;
    bool failed_ = false;
    bool ended_ = false;
};

}  // namespace

YamlReading read_yaml(std::string_view text, const std::string& file, YamlReader reader) {
    return TreeBuilder(text, file, reader).read();
}

}  // namespace rockbuild
