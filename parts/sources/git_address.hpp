// Where a git repository lies: what git is told, and what may be shown of it.
#pragma once

#include "support/result.hpp"

#include <filesystem>
#include <string>

namespace rockbuild {

struct GitAddress {
    std::string fetch;      // for git; may hold a password
    std::string shown;      // without one; a path of the project relative to it: in keys, messages and `.git/config`
    bool is_local = false;  // on this machine's disk
};

/// Is it a path, as git and upstream tell them from addresses?
bool is_git_path(const std::string& source);

/// RB1070 for an address that git is not to be given: another protocol, a helper (`ext::`), an option.
Result<GitAddress> git_address(const std::string& source, const std::filesystem::path& project_dir);

/// A submodule's `url`, which may be relative to its repository's address (gitmodules(5)). RB1070 also for one on this
/// machine's disk, unless the repository is there too.
Result<GitAddress> submodule_address(const GitAddress& repository, const std::string& url);

}  // namespace rockbuild
