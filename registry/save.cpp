#include "registry/save.hpp"

#include "image/documents.hpp"
#include "image/tar_header.hpp"
#include "registry/json_member.hpp"
#include "registry/parallel.hpp"
#include "system/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::string member_name(const ContentDigest& digest) {
    return fmt::format("blobs/{}/{}", digest.algorithm_name(), digest.encoded());
}

Json index_entry_json(const Document& root, const std::string& tag) {
    Json entry{{"mediaType", root.media_type}, {"digest", root.digest.str()}, {"size", root.bytes.size()}};
    if (!tag.empty()) entry["annotations"] = {{"org.opencontainers.image.ref.name", tag}};
    return entry;
}

std::string index_text(const Json& entries) {
    return Json{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", entries}}.dump();
}

/// `write` gets each blob's index and bytes in order; several blobs at a time. Digests and sizes are checked.
template <class Write>
Result<void> read_blobs(ImageSource& source, const std::vector<ContentReference>& blobs, unsigned jobs,
                        EventSink& events, Write write) {
    std::uint64_t total = 0;
    for (const auto& blob : blobs) total += blob.size;
    std::atomic<std::uint64_t> done{0};
    std::atomic<bool> failed{false};  // nobody needs the rest of what is coming
    return for_each_parallel(blobs.size(), jobs, [&](std::size_t i) -> Result<void> {
        ContentHash hash(blobs[i].digest.algorithm());
        std::uint64_t at = 0;
        auto result = source.read(blobs[i], [&](std::string_view bytes) -> Result<void> {
            if (failed) return fail("RB0111", "another blob failed", "", ExitCode::interrupted);
            hash.update(bytes);
            TRY_VOID(write(i, at, bytes));
            at += bytes.size();
            events.progress("pull", done += bytes.size(), total);
            return {};
        });
        if (result && (at != blobs[i].size || hash.finish() != blobs[i].digest))
            result = fail("RB1557", fmt::format("the blob {} of '{}' is damaged", blobs[i].digest.str(), source.name()),
                          "get or build the image again", ExitCode::bad_data);
        if (!result) failed = true;
        return result;
    });
}

/// True if the file is that blob, whole and right.
bool is_there(const fs::path& path, const ContentReference& blob) {
    const auto file = open_file(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status{};
    if (!file || ::fstat(file->get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) != blob.size)
        return false;
    ContentHash hash(blob.digest.algorithm());
    std::string buffer(1 << 18, '\0');
    for (ssize_t count = 0; (count = ::read(file->get(), buffer.data(), buffer.size())) > 0;)
        hash.update({buffer.data(), static_cast<std::size_t>(count)});
    return hash.finish() == blob.digest;
}

}  // namespace

Result<void> save_archive(ImageSource& source, const fs::path& path, const std::string& tag, unsigned jobs,
                          EventSink& events) {
    const auto contents = TRY(contents_of(source));
    struct Text {
        std::string name;
        std::string bytes;
    };
    // Small members first: who reads the file need not pass over the large ones.
    std::vector<Text> texts{{"oci-layout", layout_json()},
                            {"index.json", index_text(Json::array({index_entry_json(source.root(), tag)}))}};
    for (auto document = contents.documents.rbegin(); document != contents.documents.rend(); ++document)
        texts.push_back({member_name(document->digest), document->bytes});

    auto file = TRY(NewFile::beside(path));
    std::uint64_t at = 0;
    const auto put = [&](std::string_view bytes) -> Result<void> {
        TRY_VOID(file.write_at(at, bytes));
        at += bytes.size();
        return {};
    };
    for (const auto* folder : {"blobs/", "blobs/sha256/"})
        TRY_VOID(put(TRY(tar_header({.name = folder, .type = TarMember::Type::folder, .mode = 0755}))));
    for (const auto& text : texts) {
        TRY_VOID(put(TRY(tar_header({.name = text.name, .size = text.bytes.size()}))));
        TRY_VOID(put(text.bytes + std::string(tar_padded(text.bytes.size()) - text.bytes.size(), '\0')));
    }
    std::vector<std::uint64_t> places;
    for (const auto& blob : contents.blobs) {
        TRY_VOID(put(TRY(tar_header({.name = member_name(blob.digest), .size = blob.size}))));
        places.push_back(at);
        at += tar_padded(blob.size);
    }
    if (::ftruncate(file.fd(), static_cast<off_t>(at + 2 * tar_block)) != 0) return file.failed("write", errno);
    TRY_VOID(read_blobs(
        source, contents.blobs, jobs, events, [&](std::size_t i, std::uint64_t offset, std::string_view bytes) {
            return offset + bytes.size() > contents.blobs[i].size
                       ? Result<void>(
                             fail("RB1557", fmt::format("the blob {} is too long", contents.blobs[i].digest.str())))
                       : file.write_at(places[i] + offset, bytes);
        }));
    return file.finish();
}

Result<void> save_layout(ImageSource& source, const fs::path& folder, const std::string& tag, unsigned jobs,
                         EventSink& events) {
    const auto contents = TRY(contents_of(source));
    const auto index_file = folder / "index.json";
    auto entries = Json::array();
    if (const auto text = TRY(read_file_if_any(index_file))) {
        const auto index = parse_untrusted<Json>(*text);
        if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array())
            return fail("RB1558", fmt::format("'{}' is no OCI layout: its index.json can't be read", folder.native()),
                        {}, ExitCode::bad_data);
        for (const auto& entry : index["manifests"]) {
            const auto annotations = object_member(entry, "annotations");
            const bool has_tag = text_member(annotations, "org.opencontainers.image.ref.name") == tag;
            const bool is_same = text_member(entry, "digest") == source.root().digest.str();
            if (has_tag && (is_same || !tag.empty())) continue;
            entries.push_back(entry);
        }
    }
    TRY_VOID(make_folders(folder / "blobs/sha256"));
    std::vector<ContentReference> missing;
    for (const auto& blob : contents.blobs)
        if (!is_there(folder / member_name(blob.digest), blob)) missing.push_back(blob);
    std::vector<NewFile> files;
    for (const auto& blob : missing) {
        TRY_VOID(make_folders((folder / member_name(blob.digest)).parent_path()));
        files.push_back(TRY(NewFile::beside(folder / member_name(blob.digest))));
    }
    TRY_VOID(read_blobs(
        source, missing, jobs, events,
        [&](std::size_t i, std::uint64_t offset, std::string_view bytes) { return files[i].write_at(offset, bytes); }));
    for (auto& file : files) TRY_VOID(file.finish());
    for (const auto& document : contents.documents)
        TRY_VOID(write_file(folder / member_name(document.digest), document.bytes));
    TRY_VOID(write_file(folder / "oci-layout", layout_json()));
    entries.push_back(index_entry_json(source.root(), tag));
    return write_file(index_file, index_text(entries));
}

}  // namespace rockbuild
