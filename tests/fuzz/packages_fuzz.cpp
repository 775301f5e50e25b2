// Bytes that claim to be a Debian package, or a stored list of packages: refused or read, never worse.
#include "packages/deb.hpp"
#include "system/file.hpp"

#include <filesystem>

using namespace rockbuild;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto folder = *TempFolder::make(std::filesystem::temp_directory_path(), "packages-fuzz-");
    static const auto store = *Store::open(folder.path() / "store");
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)Resolution::decode(bytes);
    if (const auto blob = store->put(bytes))
        if (const auto tree = unpack_deb(*store, blob->digest, 1'700'000'000)) (void)normalise(*store, *tree);
    return 0;
}
