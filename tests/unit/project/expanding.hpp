// Project files with extensions in small: what they become, and what is said, with the files beside them in memory.
#pragma once

#include "fakes/project_files.hpp"
#include "project/document.hpp"
#include "project/resolved.hpp"
#include "unit/project/reading.hpp"

#include <string>

namespace rockbuild::test {

inline ProjectDocument read_beside(const std::string& text, const FakeFiles& files, bool experimental = true) {
    Surroundings around;
    around.files = &files;
    around.data = []() -> Result<std::string> { return "/share/rockbuild"; };
    around.experimental = experimental;
    return read_document(text, "rockcraft.yaml", around);
}

/// A project named my-app, with what `bases` and `rest` say.
inline std::string app(const std::string& bases, const std::string& rest) {
    return "name: my-app\nversion: '1.0'\nsummary: An app\ndescription: For tests\nplatforms:\n  amd64:\n" + bases +
           rest;
}
inline const std::string on_debian = "base: debian@12\n";
inline const std::string on_ubuntu = "base: ubuntu@24.04\n";
inline const std::string on_bare = "base: bare\nbuild-base: ubuntu@24.04\n";

/// What is said, in lines (reading.hpp).
inline Lines said_beside(const std::string& text, const FakeFiles& files, bool experimental = true) {
    return said(read_beside(text, files, experimental).diagnostics);
}

/// The resolved project; throws what is said of one that isn't good.
inline nlohmann::ordered_json expanded(const std::string& text, const FakeFiles& files) {
    const auto document = read_beside(text, files);
    if (!document.good()) {
        std::string all;
        for (const auto& line : said(document.diagnostics)) all += line + "\n";
        throw std::runtime_error("the project is refused:\n" + all);
    }
    return resolved(document, document.builds.front(), {}).at("project");
}

inline nlohmann::ordered_json part_of(const std::string& text, const FakeFiles& files, const std::string& part) {
    const auto project = expanded(text, files);
    return project.at("parts").contains(part) ? project.at("parts").at(part) : nlohmann::ordered_json();
}

}  // namespace rockbuild::test
