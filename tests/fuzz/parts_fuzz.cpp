// Bytes that claim to be an archive of sources, a stored resolution or a lock: refused or read, never worse. The first
// byte says which. Nothing but the store is written, and what is read keeps its bounds.
#include "parts/lock.hpp"
#include "parts/sources/archive.hpp"
#include "system/file.hpp"

#include <cstdlib>
#include <filesystem>

using namespace rockbuild;

namespace {

/// What can be read is written so that it is read as the same.
void read_a_lock(std::string_view text) {
    const auto lock = Lock::read(text, "rockcraft.lock");
    if (!lock) return;
    const auto written = lock->write();
    const auto again = Lock::read(written, "rockcraft.lock");
    if (!again || again->write() != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto folder = *TempFolder::make(std::filesystem::temp_directory_path(), "parts-fuzz-");
    static const auto store = *Store::open(folder.path() / "store");
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'l') {
        read_a_lock(bytes);
        return 0;
    }
    if (const auto read = ResolvedSource::decode(bytes); read && ResolvedSource::decode(read->encode()) != read)
        std::abort();
    ResolvedSource source;
    source.kind = data[0] == 'z' ? "zip" : "tar";
    if (const auto blob = store->put(bytes)) {
        source.file = blob->digest;
        const ArchiveLimits limits{.entries = 1000, .bytes = 1 << 24, .ratio = 100, .small = 1 << 20};
        const auto tree = unpack_archive(*store, source, {}, limits);
        if (!tree) return 0;
        for (const auto& entry : tree->entries())
            if (entry.path.empty() || entry.path.front() == '/' ||
                ("/" + entry.path + "/").find("/../") != std::string::npos)
                std::abort();
    }
    return 0;
}
