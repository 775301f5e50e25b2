#include "parts/adopted_values.hpp"

#include <fmt/format.h>

namespace rockbuild {

bool gives_values(const Project& project, const Part& part) {
    return project.adopt_info && project.adopt_info->value == part.name;
}

bool sees_values(const Project& project, const Part& part, Step step, const Script& script) {
    return step != Step::overlay && (gives_values(project, part) || names_values(script.text));
}

std::vector<std::pair<std::string, std::string>> written_values(const Project& project) {
    return {{"version", project.version.value},
            {"summary", project.summary.value},
            {"description", project.description.value}};
}

Control control_for(const Project& project, const Part& part, Step step, const Script& script, DefaultAction action) {
    Control control{std::move(action), {}, {}, {}};
    if (step == Step::overlay) {
        control.no_set = control.no_get = "an overlay-script can only ask for 'default'";
        return control;
    }
    if (!project.adopt_info) control.no_set = "no part of this project may set values: name one with 'adopt-info'";
    else if (!gives_values(project, part))
        control.no_set = fmt::format("only scripts of the part '{}' may set values: 'adopt-info' names it",
                                     project.adopt_info->value);
    if (sees_values(project, part, step, script)) control.written = written_values(project);
    else control.no_get = "'get' works in scripts that name `craftctl get` themselves: run it there and hand it on";
    return control;
}

Result<std::map<std::string, std::string>> values_in(const Store& store, const Digest& values) {
    std::map<std::string, std::string> set;
    const auto tree = TRY(store.tree(values));
    for (const auto name : adoptable)
        if (const auto* entry = tree->find(name); entry != nullptr && entry->type == EntryType::file)
            set.emplace(name, TRY(store.read(entry->digest)));
    return set;
}

}  // namespace rockbuild
