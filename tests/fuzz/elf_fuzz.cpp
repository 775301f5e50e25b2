// Any bytes as an ELF file: what is read of it lies within it.
#include "support/elf.hpp"

#include <cstdlib>

using namespace rockbuild;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)static_program_fault(bytes, 62);
    const auto file = read_elf(bytes);
    if (!file) return 0;
    for (const auto* texts : {&file->needed, &file->search})
        for (const auto& text : *texts)
            if (bytes.find(text) == std::string_view::npos) std::abort();
    if (bytes.find(file->interpreter) == std::string_view::npos) std::abort();
    return 0;
}
