#include "toolchains/elf.hpp"

#include "unit/toolchains/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a static program for the machine has no fault") {
    CHECK(static_program_fault(elf(), EM_X86_64).empty());
    CHECK(static_program_fault(elf({.type = ET_DYN}), EM_X86_64).empty());  // static-pie
    CHECK(static_program_fault(elf({.kind = ELFCLASS32, .machine = EM_ARM}), EM_ARM).empty());
}

TEST_CASE("the fault of any other file is told") {
    CHECK(static_program_fault("#!/bin/sh\n", EM_X86_64) == "it is a script");
    CHECK(static_program_fault("", EM_X86_64) == "it is no ELF program");
    CHECK(static_program_fault("\x7f"
                               "ELF",
                               EM_X86_64) == "it is no ELF program");
    CHECK(static_program_fault(elf({.type = ET_REL}), EM_X86_64) == "it is no ELF program");
    CHECK(static_program_fault(elf({.machine = EM_AARCH64}), EM_X86_64).find("another machine") != std::string::npos);
    CHECK(static_program_fault(elf({.segment = PT_INTERP}), EM_X86_64).find("dynamically linked") != std::string::npos);
}

TEST_CASE("a header that lies about its program headers is no program") {
    auto header = elf();
    const auto set = [&](auto Elf64_Ehdr::* field, auto value) {
        Elf64_Ehdr changed;
        std::memcpy(&changed, header.data(), sizeof changed);
        changed.*field = static_cast<std::remove_reference_t<decltype(changed.*field)>>(value);
        auto bytes = header;
        std::memcpy(bytes.data(), &changed, sizeof changed);
        return bytes;
    };
    CHECK_FALSE(read_elf(set(&Elf64_Ehdr::e_phoff, ~0ULL)));
    CHECK_FALSE(read_elf(set(&Elf64_Ehdr::e_phoff, ~0ULL - 8)));
    CHECK_FALSE(read_elf(set(&Elf64_Ehdr::e_phentsize, 1)));
    CHECK_FALSE(read_elf(set(&Elf64_Ehdr::e_phnum, 2)));
    for (std::size_t size = 0; size < header.size(); ++size)
        CHECK_FALSE(read_elf(std::string_view(header).substr(0, size)));
}

TEST_CASE("programs of this machine are read as the system has them") {
    const auto shell = read_file("/bin/sh").value();
    REQUIRE(read_elf(shell));
    CHECK(read_elf(shell)->dynamic);
    if (const auto busybox = read_file_if_any("/usr/bin/busybox").value()) CHECK_FALSE(read_elf(*busybox)->dynamic);
}
