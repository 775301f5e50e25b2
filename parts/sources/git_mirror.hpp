// A repository's bare mirror in the store's folder, and git as a process that works on it: without hooks, without
// foreign protocols, without questions. One mirror an address, shared by all runs; who changes it holds its lock.
//
// Git is given two environments. What asks another machine has the user's own settings (credentials, proxies, other
// names of addresses): that is transport. What makes files of commits has none, so that they are the same everywhere.
#pragma once

#include "parts/sources/git_address.hpp"
#include "parts/sources/resolved.hpp"
#include "parts/workshop.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// What of a repository is wanted; none of the three: what its HEAD names.
struct GitWish {
    std::string branch;
    std::string tag;
    std::string commit;
};

class GitMirror {
public:
    /// `subject` is what progress is told of.
    GitMirror(const Workshop& workshop, GitAddress address, std::string subject, std::stop_token stop);

    const GitAddress& address() const { return address_; }

    /// Brings branches and tags up to date. RB1074 with git's words; what the network does for a moment is waited for.
    Result<void> update();
    /// The commit that a wish means, with the branch it is on and the tags that describe it, after update(). RB1075 if
    /// there is none, with names that are near.
    Result<ResolvedSource> find(const GitWish& wish);
    /// Sees to it that the mirror has `commit`; asks the other side only if it hasn't. RB1071 if `offline`.
    Result<void> need(const std::string& commit, bool offline);
    /// The same for a tag's object, which may be younger than the commit; RB1075 if it is gone.
    Result<void> need_tag(const GitTag& tag, bool offline);

    /// Runs git on the mirror, without the user's settings; its output. `more` are variables.
    Result<std::string> run(std::vector<std::string> arguments, const std::map<std::string, std::string>& more = {},
                            const std::string& input = {}, const std::filesystem::path& working_dir = {}) const;
    /// The same where git may say no: none then.
    Result<std::optional<std::string>> ask(std::vector<std::string> arguments) const;

private:
    Result<void> make() const;
    Result<std::string> talk(const std::vector<std::string>& arguments) const;
    Result<Finished> start(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                           const std::string& input, const std::filesystem::path& working_dir) const;
    std::unexpected<Diagnostic> failed(const Finished& finished) const;
    std::unexpected<Diagnostic> unreachable(const Finished& finished) const;
    Result<std::optional<std::string>> commit_of(const std::string& name) const;
    Result<std::string> default_branch() const;
    Result<std::vector<GitTag>> tags_of(const std::string& commit) const;
    Result<std::vector<std::string>> names(const std::string& below) const;

    const Workshop& workshop_;
    GitAddress address_;
    std::string subject_;
    std::stop_token stop_;
    std::filesystem::path folder_;
};

}  // namespace rockbuild
