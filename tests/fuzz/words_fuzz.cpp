// Any text against every pattern of the language: it is answered at once; and for names and versions the answer is what
// a few lines of plain code say.
#include "project/check_shape.hpp"
#include "project/language.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

using namespace rockbuild;

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(const std::string& text) {
    char before = '-';
    bool letter = false;
    for (const char c : text) {
        if (!is_lower(c) && !is_digit(c) && (c != '-' || before == '-')) return false;
        letter |= is_lower(c);
        before = c;
    }
    return letter && before != '-';
}

bool is_version(const std::string& text) {
    const auto plain = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
    if (text.empty() || !plain(text.front())) return false;
    for (const char c : text)
        if (!plain(c) && std::string_view(":.+~-").find(c) == std::string_view::npos) return false;
    return plain(text.back()) || text.back() == '+' || text.back() == '~';
}

void gather(const ObjectShape& object, std::set<const TextRule*>& rules);

void gather(const Shape& shape, std::set<const TextRule*>& rules) {
    for (const auto* rule : {shape.rule, shape.key_rule})
        if (rule != nullptr) rules.insert(rule);
    for (const auto* inner : {&shape.item, &shape.otherwise})
        for (const auto& one : *inner) gather(one, rules);
    if (shape.object != nullptr) gather(*shape.object, rules);
}

void gather(const ObjectShape& object, std::set<const TextRule*>& rules) {
    for (const auto& key : object.keys) gather(key.shape, rules);
}

std::set<const TextRule*> every_rule() {
    std::set<const TextRule*> rules;
    gather(project_shape(), rules);
    for (const auto& plugin : plugin_shapes()) gather(plugin.keys, rules);
    for (const auto& kind : repository_kinds()) gather(*kind.shape, rules);
    return rules;
}

const TextRule& rule_of(std::string_view key) {
    for (const auto& one : project_shape().keys)
        if (one.name == key) return *one.shape.rule;
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto rules = every_rule();
    static const auto& name = rule_of("name");
    static const auto& version = rule_of("version");
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const auto* rule : rules) (void)follows(*rule, text);
    (void)source_type_of("", text);
    if (size > most_matched) return 0;
    if (follows(name, text) != is_name(text) || follows(version, text) != is_version(text)) std::abort();
    return 0;
}
