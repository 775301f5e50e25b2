// Where a Python application begins: the file that defines its object (spec/rockcraft-yaml.md §10.2).
#pragma once

#include "project/extensions/work.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct EntryPoint {
    std::string file;    // "src/app.py"
    std::string module;  // "src.app"
    std::string object;  // "app", "create_app()"
};

/// app.py, main.py, and then {app,src,<name>}/{__init__,app,main}.py.
std::vector<std::string> usual_python_files(const ExtensionWork& work);

/// The first of `files` that binds one of `variables` at its top level, else the first that defines one of `factories`.
/// RB0335 for a file that can't be read; otherwise RB0334 if there is none: `wanted` is what is looked for, `cure` what
/// to write.
std::optional<EntryPoint> find_entry_point(ExtensionWork& work, const std::vector<std::string>& files,
                                           const std::vector<std::string>& variables,
                                           const std::vector<std::string>& factories, const std::string& wanted,
                                           const std::string& cure);

}  // namespace rockbuild
