// One start is a walk: the word becomes a file, the file is a script or an ELF program; a script's interpreter is
// started in turn; an ELF program's loader has to be there, and each library that it or one of its libraries needs.
#include "pebble/image_programs.hpp"

#include "support/elf.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace rockbuild {

namespace {

constexpr int deepest_interpreter = 4;  // the kernel gives up there (execve(2): BINPRM_MAX_RECURSION)
constexpr std::uint64_t largest_text = 1 << 20;

/// The bytes of a blob, as long as the value lives.
class Mapped {
public:
    static Result<Mapped> open(const Store& store, const Entry& entry) {
        const auto fd = TRY(store.open_blob(entry.digest));
        struct stat status{};
        if (::fstat(fd.get(), &status) != 0 || status.st_size == 0) return Mapped(nullptr, 0);
        const auto size = static_cast<std::size_t>(status.st_size);
        void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
        return data == MAP_FAILED ? Mapped(nullptr, 0) : Mapped(data, size);
    }
    ~Mapped() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }
    Mapped(Mapped&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
    Mapped& operator=(Mapped&&) = delete;

    std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

private:
    Mapped(void* data, std::size_t size) : data_(data), size_(size) {}
    void* data_;
    std::size_t size_;
};

bool may_execute(const Entry& entry, const Identity& identity) {
    if (identity.uid == 0) return (entry.mode & 0111) != 0 || entry.type == EntryType::folder;
    if (entry.uid == identity.uid) return (entry.mode & 0100) != 0;
    if (entry.gid == identity.gid) return (entry.mode & 0010) != 0;
    return (entry.mode & 0001) != 0;
}

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

/// An empty entry is the folder that one is in.
std::vector<std::string> split_path(const std::string& path) {
    std::vector<std::string> folders;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find(':', begin), path.size());
        folders.push_back(end > begin ? path.substr(begin, end - begin) : ".");
        begin = end + 1;
    }
    return folders;
}

std::string absolute_in(const std::string& folder, const std::string& path) {
    if (path.starts_with('/')) return path;
    return folder + (folder.ends_with('/') ? "" : "/") + path;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

StartFault fault_of(const char* code, std::string message, std::string hint) {
    return {code, std::move(message), std::move(hint)};
}

/// What the loader puts in for a variable of a search path.
std::string expanded(const std::string& folder, const std::string& origin, std::string_view triplet) {
    auto text = folder;
    for (const auto* spelling : {"${ORIGIN}", "$ORIGIN"}) text = replaced(text, spelling, origin);
    for (const auto* spelling : {"${LIB}", "$LIB"}) text = replaced(text, spelling, fmt::format("lib/{}", triplet));
    return text;
}

std::string folder_of(const std::string& path) { return "/" + std::string(parent_of(path)); }

}  // namespace

Result<std::optional<std::string>> ImagePrograms::text(std::string_view path) const {
    const auto real = resolve(root_, path);
    const auto* entry = real ? root_.find(*real) : nullptr;
    if (entry == nullptr || entry->type != EntryType::file || entry->size > largest_text) return std::nullopt;
    return TRY(store_.read(entry->digest));
}

bool ImagePrograms::may_enter(const std::string& path, const Identity& identity) const {
    auto real = resolve(root_, path);
    if (!real) return false;
    for (std::string_view folder = *real; !folder.empty(); folder = parent_of(folder)) {
        const auto* entry = root_.find(folder);
        if (entry == nullptr || entry->type != EntryType::folder || !may_execute(*entry, identity)) return false;
    }
    return true;
}

std::optional<StartFault> ImagePrograms::access_fault(const std::string& path, const Identity& identity) const {
    const auto* entry = root_.find(path);
    if (entry->type == EntryType::folder)
        return fault_of("RB0662", fmt::format("'/{}' is a folder, no program", path), "name a program");
    if (entry->type != EntryType::file)
        return fault_of("RB0662", fmt::format("'/{}' is no regular file", path), "name a program");
    if (!may_execute(*entry, identity))
        return fault_of("RB0662",
                        fmt::format("'/{}' may not be executed by uid {} (mode {:04o}, owner {}:{})", path,
                                    identity.uid, entry->mode, entry->uid, entry->gid),
                        "give it an executable mode: `permissions` of the part that brings it, or chmod in a script");
    if (const auto folder = folder_of(path); folder != "/" && !may_enter(folder, identity))
        return fault_of("RB0662", fmt::format("uid {} may not enter the folder of '/{}'", identity.uid, path),
                        "give the folder a mode that lets it in: `permissions` of the part that brings it");
    return std::nullopt;
}

std::optional<ImagePrograms::InPath> ImagePrograms::found_in_path(const std::string& name, const std::string& path,
                                                                  const Start& start) const {
    for (const auto& folder : split_path(path)) {
        const auto real = resolve(root_, absolute_in(start.folder, folder) + "/" + name);
        if (real && root_.find(*real) != nullptr && !access_fault(*real, start.identity)) return InPath{*real, folder};
    }
    return std::nullopt;
}

