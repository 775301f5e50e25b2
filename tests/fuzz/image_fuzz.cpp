// Bytes that claim to be an OCI archive: the reader refuses them or reads them, and writes nothing outside its store.
#include "image/reader.hpp"
#include "system/file.hpp"

#include <filesystem>

using namespace rockbuild;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto folder = *TempFolder::make(std::filesystem::temp_directory_path(), "image-fuzz-");
    static const auto store = *Store::open(folder.path() / "store");
    const auto file = folder.path() / "x.rock";
    (void)write_file(file, std::string_view(reinterpret_cast<const char*>(data), size));
    if (const auto image = ImageReader::open(file.native()); image) (void)(*image)->root(*store);
    return 0;
}
