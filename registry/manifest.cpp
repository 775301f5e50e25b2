// Types of layers,
// artifact types and members that nobody knows are no mistakes (OCI image spec, manifest; distribution spec, pushing).
#include "registry/manifest.hpp"

#include "image/documents.hpp"
#include "registry/json_member.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Diagnostic> invalid(std::string what) {
    return fail("RB1520", std::move(what), {}, ExitCode::bad_data);
}

Result<ContentReference> reference_of(const Json& descriptor, std::string_view what) {
    if (!descriptor.is_object()) return invalid(fmt::format("{} is no descriptor", what));
    const auto size = descriptor.find("size");
    if (size == descriptor.end() || !size->is_number_unsigned()) return invalid(fmt::format("{} has no size", what));
    auto digest = ContentDigest::parse(text_member(descriptor, "digest"));
    if (!digest) return invalid(fmt::format("{} has no digest", what));
    ContentReference reference;
    reference.media_type = text_member(descriptor, "mediaType");
    reference.artifact_type = text_member(descriptor, "artifactType");
    reference.digest = *std::move(digest);
    reference.size = size->get<std::uint64_t>();
    reference.is_foreign = reference.media_type.find("nondistributable") != std::string::npos ||
                           reference.media_type.find(".foreign.") != std::string::npos;
    if (const auto platform = descriptor.find("platform"); platform != descriptor.end() && platform->is_object()) {
        reference.os = text_member(*platform, "os");
        reference.architecture = text_member(*platform, "architecture");
        reference.variant = text_member(*platform, "variant");
    }
    return reference;
}

}  // namespace

bool is_index_type(std::string_view type) { return type == media_type::oci_index || type == media_type::docker_index; }
bool is_manifest_type(std::string_view type) {
    return type == media_type::oci_manifest || type == media_type::docker_manifest;
}

Result<ManifestFacts> read_manifest_facts(std::string_view bytes, std::string_view content_type) {
    const auto json = parse_untrusted<Json>(bytes);
    if (!json.is_object()) return invalid("it is no JSON object");
    ManifestFacts facts;
    facts.media_type = text_member(json, "mediaType");
    const auto declared = content_type.substr(0, content_type.find(';'));
    if (facts.media_type.empty()) facts.media_type = declared;
    if (facts.media_type.empty())
        facts.media_type = json.contains("manifests") ? media_type::oci_index : media_type::oci_manifest;
    if (!declared.empty() && declared != facts.media_type)
        return invalid(fmt::format("it was sent as '{}' and says that it is '{}'", declared, facts.media_type));
    if (json.value("schemaVersion", Json()) != 2) return invalid("its schemaVersion is not 2");
    facts.artifact_type = text_member(json, "artifactType");
    if (const auto subject = json.find("subject"); subject != json.end() && !subject->is_null())
        facts.subject = TRY(reference_of(*subject, "its subject")).digest;
    if (const auto found = json.find("annotations"); found != json.end() && found->is_object())
        facts.annotations = found->dump();

    facts.is_index = is_index_type(facts.media_type);
    if (facts.is_index) {
        const auto list = json.find("manifests");
        if (list == json.end() || !list->is_array()) return invalid("an index has a list of manifests");
        for (const auto& item : *list) facts.manifests.push_back(TRY(reference_of(item, "an entry of the index")));
    } else if (is_manifest_type(facts.media_type)) {
        const auto config = json.find("config");
        const auto layers = json.find("layers");
        if (config == json.end()) return invalid("a manifest has a config");
        if (layers == json.end() || !layers->is_array()) return invalid("a manifest has a list of layers");
        facts.blobs.push_back(TRY(reference_of(*config, "its config")));
        if (facts.artifact_type.empty()) facts.artifact_type = text_member(*config, "mediaType");
        for (const auto& layer : *layers) facts.blobs.push_back(TRY(reference_of(layer, "a layer")));
    } else {
        return invalid(fmt::format("'{}' is no type of a manifest", facts.media_type));
    }
    return facts;
}

}  // namespace rockbuild
