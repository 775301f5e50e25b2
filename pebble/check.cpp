#include "pebble/check.hpp"

#include "pebble/entrypoint.hpp"
#include "pebble/fold.hpp"
#include "pebble/layer_reader.hpp"
#include "pebble/plan_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

namespace rockbuild {

namespace {

void check_folded(const PebblePlan& plan, LayerReading& reading) {
    check_plan(plan, reading);
    warn_of_plan(plan, reading);
}

/// By file, then by place.
Diagnostics in_order(LayerReading& reading) {
    auto all = std::move(reading.complaints.all());
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.span->file, a.span->begin) < std::tie(b.span->file, b.span->begin);
    });
    return all;
}

/// What a mistake of an object's form brings with it.
bool is_about_form(const Diagnostic& item) {
    static constexpr std::array<std::string_view, 5> codes{"RB0310", "RB0312", "RB0313", "RB0314", "RB0615"};
    return std::find(codes.begin(), codes.end(), item.code) != codes.end();
}

bool was_said(const Diagnostic& item, const AlreadySaid& said) {
    if (item.object == "plan") return !said.objects.empty() || said.names;
    if (is_about_form(item) && said.objects.contains(item.object)) return true;
    return std::any_of(said.places.begin(), said.places.end(), [&](const Span& place) {
        return item.span->begin == place.begin || (place.begin < item.span->begin && item.span->begin < place.end);
    });
}

template <class Object>
void mark_faulty(std::map<std::string, Object>& objects, const std::string& section, const AlreadySaid& said) {
    for (auto& [name, object] : objects) object.faulty = object.faulty || said.objects.contains(section + "." + name);
}

}  // namespace

LayersReading read_layers(const LayersFolder& folder, const std::optional<OwnLayer>& own) {
    LayerReading reading{Complaints(folder.shown)};
    LayersReading result;
    const auto texts = layer_texts(folder, reading);
    const bool all_are_there = !reading.complaints.has_errors();
    for (const auto& text : texts) {
        const bool is_own = own && text.file == own->file;
        auto& layer = result.layers.emplace_back(is_own ? layer_of(own->project, reading) : PebbleLayer());
        layer.order = text.order;
        layer.label = text.label;
        layer.file = text.file;
        if (!is_own) read_layer(text.text, layer, reading);
        check_layer(layer, reading);
    }
    std::stable_sort(result.layers.begin(), result.layers.end(),
                     [](const auto& a, const auto& b) { return a.order < b.order; });
    result.plan = fold_layers(result.layers);
    result.plan.faulty = result.plan.faulty || !all_are_there;
    check_folded(result.plan, reading);
    result.diagnostics = in_order(reading);
    return result;
}

Diagnostics check_pebble(const Project& project, const AlreadySaid& said) {
    LayerReading reading{Complaints(project.file)};
    auto layer = layer_of(project, reading);
    mark_faulty(layer.services, "services", said);
    mark_faulty(layer.checks, "checks", said);
    layer.faulty = layer.faulty || said.names;
    check_layer(layer, reading);
    const auto plan = fold_layers({std::move(layer)});
    check_folded(plan, reading);
    for (auto& item : check_entrypoint(project, plan)) reading.complaints.all().push_back(std::move(item));
    auto found = in_order(reading);
    std::erase_if(found, [&](const auto& item) { return was_said(item, said); });
    return found;
}

}  // namespace rockbuild
