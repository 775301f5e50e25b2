#include "support/key.hpp"

#include <algorithm>
#include <array>

namespace rockbuild {

// Tags of the encoding. They are in every stored key: never renumber, only add.
namespace {
constexpr char tag_kind = 'k';
constexpr char tag_name = 'n';
constexpr char tag_text = 't';
constexpr char tag_number = 'u';
constexpr char tag_digest = 'd';
constexpr char tag_list = 'l';
constexpr char tag_pairs = 'p';

std::array<char, 8> big_endian(std::uint64_t value) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i) & 0xff);
    return bytes;
}
}  // namespace

KeyWriter::KeyWriter(std::string_view kind, std::uint32_t version) {
    put(tag_kind, kind);
    field("key version", version);
}

void KeyWriter::put(char tag, std::string_view bytes) {
    const auto length = big_endian(bytes.size());
    hash_.update(&tag, 1).update(length.data(), length.size()).update(bytes);
}

void KeyWriter::note(std::string_view name, std::string value) {
    fields_.emplace_back(std::string(name), std::move(value));
}

KeyWriter& KeyWriter::field(std::string_view name, std::string_view value) {
    put(tag_name, name);
    put(tag_text, value);
    note(name, std::string(value));
    return *this;
}

KeyWriter& KeyWriter::field(std::string_view name, std::uint64_t value) {
    put(tag_name, name);
    const auto bytes = big_endian(value);
    put(tag_number, {bytes.data(), bytes.size()});
    note(name, std::to_string(value));
    return *this;
}

KeyWriter& KeyWriter::field(std::string_view name, const Digest& value) {
    put(tag_name, name);
    put(tag_digest, {reinterpret_cast<const char*>(value.bytes().data()), Digest::size});
    note(name, value.str());
    return *this;
}

KeyWriter& KeyWriter::field(std::string_view name, const std::vector<std::string>& values) {
    put(tag_name, name);
    const auto count = big_endian(values.size());
    put(tag_list, {count.data(), count.size()});
    std::string text;
    for (const auto& value : values) {
        put(tag_text, value);
        text += text.empty() ? value : " " + value;
    }
    note(name, std::move(text));
    return *this;
}

KeyWriter& KeyWriter::field(std::string_view name, const std::vector<std::pair<std::string, std::string>>& pairs) {
    put(tag_name, name);
    const auto count = big_endian(pairs.size());
    put(tag_pairs, {count.data(), count.size()});
    std::string text;
    for (const auto& [first, second] : pairs) {
        put(tag_text, first);
        put(tag_text, second);
        text += (text.empty() ? "" : " ") + first + "=" + second;
    }
    note(name, std::move(text));
    return *this;
}

Key KeyWriter::finish() { return {hash_.finish(), std::move(fields_)}; }

std::vector<KeyChange> changes(const KeyFields& before, const KeyFields& after) {
    const auto find = [](const KeyFields& fields, const std::string& name) {
        return std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
    };
    std::vector<KeyChange> result;
    for (const auto& [name, value] : after) {
        const auto old = find(before, name);
        if (old == before.end()) result.push_back({name, {}, value});
        else if (old->second != value) result.push_back({name, old->second, value});
    }
    for (const auto& [name, value] : before)
        if (find(after, name) == after.end()) result.push_back({name, value, {}});
    return result;
}

}  // namespace rockbuild