Result<std::optional<StartFault>> ImagePrograms::fault(const Start& start) {
    if (start.program.empty())
        return fault_of("RB0661", "the command's first word, the program, is an empty text", "name the program to run");
    if (start.program.find('/') != std::string::npos) {
        const auto path = absolute_in(start.folder, start.program);
        if (const auto real = resolve(root_, path)) {
            auto fault = TRY(file_fault(*real, start, 0));
            if (!fault && path.ends_with('/'))
                fault = fault_of("RB0661", fmt::format("'{}' ends in '/', as if it were a folder", path),
                                 "leave the '/' at its end out");
            return fault;
        }
        const auto link = resolve(root_, path, false);
        return fault_of("RB0661",
                        link ? fmt::format("'{}' is a link to nothing in the image", path)
                             : fmt::format("there is no program '{}' in the image", path),
                        "correct the command, or let a part bring the program");
    }
    if (!start.path || start.path->empty())
        return fault_of("RB0667",
                        fmt::format("'{}' is a bare name, and the image has no PATH to look it up in", start.program),
                        "write the program's whole path, or give the image a PATH by `environment`");
    // Pebble looks it up before it enters the service's folder.
    auto lookup = start;
    lookup.folder = "/";
    if (const auto found = found_in_path(start.program, *start.path, lookup)) {
        if (found->folder.starts_with('/')) return file_fault(found->file, start, 0);
        return fault_of("RB0667",
                        fmt::format("'{}' is found in '{}', which stands in the image's PATH without a '/' before it: "
                                    "Pebble starts nothing from there",
                                    start.program, found->folder),
                        "write the program's whole path, or let the folders of PATH begin with '/'");
    }
    // One that is there and may not be executed is the better word.
    for (const auto& folder : split_path(*start.path))
        if (const auto real = resolve(root_, absolute_in("/", folder) + "/" + start.program))
            return access_fault(*real, start.identity);
    return fault_of("RB0661",
                    fmt::format("there is no program '{}' in the image's PATH ({})", start.program, *start.path),
                    "correct the command, or let a part bring the program");
}

Result<std::optional<StartFault>> ImagePrograms::file_fault(const std::string& path, const Start& start, int depth) {
    if (auto fault = access_fault(path, start.identity)) return fault;
    const auto* entry = root_.find(path);
    const auto file = TRY(Mapped::open(store_, *entry));
    const auto bytes = file.bytes();
    if (bytes.starts_with("#!")) return script_fault(path, bytes.substr(2, bytes.find('\n') - 2), start, depth);
    return elf_fault(path, *entry, start);
}

/// `#!INTERPRETER [ARGUMENT]`: the rest of the line is one argument. Of env(1) the program behind it is meant.
Result<std::optional<StartFault>> ImagePrograms::script_fault(const std::string& path, std::string_view line,
                                                              const Start& start, int depth) {
    const auto words = words_of(line);
    if (line.ends_with('\r'))
        return fault_of("RB0663",
                        fmt::format("the first line of '/{}' ends with a carriage return, which is taken for "
                                    "a part of its interpreter's name",
                                    path),
                        "write the file with line ends of Unix");
    if (words.empty())
        return fault_of("RB0663", fmt::format("the script '/{}' names no interpreter", path),
                        "begin it with a line such as #!/bin/sh");
    if (depth >= deepest_interpreter)
        return fault_of("RB0663", fmt::format("'/{}' is a script whose interpreter is a script, and so on", path),
                        "let it be run by a program");
    const auto interpreter = absolute_in(start.folder, words[0]);
    const auto real = resolve(root_, interpreter);
    if (!real)
        return fault_of("RB0663",
                        fmt::format("the script '/{}' wants '{}', which isn't in the image", path, interpreter),
                        "let a part bring the interpreter, or change the script's first line");
    if (auto fault = TRY(file_fault(*real, start, depth + 1))) return fault;
    if (!interpreter.ends_with("/env")) return std::nullopt;
    const auto program = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
        return !word.starts_with('-') && word.find('=') == std::string::npos;
    });
    if (program == words.end()) return std::nullopt;
    const auto missing = [&](const std::string& where) {
        return fault_of("RB0663", fmt::format("the script '/{}' wants '{}', which isn't in {}", path, *program, where),
                        "let a part bring the interpreter, or change the script's first line");
    };
    if (program->find('/') != std::string::npos) {
        if (const auto found = resolve(root_, absolute_in(start.folder, *program)))
            return file_fault(*found, start, depth + 1);
        return missing("the image");
    }
    const auto own = start.environment.find("PATH");
    const auto search = own != start.environment.end() ? own->second : start.path.value_or("");
    if (const auto found = found_in_path(*program, search, start)) return file_fault(found->file, start, depth + 1);
    return missing(fmt::format("PATH ({})", search));
}

