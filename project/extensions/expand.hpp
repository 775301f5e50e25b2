// Extensions applied: a document's tree as it would be written without them. Nodes that an extension made have the
// place where the file names it.
#pragma once

#include "project/complaints.hpp"
#include "project/project_files.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rockbuild {

/// What lies around a project file.
struct Surroundings {
    const ProjectFiles* files = nullptr;  // null: not known, so that no extension is applied and nothing is missed
    std::function<Result<std::string>()> data;  // the folder of rockbuild's own data files
    bool experimental = false;                  // the user knows that some extensions are
};

/// Where the file names an extension that was applied.
struct Maker {
    std::string extension;
    Span entry;
};

struct Expansion {
    Yaml root;                  // without `extensions`
    std::vector<Maker> makers;  // in the order in which they were applied
    bool complete = true;       // false: what is missing may be an extension's, and isn't missed
};

/// Applies the extensions that `root` names, by name. RB0330 for a base that an extension doesn't stand on, RB0331 for
/// an experimental one; and what each says of the files beside.
Expansion expand_extensions(Complaints& complaints, const Yaml& root, const Surroundings& around);

/// Adds to what is said of nodes that an extension made that it did so: to all of `diagnostics` at one of its entries.
void name_makers(const std::vector<Maker>& makers, Diagnostics& diagnostics);

}  // namespace rockbuild
