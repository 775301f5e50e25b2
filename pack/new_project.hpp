// A starting project: files made from the templates in the data folder (`data/init/PROFILE`).
#pragma once

#include "support/arch.hpp"
#include "system/file.hpp"
#include "system/process.hpp"

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// The kinds of projects: `simple` first.
const std::vector<std::string_view>& profiles();

struct NewProject {
    fs::path folder;                  // absolute; made where it isn't there
    std::string profile = "simple";   // one of `profiles`
    std::optional<std::string> name;  // else the folder's, if that can be a rock's, else "my-rock-name"
    std::string base = "debian@12";
    bool git = false;  // a repository with a .gitignore, unless the folder is in one
    Arch arch{};       // of the platform
};

/// Writes all files or none. RB1131: the name can't be one (exit 64); RB1132: the profile doesn't stand on that base
/// (exit 64); RB1133: files would be overwritten, all of them named (exit 73); RB1134: git failed or isn't there
/// (exit 78). `templates` is the data folder's `init`.
Result<void> make_project(const NewProject& wish, const fs::path& templates, ProcessRunner& processes,
                          const std::map<std::string, std::string>& environment, const std::stop_token& stop);

}  // namespace rockbuild
