// A project's services and checks, checked and written as a layer: what was taken is written as YAML that reads back
// with the same text for every value. And the same bytes as a folder of layers, cut where a line of `=====` stands: all
// that is said has a place and an object, and what is folded alone says what the layer said.
#include "pebble/check.hpp"
#include "pebble/layer.hpp"
#include "pebble/plan_json.hpp"
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

/// The texts, every third one in a folder within.
LayersFolder folder_of(std::string_view bytes) {
    constexpr std::string_view cut = "\n=====\n";
    constexpr int most = 9;
    LayersFolder folder{"layers", {}};
    for (int number = 1; number <= most; ++number) {
        const auto end = bytes.find(cut);
        const auto name = "00" + std::to_string(number) + "-layer-" + std::to_string(number);
        LayersEntry layer{name + ".yaml", LayersEntry::Kind::file, std::string(bytes.substr(0, end)), {}};
        if (number % 3 == 0) layer = {name + ".d", LayersEntry::Kind::folder, {}, {std::move(layer)}};
        folder.entries.push_back(std::move(layer));
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + cut.size());
    }
    return folder;
}

void read_folder(std::string_view bytes) {
    const auto folder = folder_of(bytes);
    const auto reading = read_layers(folder);
    if (reading.layers.size() != folder.entries.size()) std::abort();
    for (const auto& item : reading.diagnostics)
        if (!item.span || item.object.empty() || item.code.empty()) std::abort();
    if (plan_json(reading.plan).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).empty()) std::abort();
    if (reading.layers.size() == 1 && (reading.plan.services.size() != reading.layers[0].services.size() ||
                                       reading.plan.checks.size() != reading.layers[0].checks.size()))
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    read_folder({reinterpret_cast<const char*>(data), size});
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
