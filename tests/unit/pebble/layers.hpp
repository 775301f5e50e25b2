// Layers in small: folders of texts, and what is said of them as lines.
#pragma once

#include "pebble/check.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace rockbuild::test {

using LayerLines = std::vector<std::string>;

/// `001-abc.yaml`, `002-abd.yaml`, … with these texts.
inline LayersFolder layers(const std::vector<std::string>& texts) {
    LayersFolder folder{"layers", {}};
    for (std::size_t i = 0; i < texts.size(); ++i)
        folder.entries.push_back(
            {fmt::format("{:03}-ab{}.yaml", i + 1, static_cast<char>('c' + i)), LayersEntry::Kind::file, texts[i], {}});
    return folder;
}

/// "RB0310 services.web 2:4", one a diagnostic; warnings have a W before; of later layers their file too.
inline LayerLines told(const LayersReading& reading) {
    LayerLines lines;
    for (const auto& item : reading.diagnostics)
        lines.push_back(fmt::format("{}{} {} {}{}:{}", item.severity == Severity::warning ? "W" : "", item.code,
                                    item.object, item.span->file == "layers/001-abc.yaml" ? "" : item.span->file + ":",
                                    item.span->begin.line, item.span->begin.column));
    return lines;
}
inline LayerLines told(const std::vector<std::string>& texts) { return told(read_layers(layers(texts))); }
inline LayerLines told(const std::string& text) { return told(std::vector<std::string>{text}); }

/// Without the warning that nothing is enabled.
inline LayerLines told_but_startup(const std::vector<std::string>& texts) {
    auto lines = told(texts);
    std::erase_if(lines, [](const auto& line) { return line.starts_with("WRB0633"); });
    return lines;
}

}  // namespace rockbuild::test
