// Where an image's files are: a folder (OCI image layout) or a tar of one (OCI archive, a .rock).
#pragma once

#include "image/archive_stream.hpp"
#include "support/digest.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace rockbuild {

/// The path of a blob in a layout.
std::string blob_path(const Digest& digest);

class LayoutFiles {
public:
    /// A folder or a tar. RB0720 if there is neither at `path`.
    static Result<std::unique_ptr<LayoutFiles>> open(const std::filesystem::path& path);
    virtual ~LayoutFiles() = default;
    LayoutFiles(const LayoutFiles&) = delete;
    LayoutFiles& operator=(const LayoutFiles&) = delete;

    virtual bool has(const std::string& name) const = 0;
    /// The content of `name`, a relative path, as it comes; nothing is checked. RB0720 if it is not there.
    virtual Result<ByteSource> stream(const std::string& name) const = 0;
    /// The whole content. RB0722 if it has more than `limit` bytes.
    Result<std::string> read(const std::string& name, std::uint64_t limit) const;

protected:
    LayoutFiles() = default;
};

}  // namespace rockbuild
