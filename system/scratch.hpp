// A place for upper sides: a folder of this process below a shared one, taken away at the end. What a killed run left
// behind is taken away by the next.
#pragma once

#include "system/file.hpp"

#include <filesystem>

namespace rockbuild {

class Scratch {
public:
    /// Makes `<base>/run-XXXXXX` and holds a lock beside it. Files of subordinate ids are removed through
    /// `user_namespace` (-1: none). RB0120 when `base` belongs to somebody else.
    static Result<Scratch> make(const fs::path& base, int user_namespace);
    ~Scratch();
    Scratch(Scratch&& other) noexcept;
    Scratch& operator=(Scratch&&) = delete;

    const fs::path& path() const { return path_; }

private:
    Scratch(fs::path path, FileLock lock, int user_namespace)
        : path_(std::move(path)), lock_(std::move(lock)), user_namespace_(user_namespace) {}

    fs::path path_;
    FileLock lock_;
    int user_namespace_;
};

}  // namespace rockbuild
