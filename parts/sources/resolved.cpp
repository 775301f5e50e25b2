#include "parts/sources/resolved.hpp"

#include "store/bytes.hpp"

namespace rockbuild {

namespace {

// First byte of the encoding: on disk. Raised when the fields change, or when the same fields come to mean other files.
constexpr std::uint8_t resolved_version = 1;

void write_optional(ByteWriter& writer, const std::optional<std::int64_t>& value) {
    writer.byte(value ? 1 : 0);
    if (value) writer.signed_number(*value);
}

std::vector<std::string> read_texts(ByteReader& reader) {
    std::vector<std::string> texts;
    for (auto left = reader.number(); left > 0 && reader.good(); --left) texts.emplace_back(reader.text());
    return texts;
}

}  // namespace

std::string ResolvedSource::encode() const {
    ByteWriter writer;
    writer.byte(resolved_version);
    writer.text(kind);
    writer.signed_number(time);
    write_optional(writer, clamp);
    writer.digest(file);
    writer.text(name);
    writer.number(mode);
    writer.text(url);
    writer.text(commit);
    writer.text(branch);
    writer.number(tags.size());
    for (const auto& tag : tags) {
        writer.text(tag.name);
        writer.text(tag.object);
        writer.text(tag.commit);
    }
    writer.byte(submodules ? 1 : 0);
    if (submodules) {
        writer.number(submodules->size());
        for (const auto& path : *submodules) writer.text(path);
    }
    return writer.take();
}

std::optional<ResolvedSource> ResolvedSource::decode(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.byte() != resolved_version) return std::nullopt;
    ResolvedSource source;
    source.kind = reader.text();
    source.time = reader.signed_number();
    if (reader.byte() != 0) source.clamp = reader.signed_number();
    source.file = reader.digest();
    source.name = reader.text();
    source.mode = reader.small_number();
    source.url = reader.text();
    source.commit = reader.text();
    source.branch = reader.text();
    for (auto left = reader.number(); left > 0 && reader.good(); --left) {
        auto& tag = source.tags.emplace_back();
        tag.name = reader.text();
        tag.object = reader.text();
        tag.commit = reader.text();
    }
    if (reader.byte() != 0) source.submodules = read_texts(reader);
    if (!reader.complete()) return std::nullopt;
    return source;
}

}  // namespace rockbuild
