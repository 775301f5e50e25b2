// Only the header and the program headers are read, every offset checked: the file may be anybody's.
#include "toolchains/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>

namespace rockbuild {

namespace {

template <class Header, class Program>
std::optional<ElfProgram> read_class(std::string_view bytes) {
    Header header;
    if (bytes.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return std::nullopt;
    ElfProgram program{header.e_machine};
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Program segment;
        const std::uint64_t at = header.e_phoff + i * std::uint64_t{header.e_phentsize};
        if (header.e_phentsize < sizeof segment || at > bytes.size() || bytes.size() - at < sizeof segment)
            return std::nullopt;
        std::memcpy(&segment, bytes.data() + at, sizeof segment);
        program.dynamic = program.dynamic || segment.p_type == PT_INTERP;
    }
    return program;
}

}  // namespace

std::optional<ElfProgram> read_elf(std::string_view bytes) {
    if (bytes.size() < EI_NIDENT || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) return std::nullopt;
    switch (bytes[EI_CLASS]) {
        case ELFCLASS64:
            return read_class<Elf64_Ehdr, Elf64_Phdr>(bytes);
        case ELFCLASS32:
            return read_class<Elf32_Ehdr, Elf32_Phdr>(bytes);
        default:
            return std::nullopt;
    }
}

std::string static_program_fault(std::string_view bytes, std::uint16_t machine) {
    if (bytes.starts_with("#!")) return "it is a script";
    const auto program = read_elf(bytes);
    if (!program) return "it is no ELF program";
    if (program->machine != machine)
        return fmt::format("it is for another machine (ELF machine {}, wanted {})", program->machine, machine);
    if (program->dynamic) return "it is dynamically linked, and would not start in a bare rock";
    return {};
}

}  // namespace rockbuild
