#include "image/documents.hpp"

#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 32;

Result<std::string> dump(const Json& json, std::string_view what) {
    try {
        return json.dump();
    } catch (const nlohmann::json::exception&) {
        return fail("RB0704", fmt::format("the image's {} holds a text that is not UTF-8", what),
                    "look at the project's title, summary, description, environment and services");
    }
}

template <class Map>
Json object(const Map& pairs) {
    Json json = Json::object();
    for (const auto& [key, value] : pairs) json[key] = value;
    return json;
}

Json descriptor_json(const Descriptor& descriptor) {
    Json json;
    json["mediaType"] = descriptor.media_type;
    json["digest"] = descriptor.digest.str();
    json["size"] = descriptor.size;
    return json;
}

/// What Docker and podman hand to the container's start; absent keys are inherited by nothing, so empty ones stay out.
Json runtime_config(const ImageDescription& description) {
    Json config = Json::object();
    if (!description.user.empty()) config["User"] = description.user;
    if (!description.environment.empty()) {
        Json& variables = config["Env"] = Json::array();
        for (const auto& [name, value] : description.environment) variables.push_back(name + "=" + value);
    }
    if (!description.entrypoint.empty()) config["Entrypoint"] = description.entrypoint;
    if (!description.command.empty()) config["Cmd"] = description.command;
    if (!description.working_dir.empty()) config["WorkingDir"] = description.working_dir;
    if (!description.labels.empty()) config["Labels"] = object(description.labels);
    return config;
}

// ---- reading ----

/// The parser's exceptions and ours (a wrong type, a missing key) end here, as one kind of Diagnostic.
template <class Read>
auto read_json(std::string_view text, std::string_view name, Read read) -> Result<decltype(read(Json()))> {
    try {
        const auto guard = [](int depth, Json::parse_event_t, Json&) {
            if (depth > deepest) throw std::runtime_error("it is nested too deeply");
            return true;
        };
        return read(Json::parse(text, guard));
    } catch (const std::exception& error) {
        return fail("RB0722", fmt::format("'{}' is not what an OCI image has there: {}", name, error.what()), {},
                    ExitCode::bad_data);
    }
}

std::string text_or_none(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string() : found->get<std::string>();
}

Digest digest_of(const Json& json) {
    const auto digest = Digest::parse(json.get_ref<const std::string&>());
    if (!digest) throw std::runtime_error(digest.error().message);
    return *digest;
}

Descriptor descriptor_of(const Json& json) {
    const auto& size = json.at("size");
    if (!size.is_number_unsigned()) throw std::runtime_error("a descriptor's size is no natural number");
    return {.media_type = text_or_none(json, "mediaType"),
            .digest = digest_of(json.at("digest")),
            .size = size.get<std::uint64_t>()};
}

void must_be(const Json& json, const char* what, Json::value_t type) {
    if (json.type() != type) throw std::runtime_error(fmt::format("{} has the wrong type", what));
}

IndexEntry index_entry_of(const Json& json) {
    IndexEntry entry{.descriptor = descriptor_of(json)};
    if (const auto platform = json.find("platform"); platform != json.end() && !platform->is_null())
        entry.platform = ImagePlatform{.os = text_or_none(*platform, "os"),
                                       .architecture = text_or_none(*platform, "architecture"),
                                       .variant = text_or_none(*platform, "variant")};
    if (const auto annotations = json.find("annotations"); annotations != json.end() && !annotations->is_null())
        entry.tag = text_or_none(*annotations, std::string(ref_name).c_str());
    return entry;
}

/// History items of layers, in order; those with `empty_layer` belong to none.
std::vector<std::string> layer_history(const Json& json) {
    std::vector<std::string> created_by;
    const auto history = json.find("history");
    if (history == json.end() || history->is_null()) return created_by;
    for (const auto& item : *history)
        if (!item.value("empty_layer", false)) created_by.push_back(text_or_none(item, "created_by"));
    return created_by;
}

}  // namespace

