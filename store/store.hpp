// The store: blobs by digest, trees, and the results of steps by key. Shared by all projects and by runs side by side;
// killing a run at any moment leaves it valid (DESIGN.md §3.7): all is written to a temporary name and renamed.
#pragma once

#include "store/tree.hpp"
#include "support/key.hpp"
#include "system/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct Blob {
    Digest digest;
    std::uint64_t size = 0;
};

/// What a step left behind, found again by its key.
struct StepResult {
    std::map<std::string, Digest> trees;        // by name: "source", "install", "layer", "environment" …
    std::map<std::string, std::string> values;  // by name: resolved versions and the like
    std::optional<Digest> log;                  // the blob of its log
    double seconds = 0;                         // what it took
    KeyFields inputs;                           // the key's fields, for "why does it run again"
};

/// The result that the file of one holds; none if it is damaged or of another version.
std::optional<StepResult> parse_result(std::string_view text);

/// Bytes on their way into the store; nothing is visible until finish(). Dropped without finish(): nothing happened.
class BlobWriter {
public:
    virtual ~BlobWriter() = default;
    virtual Result<void> write(std::string_view bytes) = 0;
    virtual Result<Blob> finish() = 0;
};

/// Who else may have the store open at the same time.
enum class StoreUse : std::uint8_t {
    shared,  // everybody but `alone`
    alone,   // nobody: things are taken away. RB0203 (exit 75) names who is in the way
    within,  // a process of somebody who has it open, and waits for us
};

class Store {
public:
    /// Opens or makes the store at `root` (mode 0700; RB0200 if it belongs to somebody else or is of a later format).
    /// `wait` is called if somebody has it alone, whose end is waited for.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& root, StoreUse use = StoreUse::shared,
                                               const std::function<void()>& wait = {});
    virtual ~Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    virtual const std::filesystem::path& root() const = 0;

    virtual bool has(const Digest& digest) const = 0;
    virtual Result<Blob> put(std::string_view bytes) = 0;
    virtual Result<std::unique_ptr<BlobWriter>> writer() = 0;
    /// The content of `fd` from its start to its end, hashed while it is copied.
    virtual Result<Blob> put_file(int fd, const std::filesystem::path& name) = 0;
    /// Whole content; RB0201 if it is not there. `read` checks the digest (RB0202 says the blob is damaged and what to
    /// do).
    virtual Result<std::string> read(const Digest& digest) const = 0;
    virtual Result<Fd> open_blob(const Digest& digest) const = 0;

    virtual Result<Digest> put_tree(const Tree& tree) = 0;
    /// Trees are kept in memory once read: the same shared value for the same digest.
    virtual Result<std::shared_ptr<const Tree>> tree(const Digest& digest) const = 0;

    /// None if the key has no result, or if it names a tree that is gone.
    virtual Result<std::optional<StepResult>> result(const Digest& key) const = 0;
    virtual Result<void> put_result(const Digest& key, const StepResult& result) = 0;
    virtual Result<void> forget_result(const Digest& key) = 0;

    /// Small named facts, for example the keys that a project last had: text by name ("project/<hex>"), last write
    /// wins.
    virtual Result<std::optional<std::string>> note(std::string_view name) const = 0;
    virtual Result<void> put_note(std::string_view name, std::string_view text) = 0;
    virtual Result<void> forget_note(std::string_view name) = 0;

    /// What this opener had a use of so far: the keys of the results that it found or put, and the digests that its
    /// notes' names end with; sorted. A project's last uses are what `store gc` keeps (store/garbage.cpp).
    virtual std::vector<Digest> used() const = 0;

    /// A folder that goes with the value, on the store's file system.
    virtual Result<TempFolder> temporary() = 0;

protected:
    Store() = default;
};

}  // namespace rockbuild
