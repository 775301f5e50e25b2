// `rockcraft.lock`: every input of a project that can move, as it was once: bases, packages, commits, files,
// toolchains. A lock is a value: what was asked, what that stood for, and who asked. Reading, writing and comparing it
// are pure functions; who asks it is parts/lock_keeper.hpp.
//
// On disk it is JSON, sorted, one item a line, so that a change of one version is a change of one line:
//
//     {
//       "schema": "rockbuild.lock/1",
//       "entries": [
//         {
//           "kind": "git",
//           "request": {"branch": "main", "repository": "https://example.org/app.git"},
//           "value": {"branch": "main", "commit": "0123…"},
//           "tags": [
//             {"name": "v1.0", "object": "0123…", "commit": ""}
//           ],
//           "uses": [
//             {"platform": "amd64", "build-on": "amd64", "parts": ["app"]}
//           ]
//         }
//       ]
//     }
//
// In its texts bytes that are no printable ASCII, quotes, backslashes and `%` are written as `%25` is: names of tags
// need be no Unicode.
#pragma once

#include "packages/archive.hpp"
#include "parts/sources/resolved.hpp"
#include "support/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// Who asked: the parts of one build of the project; none where it is asked for whatever the parts are.
struct LockUse {
    std::string platform;  // its label
    std::string build_on;
    std::vector<std::string> parts;  // sorted
    bool operator==(const LockUse&) const = default;
};

/// What was asked stood for. Which of it is there goes by the kind.
struct LockedValue {
    std::map<std::string, std::string> fields;
    std::vector<Package> packages;  // sorted as in a Resolution
    std::vector<GitTag> tags;
    bool operator==(const LockedValue&) const = default;
};

struct LockEntry {
    /// base, stage-packages, overlay-packages, build-packages, git, file, go, node, pebble
    std::string kind;
    /// All that the answer depends on, in words that are the same on every machine.
    std::map<std::string, std::string> request;
    LockedValue value;
    std::vector<LockUse> uses;  // sorted, one a build
    std::optional<Span> place;  // in the file it was read from
};

class Lock {
public:
    static constexpr const char* file_name = "rockcraft.lock";
    static constexpr const char* half_written = "rockcraft.lock.??????";  // beside it, while it is written (glob)

    /// `file` is how messages call it. RB1090 with the place (exit 65) for anything that write() didn't make.
    static Result<Lock> read(std::string_view text, const std::string& file);
    /// The same lock, the same bytes; read() gives it back.
    std::string write() const;

    /// The entry for just this request; null if there is none.
    const LockEntry* find(const std::string& kind, const std::map<std::string, std::string>& request) const;
    /// The entry that stood for the same thing when it was asked otherwise: of the same kind (a source is one, however
    /// it is fetched), for the same build and one of `parts`. Null if there is none.
    const LockEntry* near(const std::string& kind, const std::string& platform, const std::string& build_on,
                          const std::vector<std::string>& parts) const;
    /// Puts it in; one with this request is replaced, but for its uses, which are joined.
    void put(LockEntry entry);
    /// What is used by builds that `keeps` says yes to, by them alone.
    template <class Keeps>
    Lock used_by(const Keeps& keeps) const {
        Lock kept;
        for (auto entry : entries_) {
            std::erase_if(entry.uses, [&](const LockUse& use) { return !keeps(use); });
            if (!entry.uses.empty()) kept.put(std::move(entry));
        }
        return kept;
    }

    const std::vector<LockEntry>& entries() const { return entries_; }

private:
    std::vector<LockEntry> entries_;  // sorted by kind and request, which no two share
};

/// "git" and "file" are both a part's source.
std::string_view locked_thing(std::string_view kind);

/// What of two requests differs: "branch: 'main', now 'next'".
std::vector<std::string> request_differences(const std::map<std::string, std::string>& locked,
                                             const std::map<std::string, std::string>& asked);

}  // namespace rockbuild
