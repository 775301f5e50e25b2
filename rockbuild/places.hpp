// Where things are: the project that a command line names, our own data files.
#pragma once

#include "project/document.hpp"
#include "rockbuild/command.hpp"

#include <filesystem>
#include <string>

namespace rockbuild {

struct ProjectFile {
    std::filesystem::path dir;   // absolute
    std::filesystem::path file;  // absolute
    std::string shown;           // the file as diagnostics name it: from here, as it was given
};

/// `[DIR]` (default: here) and `--file`. RB1106 (exit 66) when one of them isn't there.
Result<ProjectFile> find_project(const Context& context);
/// The same in the folder `given`, for commands whose first argument is none.
Result<ProjectFile> find_project(const Context& context, const std::string& given);

/// Reports all of `diagnostics` but the last error; that one is returned.
Result<void> report(Diagnostics diagnostics, const Screen& screen);
/// Reads the file, and what lies beside it where an extension looks for it.
Result<ProjectDocument> read_project(const Context& context, const ProjectFile& file);
/// The same, and reports what there is to say; a document comes of it only if it is good.
Result<ProjectDocument> load_document(const Context& context, const ProjectFile& file);

/// The folder of our data files: ROCKBUILD_DATA, beside the installed program, or the source tree's. RB1109 (exit 78).
Result<std::filesystem::path> data_folder(const Settings& settings);

/// The folder of our helper programs: installed, or the build folder.
std::filesystem::path libexec_folder();

/// A path as it is meant from the caller's folder.
std::filesystem::path absolute(const Host& host, const std::string& path);

}  // namespace rockbuild
