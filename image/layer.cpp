// make_layer: the look-up by key, and the packer's four objects put in a line.
#include "image/layer.hpp"

#include "image/assembly_line.hpp"
#include "image/piece_encoder.hpp"

#include <charconv>
#include <optional>

namespace rockbuild {

namespace {

Key layer_key(const Digest& tree) {
    return KeyWriter("layer", 1).field("tree", tree).field("codec", codec_id()).finish();
}

std::optional<std::uint64_t> number(const StepResult& made, const std::string& name) {
    const auto found = made.values.find(name);
    if (found == made.values.end()) return std::nullopt;
    const auto& text = found->second;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<Digest> digest(const StepResult& made, const std::string& name) {
    const auto found = made.values.find(name);
    if (found == made.values.end()) return std::nullopt;
    const auto parsed = Digest::parse(found->second);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

/// A record that can't be read, or whose blob is gone, is as good as none.
Result<std::optional<Layer>> known_layer(const Store& store, const Digest& key) {
    const auto made = TRY(store.result(key));
    if (!made) return std::nullopt;
    const auto blob = digest(*made, "digest"), diff_id = digest(*made, "diff_id");
    const auto size = number(*made, "size"), uncompressed = number(*made, "uncompressed_size"),
               entries = number(*made, "entries");
    if (!blob || !diff_id || !size || !uncompressed || !entries || !store.has(*blob)) return std::nullopt;
    Layer layer;
    layer.digest = *blob;
    layer.diff_id = *diff_id;
    layer.size = *size;
    layer.uncompressed_size = *uncompressed;
    layer.entries = *entries;
    return layer;
}

StepResult record(const Layer& layer, const Key& key) {
    StepResult made;
    made.values = {{"digest", layer.digest.str()},
                   {"diff_id", layer.diff_id.str()},
                   {"size", std::to_string(layer.size)},
                   {"uncompressed_size", std::to_string(layer.uncompressed_size)},
                   {"entries", std::to_string(layer.entries)}};
    made.inputs = key.fields;
    return made;
}

constexpr std::uint64_t end_of_tar = 1024;

/// The size of the tar, known before it is made.
Result<std::uint64_t> tar_size(const std::shared_ptr<const Tree>& tree, const Store& store) {
    TreeEntries source(tree, store);
    std::uint64_t size = end_of_tar;
    while (auto item = TRY(source.next())) size += item->bytes();
    return size;
}

}  // namespace

bool layer_is_made(const Store& store, const Digest& tree) {
    const auto known = known_layer(store, layer_key(tree).digest);
    return known && known->has_value();
}

Result<Layer> make_layer(Store& store, const Digest& tree_digest, const LayerWork& work, const std::stop_token& stop) {
    const auto key = layer_key(tree_digest);
    if (auto known = TRY(known_layer(store, key.digest))) return *known;

    const auto tree = TRY(store.tree(tree_digest));
    Assembly assembly{.threads = work.threads};
    if (work.events != nullptr) {
        const auto total = TRY(tar_size(tree, store));
        assembly.progress = [&work, total](std::uint64_t done) { work.events->progress(work.subject, done, total); };
    }
    TreeEntries source(tree, store);
    BlobSink sink(TRY(store.writer()));
    TRY_VOID(assemble(source, sink, assembly, stop));
    const auto sunk = TRY(sink.finish());

    Layer layer;
    layer.digest = sunk.blob.digest;
    layer.diff_id = sunk.diff_id;
    layer.size = sunk.blob.size;
    layer.uncompressed_size = sunk.uncompressed_size;
    layer.entries = tree->size();
    TRY_VOID(store.put_result(key.digest, record(layer, key)));
    return layer;
}

}  // namespace rockbuild
