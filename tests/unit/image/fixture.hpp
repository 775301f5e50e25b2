// What the image tests share: a store in a folder that goes, contents made on the fly, trees in one line an entry.
#pragma once

#include "fakes/trees.hpp"
#include "store/store.hpp"
#include "system/file.hpp"

#include <sys/mman.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild::test {

/// The value, or the end of the test with the diagnostic's words.
template <class T>
T get(Result<T> result) {
    if (!result) FAIL(result.error().code + ": " + result.error().message);
    return *std::move(result);
}
inline void get(Result<void> result) {
    if (!result) FAIL(result.error().code + ": " + result.error().message);
}

/// The error's code; empty when there was none.
template <class T>
std::string code_of(const Result<T>& result) {
    return result ? std::string() : result.error().code;
}

struct Scratch {
    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "image-test-"));
    std::unique_ptr<Store> store = get(Store::open(folder.path() / "store"));

    Entry file(std::string path, std::string_view content) const {
        const auto blob = get(store->put(content));
        return {.path = std::move(path), .type = EntryType::file, .size = blob.size, .digest = blob.digest};
    }
};

using fakes::folder;
using fakes::link_to;
using fakes::whiteout;

inline Entry opaque(Entry folder) {
    folder.opaque = true;
    return folder;
}

/// `size` bytes that compress to about two thirds; the same for the same seed.
inline std::string noise(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string bytes(size + sizeof(std::uint64_t), '\0');
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
        const std::uint64_t eight = random() & 0x1f1f1f1f1f1f1f1fU;
        std::memcpy(bytes.data() + i, &eight, sizeof eight);
    }
    bytes.resize(size);
    return bytes;
}

/// Standard output of a shell command; the test fails if the command does.
inline std::string run(const std::string& command) {
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe);
    std::string output;
    char buffer[4096];
    while (const auto count = ::fread(buffer, 1, sizeof buffer, pipe.get())) output.append(buffer, count);
    const int status = ::pclose(pipe.release());
    INFO(command);
    REQUIRE(status == 0);
    return output;
}

/// A content in memory as a file.
inline Fd memory_file(std::string_view bytes) {
    Fd fd(::memfd_create("content", MFD_CLOEXEC));
    get(write_all(fd.get(), bytes, "memory"));
    return fd;
}

}  // namespace rockbuild::test