/// Where a loader looks without being told (ld.so(8)): what its configuration names, then its own folders. musl has a
/// file of its own.
Result<std::vector<std::string>> ImagePrograms::library_folders(const std::string& loader) {
    if (const auto known = library_folders_.find(loader); known != library_folders_.end()) return known->second;
    std::vector<std::string> folders;
    if (const auto musl = loader.find("ld-musl-"); musl != std::string::npos) {
        const auto name = loader.substr(musl, loader.find(".so") - musl);
        auto own = TRY(text(fmt::format("etc/{}.path", name))).value_or("/lib:/usr/local/lib:/usr/lib");
        std::replace(own.begin(), own.end(), '\n', ':');
        folders = split_path(own);
    } else {
        std::set<std::string, std::less<>> read;
        std::vector<std::string> files{"etc/ld.so.conf"};
        for (std::size_t i = 0; i < files.size(); ++i) {
            if (!read.insert(files[i]).second) continue;
            std::istringstream lines(TRY(text(files[i])).value_or(""));
            for (std::string line; std::getline(lines, line);) {
                const auto words = words_of(std::string_view(line).substr(0, line.find('#')));
                if (words.size() == 2 && words[0] == "include") {
                    const auto pattern = absolute_in("/etc", words[1]).substr(1);
                    const auto folder = resolve(root_, parent_of(pattern));
                    if (!folder) continue;
                    const auto name = pattern.substr(parent_of(pattern).size() + 1);
                    const auto [begin, end] = root_.range(*folder);
                    for (auto k = begin; k < end; ++k) {
                        const auto& path = root_.entries()[k].path;
                        if (parent_of(path) == *folder &&
                            ::fnmatch(name.c_str(), path.c_str() + folder->size() + 1, 0) == 0)
                            files.push_back(path);
                    }
                } else if (!words.empty()) {
                    folders.push_back(words[0]);
                }
            }
        }
        for (const auto& folder :
             {fmt::format("/lib/{}", triplet_), fmt::format("/usr/lib/{}", triplet_), std::string("/lib64"),
              std::string("/usr/lib64"), std::string("/lib"), std::string("/usr/lib")})
            folders.push_back(folder);
    }
    return library_folders_[loader] = std::move(folders);
}

Result<std::optional<StartFault>> ImagePrograms::elf_fault(const std::string& path, const Entry& entry,
                                                           const Start& start) {
    struct Object {
        std::string path;
        ElfFile file;
    };
    const auto read = [&](const Entry& file) -> Result<std::optional<ElfFile>> {
        return read_elf(TRY(Mapped::open(store_, file)).bytes());
    };
    const auto program = TRY(read(entry));
    if (!program)
        return fault_of("RB0664", fmt::format("'/{}' is neither a program nor a script that begins with #!", path),
                        "if it is a script, begin it with a line such as #!/bin/sh");
    if (program->machine != machine_)
        return fault_of("RB0664",
                        fmt::format("'/{}' is for another machine (ELF machine {}, the image's is {})", path,
                                    program->machine, machine_),
                        "let the part build or bring it for the platform's architecture");
    if (program->interpreter.empty()) return std::nullopt;
    const auto loader = resolve(root_, program->interpreter);
    if (!loader)
        return fault_of(
            "RB0664", fmt::format("'/{}' needs the loader '{}', which isn't in the image", path, program->interpreter),
            "let a part bring the C library (stage-packages: [libc6]), or link the program statically");

    const auto defaults = TRY(library_folders(program->interpreter));
    std::vector<std::string> told;
    if (const auto found = start.environment.find("LD_LIBRARY_PATH"); found != start.environment.end())
        told = split_path(found->second);
    std::vector<std::string> inherited;
    if (program->search_is_inherited)
        for (const auto& folder : program->search) inherited.push_back(expanded(folder, folder_of(path), triplet_));

    std::vector<Object> objects{{path, *program}};
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const auto object = objects[i];
        std::vector<std::string> folders = inherited;
        for (const auto& folder : told) folders.push_back(expanded(folder, folder_of(object.path), triplet_));
        for (const auto& folder : object.file.search)
            folders.push_back(expanded(folder, folder_of(object.path), triplet_));
        folders.insert(folders.end(), defaults.begin(), defaults.end());
        for (const auto& name : object.file.needed) {
            if (!seen.insert(name).second) continue;
            std::optional<Object> found;
            for (const auto& folder : folders) {
                const auto place = absolute_in(folder, name);  // a name with '/' is taken as it is
                const auto real = resolve(root_, name.find('/') == std::string::npos ? place : name);
                const auto* there = real ? root_.find(*real) : nullptr;
                if (there == nullptr || there->type != EntryType::file) continue;
                const auto library = TRY(read(*there));
                if (!library || library->machine != machine_) continue;
                found = Object{*real, *library};
                break;
            }
            if (!found) {
                // The loader itself may be one of the needed (ld-linux…): it is where the program says.
                if (*loader == name || loader->ends_with("/" + name)) continue;
                return fault_of(
                    "RB0665",
                    i == 0 ? fmt::format("'/{}' needs the library {}, which isn't where the loader looks", path, name)
                           : fmt::format("'/{}' needs the library {} (through '/{}'), which isn't where "
                                         "the loader looks",
                                         path, name, object.path),
                    "let a part bring the package that has it, or name its folder by LD_LIBRARY_PATH");
            }
            objects.push_back(*std::move(found));
        }
    }
    return std::nullopt;
}

}  // namespace rockbuild
