// What an ELF header says of a program (elf(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

struct ElfProgram {
    std::uint16_t machine = 0;
    bool dynamic = false;  // it names an interpreter
};

/// None for bytes that are no whole ELF program of this byte order's kind.
std::optional<ElfProgram> read_elf(std::string_view bytes);

/// Why `bytes` is no static program for `machine`, in words; empty if it is one.
std::string static_program_fault(std::string_view bytes, std::uint16_t machine);

}  // namespace rockbuild