Result<std::string> config_json(const ImageDescription& description) {
    Json json;
    json["created"] = description.created;
    json["architecture"] = description.arch.oci;
    if (!description.arch.oci_variant.empty()) json["variant"] = description.arch.oci_variant;
    json["os"] = "linux";
    json["config"] = runtime_config(description);
    Json diff_ids = Json::array(), history = Json::array();
    for (const auto& layer : description.layers) {
        diff_ids.push_back(layer.diff_id.str());
        Json item;
        item["created"] = description.created;
        item["created_by"] = layer.created_by;
        history.push_back(std::move(item));
    }
    json["rootfs"]["type"] = "layers";
    json["rootfs"]["diff_ids"] = std::move(diff_ids);
    json["history"] = std::move(history);
    return dump(json, "config");
}

Result<std::string> manifest_json(const Manifest& manifest) {
    Json json;
    json["schemaVersion"] = 2;
    json["mediaType"] = media_type::oci_manifest;
    json["config"] = descriptor_json(manifest.config);
    Json& layers = json["layers"] = Json::array();
    for (const auto& layer : manifest.layers) layers.push_back(descriptor_json(layer));
    if (!manifest.annotations.empty()) json["annotations"] = object(manifest.annotations);
    return dump(json, "manifest");
}

Result<std::string> index_json(const IndexEntry& image) {
    Json entry = descriptor_json(image.descriptor);
    if (!image.tag.empty()) entry["annotations"][std::string(ref_name)] = image.tag;
    if (image.platform) {
        Json& platform = entry["platform"];
        platform["architecture"] = image.platform->architecture;
        platform["os"] = image.platform->os;
        if (!image.platform->variant.empty()) platform["variant"] = image.platform->variant;
    }
    Json json;
    json["schemaVersion"] = 2;
    json["mediaType"] = media_type::oci_index;
    json["manifests"] = Json::array({std::move(entry)});
    return dump(json, "index");
}

std::string layout_json() { return R"({"imageLayoutVersion":"1.0.0"})"; }

Result<std::vector<IndexEntry>> read_index(std::string_view text, std::string_view name) {
    return read_json(text, name, [](const Json& json) {
        std::vector<IndexEntry> entries;
        const auto& manifests = json.at("manifests");
        must_be(manifests, "manifests", Json::value_t::array);
        for (const auto& item : manifests) entries.push_back(index_entry_of(item));
        return entries;
    });
}

Result<Manifest> read_manifest(std::string_view text, std::string_view name) {
    return read_json(text, name, [](const Json& json) {
        if (json.at("schemaVersion") != 2) throw std::runtime_error("its schemaVersion is not 2");
        Manifest manifest{.config = descriptor_of(json.at("config"))};
        const auto& layers = json.at("layers");
        must_be(layers, "layers", Json::value_t::array);
        for (const auto& layer : layers) manifest.layers.push_back(descriptor_of(layer));
        if (const auto annotations = json.find("annotations"); annotations != json.end() && !annotations->is_null())
            manifest.annotations = annotations->get<std::map<std::string, std::string>>();
        return manifest;
    });
}

Result<Config> read_config(std::string_view text, std::string_view name) {
    return read_json(text, name, [](const Json& json) {
        Config config;
        config.platform = {.os = text_or_none(json, "os"),
                           .architecture = text_or_none(json, "architecture"),
                           .variant = text_or_none(json, "variant")};
        const auto& diff_ids = json.at("rootfs").at("diff_ids");
        if (!diff_ids.is_null()) {  // umoci writes null for an image without layers
            must_be(diff_ids, "diff_ids", Json::value_t::array);
            for (const auto& diff_id : diff_ids) config.diff_ids.push_back(digest_of(diff_id));
        }
        config.created_by = layer_history(json);
        config.created_by.resize(config.diff_ids.size());
        return config;
    });
}

}  // namespace rockbuild
