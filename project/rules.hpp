// What the tables can't say: rules that look at several places of a project at once. They say nothing of values that
// the tables refuse already.
#pragma once

#include "project/complaints.hpp"
#include "project/language.hpp"
#include "project/project.hpp"

#include <string>
#include <vector>

namespace rockbuild {

/// The platforms that are right; the architectures of the rest are said: RB0312, RB0314 (spec/rockcraft-yaml.md §4).
std::vector<Platform> read_platforms(Complaints& complaints, const YamlNode& project);

/// Of the whole file: names, bases, licence, environment, entry point, repositories.
void check_project_rules(Complaints& complaints, const YamlNode& project);

/// Of each part, its own keys and those of its plugin; and that `after` names parts and no circle comes of it.
void check_parts(Complaints& complaints, const YamlNode& project);
/// Where its files come from and go to.
void check_sources(Complaints& complaints, const YamlNode& part, const std::string& name);
void check_filesets(Complaints& complaints, const YamlNode& part, const std::string& name);
/// RB0315.
void check_order(Complaints& complaints, const YamlNode& parts);

/// The generation of the file's build base; none if it names no base that exists.
Generation build_generation(const YamlNode& project);

/// A part that upstream adds to every rock, and that a file may write out itself, if it is the very same.
bool is_default_pebble(const YamlNode& part, Generation generation);

/// The canonical spelling of a licence id; none if it is unknown.
std::optional<std::string> canonical_licence(const std::string& id);
/// Ids near a misspelled one.
std::vector<std::string> near_licences(const std::string& id);

}  // namespace rockbuild
