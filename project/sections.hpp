// The sections of a project file, each read by one function of its own file.
#pragma once

#include "project/fields.hpp"
#include "project/project.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

std::vector<Platform> read_platforms(Complaints& complaints, const Yaml& map);
/// `base` decides what overlays are allowed.
std::vector<Part> read_parts(Complaints& complaints, const Yaml& map, const std::string& base);
std::vector<std::pair<std::string, PebbleValue>> read_services(Complaints& complaints, const Yaml& map);
std::vector<std::pair<std::string, PebbleValue>> read_checks(Complaints& complaints, const Yaml& map);
/// `after` names parts of the file (`names`), and no circle comes of it: RB0315.
void check_order(Complaints& complaints, const std::vector<Part>& parts, const std::vector<std::string>& names);
/// The canonical spelling of a licence id; none if it is unknown.
std::optional<std::string> canonical_licence(const std::string& id);
/// Ids near a misspelled one.
std::vector<std::string> near_licences(const std::string& id);

}  // namespace rockbuild
