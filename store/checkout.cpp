// Checkouts are made under a temporary name by a worker in the id space (checkout_worker), then renamed: who finds the
// folder finds it whole. Requests to the worker are lines: the act, the store's folder, and the act's arguments.
#include "store/checkout.hpp"

#include "store/folder_io.hpp"
#include "store/inventory.hpp"
#include "store/verify.hpp"

#include <fmt/format.h>

#include <charconv>

namespace rockbuild {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::int64_t number(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Entries that are in the upper side but say nothing new about `lower`: copied up, and the same as before.
Tree without_copies(const Tree& upper, const Tree& lower) {
    const auto unchanged = [&](const Entry& entry) {
        const auto* there = lower.find(entry.path);
        if (there == nullptr || entry.opaque || there->type != entry.type) return false;
        auto dated = entry;
        dated.mtime = there->mtime;
        // A copied-up name of a hard link stands alone; if its bytes are the same, the link below is as good.
        dated.link = there->link;
        return dated == *there;
    };
    auto changed = filter(upper, [&](const Entry& entry) { return !unchanged(entry); }).entries();
    // What stays only as the parent of a change is as it was below.
    for (auto& entry : changed)
        if (unchanged(entry)) entry = *lower.find(entry.path);
    return Tree::of(std::move(changed));
}

}  // namespace

Result<std::string> checkout_worker(std::string_view request) {
    const auto lines = lines_of(request);
    const auto& act = lines.front();
    if (act == "remove" && lines.size() == 2) {
        TRY_VOID(remove_tree(lines[1]));
        return std::string();
    }
    if (act == "measure") {
        std::string sizes;
        for (std::size_t i = 1; i < lines.size(); ++i) sizes += measure_folder(lines[i]);
        return sizes;
    }
    if (act == "compare" && lines.size() == 4) {
        const auto store = TRY(Store::open(lines[1], StoreUse::within));
        return compare_folder(*TRY(store->tree(TRY(Digest::from_hex(lines[2])))), lines[3]);
    }
    if (act == "write" && lines.size() == 4) {
        const auto store = TRY(Store::open(lines[1], StoreUse::within));
        const auto tree = TRY(store->tree(TRY(Digest::from_hex(lines[2]))));
        TRY_VOID(write_folder(*store, *tree, lines[3]));
        return std::string();
    }
    if (act == "read upper" && lines.size() == 4) {
        const auto store = TRY(Store::open(lines[1], StoreUse::within));
        FolderReading reading;
        reading.time = number(lines[3]);
        reading.overlay_marks = true;
        return TRY(store->put_tree(TRY(read_folder_tree(*store, lines[2], reading)))).hex();
    }
    if (act == "read" && lines.size() == 4) {
        const auto store = TRY(Store::open(lines[1], StoreUse::within));
        FolderReading reading;
        reading.time = number(lines[3]);
        return TRY(store->put_tree(TRY(read_folder_tree(*store, lines[2], reading)))).hex();
    }
    return fail("RB0223", "the id space was asked for something unknown", "", ExitCode::internal);
}

Result<fs::path> Checkouts::folder(const Digest& digest) {
    const auto place = store_.root() / "checkouts";
    const auto name = fmt::format("{}-{}", digest.hex(), ids_.map().name());
    const auto folder = place / name;
    std::error_code error;
    // The lock's time is when the checkout was last of use: the folder's own is the tree's.
    touch(place / (name + ".lock"));
    if (fs::exists(folder, error)) return folder;
    TRY_VOID(make_folders(place));
    const auto lock = TRY(FileLock::acquire(place / (name + ".lock"), FileLock::Kind::exclusive));
    if (fs::exists(folder, error)) return folder;
    const auto partial = place / (name + ".partial");
    TRY_VOID(remove(partial));  // of a run that was killed while it wrote
    TRY_VOID(make_folders(partial));
    auto written = ids_.call(fmt::format("write\n{}\n{}\n{}", store_.root().native(), digest.hex(), partial.native()));
    if (!written) {
        (void)remove(partial);
        return std::unexpected(std::move(written).error());
    }
    fs::permissions(partial, fs::perms(0755), error);
    fs::rename(partial, folder, error);
    if (error) return system_error("rename to", folder, error.value());
    return folder;
}

Result<void> Checkouts::copy(const Tree& tree, const fs::path& folder) {
    const auto digest = TRY(store_.put_tree(tree));
    TRY(ids_.call(fmt::format("write\n{}\n{}\n{}", store_.root().native(), digest.hex(), folder.native())));
    return {};
}

Result<Tree> Checkouts::read_upper(const fs::path& upper, const Tree& lower, std::int64_t time) {
    const auto hex =
        TRY(ids_.call(fmt::format("read upper\n{}\n{}\n{}", store_.root().native(), upper.native(), time)));
    return without_copies(*TRY(store_.tree(TRY(Digest::from_hex(hex)))), lower);
}

Result<Tree> Checkouts::read_folder(const fs::path& folder, std::int64_t time) {
    const auto hex = TRY(ids_.call(fmt::format("read\n{}\n{}\n{}", store_.root().native(), folder.native(), time)));
    return *TRY(store_.tree(TRY(Digest::from_hex(hex))));
}

Result<void> Checkouts::remove(const fs::path& folder) {
    TRY(ids_.call(fmt::format("remove\n{}", folder.native())));
    return {};
}

Result<fs::path> Checkouts::caches() {
    const auto folder = store_.root() / "caches" / ids_.map().name();
    TRY_VOID(make_folders(folder));
    return folder;
}

fs::path Checkouts::caches_lock() const { return store_.root() / "caches.lock"; }

Result<void> Checkouts::remove_caches(const std::function<void()>& wait) {
    const auto lock = TRY(FileLock::acquire(caches_lock(), FileLock::Kind::exclusive, wait));
    const auto folder = store_.root() / "caches";
    std::error_code error;
    if (fs::exists(folder, error)) TRY_VOID(remove(folder));
    return {};
}

}  // namespace rockbuild
