// The folder of a project file on the disk.
#pragma once

#include "project/project_files.hpp"
#include "system/file.hpp"

namespace rockbuild {

class ProjectFolder : public ProjectFiles {
public:
    /// `shown` is how diagnostics name the folder; empty: it is where the caller stands.
    ProjectFolder(fs::path folder, fs::path shown) : folder_(std::move(folder)), shown_(std::move(shown)) {}

    Kind kind(const std::string& path) const override;
    std::uint64_t size(const std::string& path) const override;
    Result<std::string> read(const std::string& path) const override;
    bool is_executable(const std::string& path) const override;
    std::vector<std::string> names(const std::string& folder) const override;
    std::string shown(const std::string& path) const override;

private:
    fs::path folder_;
    fs::path shown_;
};

}  // namespace rockbuild
