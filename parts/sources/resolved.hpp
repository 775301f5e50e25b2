// What a source stands for at one time, as a value: all that its files depend on, and nothing else. Its bytes are in
// the key of the step that fetches it.
#pragma once

#include "support/digest.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// A tag of a repository that the chosen commit can be described by.
struct GitTag {
    std::string name;    // without refs/tags/
    std::string object;  // the tag's own, or the commit
    std::string commit;  // of a tag with an object of its own; else empty
    bool operator==(const GitTag&) const = default;
};

struct ResolvedSource {
    std::string kind;                   // git, tar, zip, deb, file
    std::int64_t time = 0;              // of files that have none of their own to keep
    std::optional<std::int64_t> clamp;  // the latest time that an archive's member may have

    Digest file;             // all but git: the file's content
    std::string name;        // of kind file: what it is called
    std::uint32_t mode = 0;  // of kind file

    std::string url;     // git: without secrets; a path stays relative to the project's folder
    std::string commit;  // in full
    std::string branch;  // that it is on; empty where upstream has none (a tag or a commit was named)
    std::vector<GitTag> tags;
    std::optional<std::vector<std::string>> submodules;  // none: all

    bool operator==(const ResolvedSource&) const = default;
    /// Canonical: equal values, equal bytes.
    std::string encode() const;
    /// None for what encode() of this version didn't make.
    static std::optional<ResolvedSource> decode(std::string_view bytes);
};

}  // namespace rockbuild
