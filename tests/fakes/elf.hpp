// The headers of ELF files, made by hand.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace rockbuild::test {

struct ElfShape {
    unsigned char kind = ELFCLASS64;
    std::uint16_t type = ET_EXEC;
    std::uint16_t machine = EM_X86_64;
    std::uint32_t segment = PT_LOAD;  // the one program header's type
};

template <class Header, class Segment>
std::string elf_of(const ElfShape& shape) {
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = shape.kind;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = shape.type;
    header.e_machine = shape.machine;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Segment);
    header.e_phnum = 1;
    Segment segment{};
    segment.p_type = shape.segment;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    return bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
}

inline std::string elf(const ElfShape& shape = {}) {
    return shape.kind == ELFCLASS32 ? elf_of<Elf32_Ehdr, Elf32_Phdr>(shape) : elf_of<Elf64_Ehdr, Elf64_Phdr>(shape);
}

}  // namespace rockbuild::test
