// Bytes that claim to be a project file: a project or errors, never both nor neither, each with a place in the file, in
// its order.
#include "project/project.hpp"

#include <algorithm>
#include <cstdlib>

using namespace rockbuild;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    const auto reading = read_project(text, "f");
    const bool refused = std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                                     [](const auto& item) { return item.severity == Severity::error; });
    if (refused == reading.project.has_value()) std::abort();
    Position before;
    for (const auto& item : reading.diagnostics) {
        if (item.code.empty() || item.message.empty() || !item.span || item.span->begin < before) std::abort();
        if (item.span->begin.column == 0 || item.span->end < item.span->begin) std::abort();
        before = item.span->begin;
    }
    return 0;
}
