// The folder that Pebble reads its layers from, as a value: of a disk or of an image; and which of what lies in it is a
// layer (spec/pebble.md §2).
#pragma once

#include "pebble/layer_fields.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rockbuild {

/// Something in the folder, links followed.
struct LayersEntry {
    enum class Kind : std::uint8_t { file, folder, unreadable };
    std::string name;
    Kind kind = Kind::file;
    std::string text;                  // of a file; why it can't be read of what can't
    std::vector<LayersEntry> entries;  // of a folder, one level deep
};

struct LayersFolder {
    std::string shown;  // as diagnostics name it
    std::vector<LayersEntry> entries;
};

/// The contents of `folder`; empty if there is none, as Pebble has it. RB0606 if it is there and can't be read.
Result<LayersFolder> layers_on_disk(const std::filesystem::path& folder, const std::string& shown);
/// The same of `folder` in a tree; diagnostics name its files as the image has them, with a `/` before. The store's
/// errors.
Result<LayersFolder> layers_in_tree(const Store& store, const Tree& tree, const std::string& folder);

/// A layer that is not read yet.
struct LayerText {
    int order = 0;
    std::string label;
    std::string file;
    std::string text;
};

/// The layers of a folder in the order in which Pebble reads them. Errors RB0602 (a name that Pebble refuses), RB0603
/// (a number or label twice), RB0604 (a folder in a folder), RB0606 (can't be read); warning RB0635 (a name that is
/// passed over).
std::vector<LayerText> layer_texts(const LayersFolder& folder, LayerReading& reading);

}  // namespace rockbuild
