// The parts that all applications in Python have.
#pragma once

#include "project/extensions/work.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// Python, its packages and `server`; of requirements.txt only where that is there.
Snippet python_dependencies(const ExtensionWork& work, std::string_view server, bool requirements);
/// What the rest of the image brings: certificates, and on a bare base a shell and /tmp.
Snippet python_runtime(const ExtensionWork& work);
/// All that lies in the project's folder, but for what no image wants.
std::vector<std::string> everything(ExtensionWork& work);
/// A part that dumps `files`, each at its place in `folder`.
Snippet moved_files(const std::vector<std::string>& files, std::string_view folder);

}  // namespace rockbuild
