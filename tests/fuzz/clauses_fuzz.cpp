// Bytes as a part whose keys are said with clauses, in a file that is right otherwise. For every pair of architectures
// no clause is left in what was chosen, and of a good file choosing twice chooses the same.
#include "project/clauses.hpp"
#include "project/document.hpp"
#include "project/shape.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace rockbuild;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

constexpr std::array<std::string_view, 20> clause_words{"on amd64",
                                                        "to arm64",
                                                        "on amd64 to arm64",
                                                        "else",
                                                        "else fail",
                                                        "on arm64",
                                                        "to amd64",
                                                        "on amd64,arm64",
                                                        "for x",
                                                        "try",
                                                        "on riscv",
                                                        "on",
                                                        "to",
                                                        "on  amd64",
                                                        "on amd64 to",
                                                        "else on",
                                                        "ona",
                                                        "on: amd64",
                                                        "",
                                                        "on amd64 on arm64"};
constexpr std::array<std::string_view, 6> keys{"stage-packages", "source",   "after",
                                               "plugin",         "organize", "override-build"};

/// Writes YAML by what the fuzzer's bytes choose.
class Writer {
public:
    Writer(const unsigned char* data, std::size_t size) : data_(data), left_(size) {}

    std::string document() {
        std::string text =
            "name: my-rock\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\n"
            "platforms: {amd64: , arm64: {build-on: [amd64, arm64]}, x: {build-on: s390x, build-for: riscv64}}\n"
            "parts:\n  p:\n";
        for (const auto key : keys) text += "    " + std::string(key) + ": " + value(0) + "\n";
        return text;
    }

private:
    unsigned next() {
        if (left_ == 0) return 0;
        --left_;
        return *data_++;
    }

    std::string word() {
        const auto kind = next();
        if (kind < 200) return '"' + std::string(clause_words.at(kind % clause_words.size())) + '"';
        std::string text = "\"";
        for (auto count = kind % 8; count > 0; --count) {
            const auto c = static_cast<char>(next());
            text += c >= ' ' && c < 0x7f && c != '"' && c != '\\' ? c : 'x';
        }
        return text + '"';
    }

    std::string value(int depth) {
        const auto kind = next() % 8;
        if (kind < 2 || depth > 4) return kind == 0 ? "" : word();
        std::string text;
        for (auto count = next() % 4; count > 0; --count) {
            if (!text.empty()) text += ", ";
            if (kind < 6) text += next() % 3 == 0 ? word() : "{" + word() + ": " + value(depth + 1) + "}";
            else text += word() + ": " + value(depth + 1);
        }
        return kind < 6 ? "[" + text + "]" : "{" + text + "}";
    }

    const unsigned char* data_;
    std::size_t left_;
};

/// A clause as it must not be left over: `on X`, `to X`, `on X to Y`, `else`.
bool is_clause(const std::string& key) {
    std::istringstream stream(key);
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    if (words.size() == 2) return words[0] == "on" || words[0] == "to";
    return key == "else" || (words.size() == 4 && words[0] == "on" && words[2] == "to");
}

bool begins_with_clause(const YamlNode& node) { return !node.pairs.empty() && is_clause(node.pairs[0].key->text); }

/// Of every value of a part: neither it nor an entry of it is a clause. (What lies deeper is of a wrong kind, and
/// told.)
void without_clauses(const YamlNode& part) {
    for (const auto& [key, value] : part.pairs) {
        must(!begins_with_clause(*value));
        for (const auto& item : value->items)
            must(!begins_with_clause(*item) && (item->kind != YamlNode::Kind::scalar || item->text != "else fail"));
    }
}

bool same(const YamlNode& a, const YamlNode& b) {
    const auto equal = [](const Yaml& x, const Yaml& y) { return same(*x, *y); };
    return a.kind == b.kind && a.text == b.text &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), equal) &&
           std::equal(a.pairs.begin(), a.pairs.end(), b.pairs.begin(), b.pairs.end(), [](const auto& x, const auto& y) {
               return x.key->text == y.key->text && same(*x.value, *y.value);
           });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto document = read_document(Writer(data, size).document(), "f");
    if (document.root == nullptr) return 0;
    const auto parts = find_value(*document.root, "parts");
    if (!parts) return 0;
    for (const auto& on : architectures)
        for (const auto& target : architectures) {
            Complaints said("f");
            const auto chosen = choose_clauses(said, parts, on, target, "here");
            for (const auto& part : chosen->pairs) without_clauses(*part.value);
            if (document.good()) must(same(*chosen, *choose_clauses(said, chosen, on, target, "here")));
            for (const auto& item : said.all()) must(item.code == "RB0322");
        }
    for (const auto& build : document.builds) (void)project_for(document, build);
    return 0;
}
