#include "support/elf.hpp"

#include "fakes/elf.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

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

namespace {

std::string file_text(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// What binutils' readelf finds between `[` and `]` in its lines about `tag`.
std::vector<std::string> readelf(const std::string& tag, const std::string& path) {
    const auto command = "LC_ALL=C readelf -d '" + path + "' | grep '(" + tag + ")'";
    std::string text;
    auto* pipe = ::popen(command.c_str(), "r");
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    ::pclose(pipe);
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find('[') + 1;
        found.push_back(line.substr(begin, line.find(']') - begin));
    }
    return found;
}

}  // namespace

TEST_CASE("what a program needs is what readelf says") {
    for (const std::string path : {"/bin/bash", "/usr/bin/openssl", "/usr/bin/readelf", "/usr/bin/python3.11"}) {
        const auto bytes = file_text(path);
        if (bytes.empty()) continue;
        INFO(path);
        const auto file = read_elf(bytes);
        REQUIRE(file);
        CHECK(file->interpreter.starts_with("/lib"));
        CHECK(file->needed == readelf("NEEDED", path));
    }
}

TEST_CASE("where a program looks for its libraries is read, and whether those look there too") {
    const std::string folder = P_tmpdir "/rockbuild-elf-" + std::to_string(::getpid());
    REQUIRE(std::system(("mkdir -p " + folder).c_str()) == 0);
    std::ofstream(folder + "/main.c") << "int main(void) { return 0; }\n";
    const auto compiled = [&](const std::string& flags) {
        const auto program = folder + "/program";
        REQUIRE(std::system(("cc -o " + program + " " + folder + "/main.c " + flags).c_str()) == 0);
        return *read_elf(file_text(program));
    };
    const auto run = compiled("-Wl,--enable-new-dtags,-rpath,/opt/a:'$ORIGIN/../lib'");
    CHECK(run.search == std::vector<std::string>{"/opt/a", "$ORIGIN/../lib"});
    CHECK_FALSE(run.search_is_inherited);
    const auto old = compiled("-Wl,--disable-new-dtags,-rpath,/opt/a");
    CHECK(old.search == std::vector<std::string>{"/opt/a"});
    CHECK(old.search_is_inherited);
    const auto alone = compiled("-static");
    CHECK(alone.interpreter.empty());
    CHECK(alone.needed.empty());
    CHECK(std::system(("rm -r " + folder).c_str()) == 0);
}
