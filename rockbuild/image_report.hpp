// An image as JSON (CLI.md §3, `rockbuild.inspect/1`).
#pragma once

#include "image/reader.hpp"
#include "store/store.hpp"

#include <string>

namespace rockbuild {

/// The report on the image that `reference` names. `store` is where contents are put while layers are read. Errors are
/// the reader's.
Result<std::string> image_report(const std::string& reference, Store& store);

}  // namespace rockbuild
