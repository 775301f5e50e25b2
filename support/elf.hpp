// What an ELF file says of the program or library in it (elf(5), ld.so(8)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct ElfFile {
    std::uint16_t machine = 0;
    std::string interpreter;           // the loader; empty: it needs none
    std::vector<std::string> needed;   // names of libraries
    std::vector<std::string> search;   // DT_RUNPATH, DT_RPATH: folders in which the loader looks for them, as written
    bool search_is_inherited = false;  // DT_RPATH alone: it holds for what the libraries need, too
};

/// None for bytes that are no whole program or library. `bytes` are anybody's.
std::optional<ElfFile> read_elf(std::string_view bytes);

/// Why `bytes` is no static program for `machine`, in words; empty if it is one.
std::string static_program_fault(std::string_view bytes, std::uint16_t machine);

}  // namespace rockbuild
