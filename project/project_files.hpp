// What lies in the folder of a project file, as far as the language looks at it: an extension makes parts and services
// of an application's own files. This folder does no I/O: who loads a document brings the files.
#pragma once

#include "support/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

class ProjectFiles {
public:
    enum class Kind : std::uint8_t { nothing, file, folder, lost_link, other };
    /// Files that are looked at are written by people: nothing larger is read.
    static constexpr std::size_t most_bytes = 4U << 20U;

    ProjectFiles() = default;
    virtual ~ProjectFiles() = default;
    ProjectFiles(const ProjectFiles&) = delete;
    ProjectFiles& operator=(const ProjectFiles&) = delete;

    /// Paths are relative to the folder; links are followed. A link that leads nowhere, or in a circle, is lost.
    virtual Kind kind(const std::string& path) const = 0;
    /// Bytes of a file; 0 where that can't be told.
    virtual std::uint64_t size(const std::string& path) const = 0;
    virtual Result<std::string> read(const std::string& path) const = 0;
    virtual bool is_executable(const std::string& path) const = 0;
    /// What lies directly in a folder, sorted by bytes; nothing where that can't be told.
    virtual std::vector<std::string> names(const std::string& folder) const = 0;
    /// The file as diagnostics name it.
    virtual std::string shown(const std::string& path) const = 0;
};

}  // namespace rockbuild
