// Bytes that claim to be a tree: decode refuses them or gives a tree that encodes to the same bytes.
#include "store/tree.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto tree = rockbuild::Tree::decode(bytes); tree && tree->encode() != bytes) std::abort();
    return 0;
}
