// The road of a project file (spec/rockcraft-yaml.md §2): text → YAML → extensions → ProjectDocument; and for each
// build of it: variables filled in → clauses chosen → checked against the tables and the rules → Project.
#pragma once

#include "project/extensions/expand.hpp"
#include "project/project.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// A file whose YAML could be read.
struct ProjectDocument {
    std::string file;                 // as diagnostics name it
    Yaml expanded;                    // a map: as it is written, extensions applied; null if there is none
    std::vector<Maker> makers;        // the extensions that were
    Yaml root;                        // the same, with what is the same for every build filled in
    std::vector<Platform> platforms;  // those that are right
    Diagnostics diagnostics;          // everything there is to say, for all builds together, in the file's order
    std::vector<Build> builds;        // each platform on each machine; amd64's own where no platform is right
    std::vector<Yaml> trees;  // of each build: variables filled in, clauses chosen; equal ones are the same node

    /// No error in any build: `project_for` gives what can be built.
    bool good() const;
};

/// Reads and checks `text`; `file` names it in spans. Never throws; any bytes are fine as input.
ProjectDocument read_document(std::string text, const std::string& file, const Surroundings& around = {});

/// The project for one build of a document. Of one that isn't good: what could be read of it.
Project project_for(const ProjectDocument& document, const Build& build);

/// The tree that project_for reads. `build` is one of the document's.
Yaml tree_for(const ProjectDocument& document, const Build& build);
/// The first build of each different tree: what there is to know of the file, these show.
std::vector<Build> different_builds(const ProjectDocument& document);

}  // namespace rockbuild
