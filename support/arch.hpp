// Architectures: Debian's name and what the other worlds call the same machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rockbuild {

/// spec/rockcraft-yaml.md §4 (Debian → OCI), spec/parts-lifecycle.md §7.2 (triplets); ELF machine from elf(5).
struct Arch {
    std::string_view debian;       // amd64
    std::string_view oci;          // amd64
    std::string_view oci_variant;  // empty, v7, v8
    std::string_view triplet;      // x86_64-linux-gnu
    std::string_view machine;      // x86_64, as uname(2) says
    std::uint16_t elf_machine;     // EM_X86_64

    bool operator==(const Arch& other) const { return debian == other.debian; }
};

inline constexpr std::array<Arch, 7> architectures{{
    {"amd64", "amd64", "", "x86_64-linux-gnu", "x86_64", 62},
    {"arm64", "arm64", "v8", "aarch64-linux-gnu", "aarch64", 183},
    {"armhf", "arm", "v7", "arm-linux-gnueabihf", "armv7l", 40},
    {"i386", "386", "", "i386-linux-gnu", "i686", 3},
    {"ppc64el", "ppc64le", "", "powerpc64le-linux-gnu", "ppc64le", 21},
    {"riscv64", "riscv64", "", "riscv64-linux-gnu", "riscv64", 243},
    {"s390x", "s390x", "", "s390x-linux-gnu", "s390x", 22},
}};

constexpr std::optional<Arch> arch_from_debian(std::string_view name) {
    for (const auto& arch : architectures)
        if (arch.debian == name) return arch;
    return std::nullopt;
}

constexpr std::optional<Arch> arch_from_machine(std::string_view machine) {
    for (const auto& arch : architectures)
        if (arch.machine == machine) return arch;
    return machine == "armv8l" ? arch_from_debian("armhf") : std::nullopt;
}

}  // namespace rockbuild
