#include "project/variables.hpp"

#include "project/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rockbuild {

namespace {

constexpr std::string_view cores = "CRAFT_PARALLEL_BUILD_COUNT";

std::string scalar(const YamlNode& project, std::string_view key) {
    const auto value = find_value(project, key);
    return value && value->kind == YamlNode::Kind::scalar ? yaml_text(*value) : std::string();
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    auto at = text.find(what);
    if (at == std::string::npos) return;
    std::string result;
    std::size_t done = 0;
    for (; at != std::string::npos; at = text.find(what, done)) {
        result.append(text, done, at - done).append(with);
        done = at + what.size();
    }
    text = std::move(result.append(text, done));
}

std::string filled(std::string text, const Variables& variables) {
    for (const auto& [name, value] : variables) {
        replace_all(text, "${" + name + "}", value);
        replace_all(text, "$" + name, value);
    }
    return text;
}

Yaml fill_in_scalar(const Yaml& node, const Variables& variables) {
    if (node->text.find('$') == std::string::npos) return node;
    auto text = filled(node->text, variables);
    if (text == node->text) return node;
    auto changed = std::make_shared<YamlNode>(*node);
    changed->text = std::move(text);
    changed->plain = false;  // its type was told before
    return changed;
}

class Finder {
public:
    explicit Finder(Complaints& complaints) : complaints_(complaints) {}

    void look_at(const YamlNode& node, bool in_parts) {
        if (node.kind == YamlNode::Kind::scalar) {
            say_old(node, "CRAFT_ARCH_TRIPLET", "CRAFT_ARCH_TRIPLET_BUILD_FOR");
            say_old(node, "CRAFT_TARGET_ARCH", "CRAFT_ARCH_BUILD_FOR");
            if (!in_parts && mentions(node.text, cores))
                complaints_.error("RB0314", fmt::format("'${}' would make every machine build another rock", cores),
                                  node.span, "write a number");
        }
        for (const auto& item : node.items) look_at(*item, in_parts);
        for (const auto& pair : node.pairs) {
            look_at(*pair.key, in_parts);
            look_at(*pair.value, in_parts || pair.key->text == "parts");
        }
    }

private:
    /// `$NAME` or `${NAME}`, and no longer name of the language that begins so.
    static bool mentions(const std::string& text, std::string_view name) {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
            const auto after = text.find_first_of('_', at + name.size()) == at + name.size();
            if (at > 0 && (text[at - 1] == '$' || (at > 1 && text[at - 1] == '{' && text[at - 2] == '$')) && !after)
                return true;
        }
        return false;
    }

    void say_old(const YamlNode& node, std::string_view old, std::string_view now) {
        if (std::find(said_.begin(), said_.end(), old) != said_.end() || !mentions(node.text, old)) return;
        said_.push_back(old);
        complaints_.warning("RB0323", fmt::format("'${}' is an old name", old), node.span,
                            fmt::format("write ${}", now));
    }

    Complaints& complaints_;
    std::vector<std::string_view> said_;
};

}  // namespace

Variables common_variables(const YamlNode& project) {
    constexpr std::size_t longest = 40;  // of a name or a version that is right: others would only blow up the text
    Variables variables;
    for (const auto& [name, key] : {std::pair("CRAFT_PROJECT_VERSION", "version"), {"CRAFT_PROJECT_NAME", "name"}})
        if (auto value = scalar(project, key); value.size() <= longest) variables.emplace_back(name, std::move(value));
    for (const auto& [name, path] : {std::pair("CRAFT_PROJECT_DIR", inside::project),
                                     {"CRAFT_OVERLAY", inside::overlay},
                                     {"CRAFT_STAGE", inside::stage},
                                     {"CRAFT_PRIME", inside::prime}})
        variables.emplace_back(name, path);
    return variables;
}

Variables build_variables(const Arch& build_on, const Arch& build_for) {
    const auto text = [](std::string_view view) { return std::string(view); };
    return {{"CRAFT_ARCH_TRIPLET_BUILD_FOR", text(build_for.triplet)},
            {"CRAFT_ARCH_TRIPLET_BUILD_ON", text(build_on.triplet)},
            {"CRAFT_ARCH_BUILD_FOR", text(build_for.debian)},
            {"CRAFT_ARCH_BUILD_ON", text(build_on.debian)},
            {"CRAFT_ARCH_TRIPLET", text(build_for.triplet)},
            {"CRAFT_TARGET_ARCH", text(build_for.debian)}};
}

std::string from_project(const std::string& path) {
    if (path == inside::project) return ".";
    return path.starts_with(inside::project + "/") ? path.substr(inside::project.size() + 1) : path;
}

Yaml fill_in(const Yaml& node, const Variables& variables) {
    if (!node) return node;
    if (node->kind == YamlNode::Kind::scalar) return fill_in_scalar(node, variables);
    std::shared_ptr<YamlNode> changed;
    const auto own = [&]() -> YamlNode& {
        if (!changed) changed = std::make_shared<YamlNode>(*node);
        return *changed;
    };
    for (std::size_t i = 0; i < node->items.size(); ++i)
        if (auto item = fill_in(node->items[i], variables); item != node->items[i]) own().items[i] = std::move(item);
    for (std::size_t i = 0; i < node->pairs.size(); ++i) {
        if (auto key = fill_in_scalar(node->pairs[i].key, variables); key != node->pairs[i].key)
            own().pairs[i].key = std::move(key);
        if (auto value = fill_in(node->pairs[i].value, variables); value != node->pairs[i].value)
            own().pairs[i].value = std::move(value);
    }
    return changed ? Yaml(changed) : node;
}

void check_filled_keys(Complaints& complaints, const YamlNode& filled) {
    // The reader has refused what was the same as written; what was filled in is plain no more.
    const bool changed =
        std::any_of(filled.pairs.begin(), filled.pairs.end(), [](const auto& pair) { return !pair.key->plain; });
    std::map<std::string_view, const YamlNode*> seen;
    for (const auto& pair : filled.pairs) {
        if (changed)
            if (const auto [first, fresh] = seen.try_emplace(pair.key->text, pair.key.get()); !fresh)
                complaints
                    .error("RB0301",
                           fmt::format("the key is '{}' once its variables are filled in, and that is given twice",
                                       pair.key->text),
                           pair.key->span, "keep one of them")
                    .notes.push_back({"first given here", first->second->span});
        check_filled_keys(complaints, *pair.value);
    }
    for (const auto& item : filled.items) check_filled_keys(complaints, *item);
}

void check_variables(Complaints& complaints, const YamlNode& project) { Finder(complaints).look_at(project, false); }

}  // namespace rockbuild
