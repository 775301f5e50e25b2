// Bytes that claim to be a Pod's manifest: a pod or errors, never both nor neither, each with a place in the file, in
// its order; and a pod never names a volume that isn't there.
#include "containers/pod_manifest.hpp"

#include <algorithm>
#include <cstdlib>

using namespace rockbuild;

namespace {

bool is_sound(const PodManifest& pod, const PodContainer& container) {
    return std::all_of(container.mounts.begin(), container.mounts.end(), [&](const PodMount& mount) {
        return pod.volumes.contains(mount.volume) && mount.inside.starts_with('/') && !mount.sub_path.starts_with('/');
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto reading = read_pod(text, "f");
    const bool refused = std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                                     [](const auto& item) { return item.severity == Severity::error; });
    if (refused == reading.pod.has_value()) std::abort();
    Position before;
    for (const auto& item : reading.diagnostics) {
        if (item.code.empty() || item.message.empty() || !item.span || item.span->begin < before) std::abort();
        before = item.span->begin;
    }
    if (!reading.pod) return 0;
    if (reading.pod->containers.empty() || reading.pod->name.empty()) std::abort();
    for (const auto* list : {&reading.pod->init_containers, &reading.pod->containers})
        for (const auto& container : *list)
            if (container.name.empty() || !is_sound(*reading.pod, container)) std::abort();
    return 0;
}
