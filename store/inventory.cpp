// Reading a store's folder, and following mentions in waves: all items of a wave are read side by side, then the next
// wave is what they mention.
#include "store/inventory.hpp"

#include "store/layout.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace rockbuild {

namespace {

constexpr std::uint64_t disk_block = 512;
/// Blobs that say something of others are lists; what is larger than this holds somebody's bytes.
constexpr std::uint64_t most_scanned = 4 << 20;
constexpr std::size_t hex_digits = 2 * Digest::size;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::size_t prefix_of(const std::uint8_t* bytes) {
    return static_cast<std::size_t>(bytes[0]) << 16 | static_cast<std::size_t>(bytes[1]) << 8 | bytes[2];
}

bool by_name(const StoreItem& a, const StoreItem& b) {
    return std::tie(a.name, a.type, a.note) < std::tie(b.name, b.type, b.note);
}

/// Packed archives: bytes without meaning for us.
bool is_packed(std::string_view bytes) {
    using namespace std::string_view_literals;
    static constexpr std::array marks{"!<arch>\n"sv,
                                      "\x1f\x8b"sv,
                                      "\x28\xb5\x2f\xfd"sv,
                                      "\xfd"
                                      "7zXZ"sv,
                                      "\x7f"
                                      "ELF"sv,
                                      "PK\x03\x04"sv};
    return std::any_of(marks.begin(), marks.end(), [&](auto mark) { return bytes.starts_with(mark); });
}

}  // namespace

void for_all(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
    };
    std::vector<std::jthread> threads;
    const auto wanted = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), count / 2 + 1);
    for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(run);
    run();
}

Result<void> Inventory::add_sharded(const fs::path& folder, StoreItem::Type type) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        struct stat status{};
        if (::lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const auto name = it->path().parent_path().filename().native() + it->path().filename().native();
        const auto digest = Digest::from_hex(name);
        if (!digest) continue;
        StoreItem item{
            type, *digest, {}, {}, static_cast<std::uint64_t>(status.st_blocks) * disk_block, status.st_mtim.tv_sec,
            {}};
        // It may go while we look: then it has nothing to say.
        if (type == StoreItem::Type::result) item.text = TRY(read_file_if_any(it->path())).value_or("");
        items_.push_back(std::move(item));
    }
    if (error) return system_error("read", folder, error.value());
    return {};
}

Result<void> Inventory::add_notes(const fs::path& folder) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        struct stat status{};
        if (::lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const auto note = it->path().lexically_relative(folder).native();
        const auto digest = Digest::from_hex(it->path().filename().native());
        items_.push_back({StoreItem::Type::note, digest ? *digest : sha256(note), note, it->path(),
                          static_cast<std::uint64_t>(status.st_blocks) * disk_block, status.st_mtim.tv_sec,
                          TRY(read_file_if_any(it->path())).value_or("")});
    }
    if (error) return system_error("read", folder, error.value());
    return {};
}

Result<Inventory> Inventory::read(const Store& store) {
    Inventory inventory;
    inventory.root_ = store.root();
    // Who is put in while we look is put in after what it names: so that is looked at last.
    TRY_VOID(inventory.add_notes(store.root() / "notes"));
    TRY_VOID(inventory.add_sharded(store.root() / "results", StoreItem::Type::result));
    TRY_VOID(inventory.add_sharded(store.root() / "blobs", StoreItem::Type::blob));
    std::sort(inventory.items_.begin(), inventory.items_.end(), by_name);
    inventory.prefixes_.resize(1 << 24);
    for (const auto& item : inventory.items_) inventory.prefixes_[prefix_of(item.name.bytes().data())] = true;
    return inventory;
}

fs::path Inventory::path(const StoreItem& item) const {
    if (item.type == StoreItem::Type::note) return item.path;
    return item.type == StoreItem::Type::blob ? blob_path(root_, item.name) : result_path(root_, item.name);
}

std::vector<std::uint32_t> Inventory::named(const Digest& name) const {
    const auto less = [](const StoreItem& item, const Digest& digest) { return item.name < digest; };
    std::vector<std::uint32_t> found;
    for (auto it = std::lower_bound(items_.begin(), items_.end(), name, less); it != items_.end() && it->name == name;
         ++it)
        found.push_back(static_cast<std::uint32_t>(it - items_.begin()));
    return found;
}

std::optional<std::uint32_t> Inventory::blob(const Digest& digest) const {
    for (const auto index : named(digest))
        if (items_[index].type == StoreItem::Type::blob) return index;
    return std::nullopt;
}

std::vector<Digest> Inventory::digests_in(std::string_view text) {
    std::vector<Digest> digests;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = begin;
        while (end < text.size() && is_hex(text[end])) ++end;
        if (end - begin == hex_digits) digests.push_back(*Digest::from_hex(text.substr(begin, hex_digits)));
        begin = end + 1;
    }
    return digests;
}

/// Names as bytes, at whatever offset.
void Inventory::add_names(std::string_view bytes, std::vector<std::uint32_t>& found) const {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    for (std::size_t at = 0; at + Digest::size <= bytes.size(); ++at) {
        if (!prefixes_[prefix_of(data + at)]) continue;
        std::array<std::uint8_t, Digest::size> name{};
        std::memcpy(name.data(), data + at, name.size());
        for (const auto index : named(Digest(name))) found.push_back(index);
    }
}

Mentions Inventory::mentions(const StoreItem& item) const {
    Mentions mentions;
    auto& found = mentions.items;
    auto text = item.text;
    if (item.type == StoreItem::Type::blob) {
        const auto path = blob_path(root_, item.name);
        auto bytes = read_file(path);
        if (!bytes || is_packed(*bytes)) return mentions;
        if (const auto tree = Tree::decode(*bytes)) {
            mentions.is_tree = true;
            for (const auto& entry : tree->entries()) {
                if (entry.type != EntryType::file) continue;
                if (const auto index = blob(entry.digest)) found.push_back(*index);
                else mentions.missing.push_back(entry.digest);
            }
        } else if (bytes->size() <= most_scanned) {
            add_names(*bytes, found);
            text = std::move(*bytes);
        }
    }
    for (const auto& digest : digests_in(text))
        for (const auto index : named(digest)) found.push_back(index);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return mentions;
}

void Inventory::walk(std::vector<std::uint32_t> from, const Reach& reach, const Tell& tell) const {
    while (!from.empty()) {
        std::vector<Mentions> mentions(from.size());
        for_all(from.size(), [&](std::size_t i) { mentions[i] = this->mentions(items_[from[i]]); });
        std::vector<std::uint32_t> next;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (tell) tell(from[i], mentions[i]);
            for (const auto index : mentions[i].items)
                if (reach(index, from[i], mentions[i].is_tree)) next.push_back(index);
        }
        from = std::move(next);
    }
}

}  // namespace rockbuild
