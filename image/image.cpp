// From a description to the two documents that are an image: the config, and the manifest that names it and the layers.
#include "image/image.hpp"

#include "image/documents.hpp"

#include <algorithm>
#include <cctype>

namespace rockbuild {

Result<Descriptor> write_image(Store& store, const ImageDescription& description) {
    const auto config = TRY(store.put(TRY(config_json(description))));
    Manifest manifest{.config = {std::string(media_type::oci_config), config.digest, config.size},
                      .annotations = description.annotations};
    for (const auto& layer : description.layers)
        manifest.layers.push_back({layer.media_type, layer.digest, layer.size});
    const auto blob = TRY(store.put(TRY(manifest_json(manifest))));
    return Descriptor{std::string(media_type::oci_manifest), blob.digest, blob.size};
}

std::string legal_tag(const std::string& version) {
    constexpr std::size_t longest = 128;  // OCI distribution spec: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
    std::string tag = version;
    for (char& letter : tag)
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '_' && letter != '.') letter = '-';
    if (tag.empty() || tag.front() == '.' || tag.front() == '-') tag.insert(0, "v");
    return tag.substr(0, longest);
}

}  // namespace rockbuild
