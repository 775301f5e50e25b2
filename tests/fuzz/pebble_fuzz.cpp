// A project's services and checks, checked and written as a layer: what was taken is written as YAML that reads back
// with the same text for every value.
#include "pebble/check.hpp"
#include "pebble/layer.hpp"
#include "project/document.hpp"
#include "project/yaml.hpp"

#include <cstdlib>

using namespace rockbuild;

namespace {

void compare(const PlacedValue& value, const YamlNode& node) {
    if (value.items.size() != node.items.size() || value.pairs.size() != node.pairs.size() || value.text != node.text)
        std::abort();
    for (std::size_t i = 0; i < value.items.size(); ++i) compare(value.items[i], *node.items[i]);
    for (std::size_t i = 0; i < value.pairs.size(); ++i) {
        if (value.pairs[i].first != node.pairs[i].key->text) std::abort();
        compare(value.pairs[i].second, *node.pairs[i].value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    // The fuzzer's bytes are the services and checks of a project that is right otherwise.
    const auto document = read_document(
        "name: my-rock\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\nplatforms: {amd64: }\n" +
            std::string(reinterpret_cast<const char*>(data), size),
        "f");
    if (!document.good()) return 0;
    const auto project = project_for(document, document.builds.front());
    (void)check_pebble(project);
    const auto text = layer_text(project);
    if (text.empty()) return 0;
    const auto layer = read_yaml(text, "layer");
    if (!layer.root || !layer.diagnostics.empty()) std::abort();
    for (const auto& [key, value] : layer.root->pairs) {
        if (key->text != "services" && key->text != "checks") continue;
        const auto& objects = key->text == "services" ? project.services : project.checks;
        if (objects.size() != value->pairs.size()) std::abort();
        for (std::size_t i = 0; i < objects.size(); ++i) compare(objects[i].second, *value->pairs[i].value);
    }
    return 0;
}
