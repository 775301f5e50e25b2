// Every layer is read to its end: entries, sizes and digests are what the bytes say, not what the manifest promises.
#include "rockbuild/image_report.hpp"

#include "image/archive_stream.hpp"
#include "image/layout_files.hpp"
#include "pebble/check.hpp"
#include "pebble/layer.hpp"
#include "pebble/plan_json.hpp"
#include "project/yaml.hpp"
#include "rockbuild/diagnostic_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

Json as_json(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list) {
        auto list = Json::array();
        for (const auto& item : node.items) list.push_back(as_json(*item));
        return list;
    }
    if (node.kind == YamlNode::Kind::map) {
        auto map = Json::object();
        for (const auto& [key, value] : node.pairs) map[key->text] = as_json(*value);
        return map;
    }
    switch (yaml_type(node)) {
        case YamlType::null:
            return nullptr;
        case YamlType::boolean:
            return yaml_boolean(node).value_or(false);
        case YamlType::integer:
            if (const auto number = yaml_integer(node)) return *number;
            break;
        case YamlType::floating: {
            auto number = Json::parse(yaml_text(node), nullptr, false);
            if (number.is_number()) return number;
            break;
        }
        case YamlType::text:
            break;
    }
    return node.text;
}

Json yaml_json(std::string_view text, const std::string& file) {
    const auto reading = read_yaml(text, file);
    return reading.root ? as_json(*reading.root) : Json();
}

/// The layout behind a reference, for what the reader doesn't say: how large a layer is without its compression.
Result<std::unique_ptr<LayoutFiles>> layout_of(std::string reference) {
    for (const std::string_view transport : {"oci:", "oci-archive:"})
        if (reference.starts_with(transport)) {
            reference.erase(0, transport.size());
            break;
        }
    std::error_code error;
    if (!fs::exists(reference, error)) reference.erase(std::min(reference.rfind(':'), reference.size()));
    return LayoutFiles::open(reference);
}

Result<std::uint64_t> uncompressed_size(const LayoutFiles& files, const Digest& digest) {
    auto plain = TRY(Decompressor::open(TRY(files.stream(blob_path(digest))), digest.str()));
    std::uint64_t size = 0;
    for (;;) {
        const auto bytes = TRY(plain.next());
        if (bytes.empty()) return size;
        size += bytes.size();
    }
}

Result<std::optional<std::string>> file_text(const Store& store, const Tree& root, std::string_view path) {
    const auto real = resolve(root, path);
    const auto* entry = real ? root.find(*real) : nullptr;
    if (entry == nullptr || entry->type != EntryType::file || entry->size > (1 << 20)) return std::nullopt;
    return TRY(store.read(entry->digest));
}

/// The Pebble layers of the image and the plan that they make; if they make none, what is wrong with them.
Result<Json> pebble_report(const Store& store, const Tree& root) {
    const auto folder = TRY(layers_in_tree(store, root, std::string(pebble_folder) + "/layers"));
    Json report{{"layers", Json::array()}};
    LayerReading names{Complaints(folder.shown)};
    for (const auto& layer : layer_texts(folder, names))
        report["layers"].push_back({{"path", layer.file},
                                    {"order", layer.order},
                                    {"label", layer.label},
                                    {"layer", yaml_json(layer.text, layer.file)}});
    const auto reading = read_layers(folder);
    auto errors = Json::array();
    for (const auto& item : reading.diagnostics)
        if (item.severity == Severity::error) errors.push_back(diagnostic_json(item));
    report["plan"] = errors.empty() ? plan_json(reading.plan) : Json();
    if (!errors.empty()) report["errors"] = std::move(errors);
    return report;
}

}  // namespace

Result<std::string> image_report(const std::string& reference, Store& store) {
    const auto image = TRY(ImageReader::open(reference));
    const auto files = TRY(layout_of(reference));
    const auto manifest = Json::parse(image->manifest_json(), nullptr, false);
    const auto config = Json::parse(image->config_json(), nullptr, false);
    const auto text_of = [](const Json& json, const char* key) { return json.contains(key) ? json[key] : Json(); };

    Json report{{"schema", "rockbuild.inspect/1"},
                {"digest", image->manifest().digest.str()},
                {"media_type", image->manifest().media_type}};
    report["platform"] = {{"os", text_of(config, "os")},
                          {"architecture", text_of(config, "architecture")},
                          {"variant", text_of(config, "variant")}};
    report["created"] = text_of(config, "created");
    report["config"] = config.contains("config") && config["config"].is_object() ? config["config"] : Json::object();
    report["annotations"] = manifest.contains("annotations") && manifest["annotations"].is_object()
                                ? manifest["annotations"]
                                : Json::object();
    report["layers"] = Json::array();
    Tree root;
    for (std::size_t i = 0; i < image->layers().size(); ++i) {
        const auto& layer = image->layers()[i];
        const auto tree = TRY(image->layer(store, i));
        report["layers"].push_back({{"digest", layer.descriptor.digest.str()},
                                    {"diff_id", layer.diff_id.str()},
                                    {"media_type", layer.descriptor.media_type},
                                    {"size", layer.descriptor.size},
                                    {"uncompressed_size", TRY(uncompressed_size(*files, layer.descriptor.digest))},
                                    {"entries", tree.size()},
                                    {"created_by", layer.created_by}});
        root = apply(root, tree);
    }
    const auto metadata = TRY(file_text(store, root, ".rock/metadata.yaml"));
    report["rock"] = metadata ? yaml_json(*metadata, ".rock/metadata.yaml") : Json();
    report["pebble"] = TRY(pebble_report(store, root));
    return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rockbuild
