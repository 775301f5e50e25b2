// An extension: a function from a project and the files beside it to a snippet of a project, which is merged below what
// the user wrote (spec/rockcraft-yaml.md §10).
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace rockbuild {

class ExtensionWork;

/// Keys of a project with values, in the order in which they are written.
using Snippet = nlohmann::ordered_json;

struct Extension {
    std::string_view name;
    std::vector<std::string_view> bases;  // as `base:` names them; all stand on ubuntu@26.04 too, as an experiment
    bool experimental = false;            // upstream asks for an opt-in on the others too
    std::string_view about;               // what it is for, in a few words
    /// Null where there were mistakes: all of them are said.
    Snippet (*make)(ExtensionWork&) = nullptr;
};

/// By name.
const std::vector<Extension>& extensions();
const Extension* find_extension(std::string_view name);

// Each is defined in the file of its name.
Snippet make_flask(ExtensionWork& work);
Snippet make_django(ExtensionWork& work);
Snippet make_fastapi(ExtensionWork& work);
Snippet make_go(ExtensionWork& work);
Snippet make_expressjs(ExtensionWork& work);
Snippet make_spring_boot(ExtensionWork& work);

}  // namespace rockbuild
