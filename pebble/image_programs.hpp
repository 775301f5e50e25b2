// Can a program of an image be started? Looked up in the image's tree, as the kernel and the loader would (execve(2),
// ld.so(8)): nothing of the host counts.
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// Who runs something in an image.
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// How a program is started.
struct Start {
    std::string program;                             // the command's first word
    std::string folder;                              // the working directory, absolute
    std::optional<std::string> path;                 // PATH of who starts it: where a bare name is looked up
    std::map<std::string, std::string> environment;  // of the program: PATH, LD_LIBRARY_PATH
    Identity identity;
};

/// Why it can't be started.
struct StartFault {
    std::string code;  // RB0661 missing, RB0662 not executable, RB0663 interpreter of a script, RB0664 loader or
                       // machine, RB0665 library, RB0667 no PATH, or one of relative folders
    std::string message;
    std::string hint;
};

class ImagePrograms {
public:
    /// `root`: the whole image, folded.
    ImagePrograms(const Store& store, const Tree& root, std::uint16_t elf_machine, std::string_view triplet)
        : store_(store), root_(root), machine_(elf_machine), triplet_(triplet) {}

    /// None if nothing speaks against it. Errors are the store's.
    Result<std::optional<StartFault>> fault(const Start& start);

    /// The folder that `path` leads to (absolute), if it is one that `identity` may enter.
    bool may_enter(const std::string& path, const Identity& identity) const;
    /// A file of the image, as text; none if there is none, or more than a megabyte.
    Result<std::optional<std::string>> text(std::string_view path) const;

private:
    Result<std::optional<StartFault>> file_fault(const std::string& path, const Start& start, int depth);
    std::optional<StartFault> access_fault(const std::string& path, const Identity& identity) const;
    Result<std::optional<StartFault>> script_fault(const std::string& path, std::string_view line, const Start& start,
                                                   int depth);
    Result<std::optional<StartFault>> elf_fault(const std::string& path, const Entry& entry, const Start& start);
    /// A program that was found by its bare name, and the entry of PATH by which.
    struct InPath {
        std::string file;
        std::string folder;
    };
    /// Entries that don't begin with `/` are seen from the start's folder.
    std::optional<InPath> found_in_path(const std::string& name, const std::string& path, const Start& start) const;
    Result<std::vector<std::string>> library_folders(const std::string& loader);

    const Store& store_;
    const Tree& root_;
    std::uint16_t machine_;
    std::string triplet_;
    std::map<std::string, std::vector<std::string>> library_folders_;  // by loader
};

}  // namespace rockbuild
