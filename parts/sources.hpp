// Where a part's files come from (spec/parts-lifecycle.md §8), in two acts: what the part's `source` stands for now,
// which is in the step's key, and the files of that. `plan` needs the first without the second.
#pragma once

#include "parts/value.hpp"
#include "parts/workshop.hpp"
#include "project/project.hpp"

#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace rockbuild {

struct Checksum;
class GitMirror;
struct ResolvedSource;

/// The kind of the part's source as project/language.hpp names it; "local" where its text tells no other.
std::string_view source_kind(const Part& part);

/// Is the part's source a path (of a folder, an archive, a repository) rather than an address?
bool is_source_path(const Part& part);

/// Safe to use from several threads: those that want the same source wait for each other.
class SourceSteps {
public:
    /// `planning`: asks nobody.
    SourceSteps(const Workshop& workshop, const Job& job, bool planning)
        : workshop_(workshop), job_(job), planning_(planning) {}

    /// What the part's `source` stands for now: of a local folder the digest of its tree, of all else that of the blob
    /// with the encoded ResolvedSource; of no source the empty tree. Of branches, tags and files of the web counts what
    /// the lock holds; else they are remembered in the store and asked for anew when that is gone, or once with
    /// --refresh. In plan mode an unknown one is unresolved. RB1071 if --offline forbids to ask.
    Result<Value> resolve(const Part& part, const std::stop_token& stop);

    /// The tree of `resolution`, as far as it is known without fetching.
    Result<Value> known(const Part& part, const Value& resolution);

    /// The tree of `resolution`, which resolve() gave for that part, put into the store. All errors have the place of
    /// the part's source.
    Result<Digest> fetch(const Part& part, const Digest& resolution, const std::stop_token& stop);

private:
    Result<Value> resolve_local(const Part& part);
    Result<Value> resolve_file(const Part& part, const std::stop_token& stop);
    Result<Value> resolve_git(const Part& part, const std::stop_token& stop);
    /// The digest of the file at the part's address; none if it isn't known and may not be asked now.
    Result<std::optional<Digest>> resolve_address(const Part& part, const std::optional<Checksum>& checksum,
                                                  const std::stop_token& stop);
    /// What the store remembers of them, or else the network says; none if that may not be asked now.
    Result<std::optional<Digest>> remembered_file(const Part& part, const std::optional<Checksum>& checksum, bool anew,
                                                  const std::stop_token& stop);
    Result<std::optional<ResolvedSource>> remembered_commit(const Part& part, GitMirror& mirror, bool anew);
    Result<Digest> make(const Part& part, const ResolvedSource& source, const std::stop_token& stop);
    /// Must what the note says be asked for again? Yes once in a run with --refresh, or where it is wanted `anew`.
    bool is_stale(const std::string& note, bool anew);
    std::mutex& turn(const std::string& name);

    const Workshop& workshop_;
    const Job& job_;
    bool planning_;
    std::mutex mutex_;
    std::map<std::string, std::mutex> turns_;
    std::set<std::string> refreshed_;
};

/// The files below `subdir` of a part's source, for the plugins that take them as they are. RB1082 if it isn't there.
Result<Tree> source_subtree(const Tree& source, const Part& part);

}  // namespace rockbuild
