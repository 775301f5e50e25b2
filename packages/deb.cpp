// The files of a Debian package: `ar` around `data.tar` in one of three compressions, read as a stream, contents into
// the store. Its scripts are not looked at.
#include "packages/deb.hpp"

#include "image/archive_stream.hpp"
#include "image/layer_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <numeric>
#include <string_view>
#include <thread>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> damaged(const Digest& deb, std::string_view why) {
    return fail("RB0820", fmt::format("the package {} can't be unpacked: {}", deb.short_hex(), why),
                "remove the store and pack again; if it stays so, the archive's file is damaged", ExitCode::bad_data);
}

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

/// The bytes of the member data.tar.* as it lies in the package.
class DataMember {
public:
    static Result<DataMember> open(const Store& store, const Digest& deb) {
        DataMember member;
        member.fd_ = TRY(store.open_blob(deb));
        member.reader_.reset(archive_read_new());
        auto* reader = member.reader_.get();
        archive_read_support_format_ar(reader);
        constexpr std::size_t block = 1 << 16;
        if (archive_read_open_fd(reader, member.fd_.get(), block) != ARCHIVE_OK)
            return damaged(deb, "it is no ar archive");
        archive_entry* entry = nullptr;
        while (archive_read_next_header(reader, &entry) == ARCHIVE_OK)
            if (const char* name = archive_entry_pathname(entry);
                name != nullptr && std::string_view(name).starts_with("data.tar"))
                return member;
        return damaged(deb, "it has no data.tar");
    }

    Result<std::string_view> next(const Digest& deb) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        while (size == 0) {
            const int code = archive_read_data_block(reader_.get(), &data, &size, &offset);
            if (code == ARCHIVE_EOF) return std::string_view();
            if (code != ARCHIVE_OK) return damaged(deb, "its data.tar is cut off");
        }
        return std::string_view(static_cast<const char*>(data), size);
    }

private:
    Fd fd_;
    std::unique_ptr<archive, FreeReader> reader_;
};

Result<Tree> read_files(Store& store, const Digest& deb) {
    auto member = TRY(DataMember::open(store, deb));
    auto plain = TRY(Decompressor::open([&] { return member.next(deb); }, deb.short_hex()));
    auto tar = TRY(TarReader::open([&] { return plain.next(); }, deb.short_hex()));
    constexpr std::uint64_t most_bytes = 32ULL << 30;
    auto tree = TRY(read_layer(tar, store, {most_bytes}, deb.short_hex()));
    const auto is_mark = [](const Entry& entry) { return entry.type == EntryType::whiteout || entry.opaque; };
    if (std::any_of(tree.entries().begin(), tree.entries().end(), is_mark))
        return damaged(deb, "it has names that begin with .wh.");
    return tree;
}

/// How many are unpacked at once.
constexpr std::size_t unpackers = 2;

}  // namespace

Result<Tree> unpack_deb(Store& store, const Digest& deb, const std::optional<std::int64_t>& clamp) {
    // Unpacked once: the tree with the package's own times is remembered.
    const auto note = "deb/" + deb.hex();
    std::optional<Tree> tree;
    if (const auto text = TRY(store.note(note)))
        if (const auto digest = Digest::parse(*text); digest && store.has(*digest)) tree = *TRY(store.tree(*digest));
    if (!tree) {
        auto read = read_files(store, deb);
        if (!read) {
            auto error = std::move(read).error();
            if (error.code == "RB0723" || error.code == "RB0724") return damaged(deb, error.message);
            return std::unexpected(std::move(error));
        }
        tree = std::move(*read);
        TRY_VOID(store.put_note(note, TRY(store.put_tree(*tree)).str()));
    }
    if (!clamp) return std::move(*tree);
    auto entries = tree->entries();
    for (auto& entry : entries) entry.mtime = std::min(entry.mtime, *clamp);
    return Tree::of(std::move(entries));
}

namespace {

/// Trees laid one over the other as `dpkg-deb --extract` into one folder would: a later file wins, and a folder where a
/// link to a folder lies goes where that leads (Debian's /lib).
class Pile {
public:
    Result<void> add(const Tree& tree, const std::string& package) {
        std::map<std::string, std::string, std::less<>> place{{"", ""}};  // of the package's folders in the pile
        for (auto entry : tree.entries()) {
            const auto own_path = entry.path;
            const auto& parent = place.find(parent_of(own_path))->second;
            entry.path =
                parent.empty() ? std::string(name_of(own_path)) : fmt::format("{}/{}", parent, name_of(own_path));
            const auto below = entries_.find(entry.path);
            if (entry.type == EntryType::folder) {
                if (below != entries_.end() && below->second.type == EntryType::symlink)
                    if (auto target = folder_behind(entry.path)) {
                        place.emplace(own_path, std::move(*target));
                        continue;
                    }
                place.emplace(own_path, entry.path);
            } else if (below != entries_.end() && below->second.type == EntryType::folder && !is_empty(entry.path)) {
                return fail("RB0821",
                            fmt::format("the package {} has '{}', which is a folder of files in another package",
                                        package, entry.path),
                            "leave one of the packages out");
            }
            entries_.insert_or_assign(entry.path, std::move(entry));
        }
        return {};
    }

    Tree tree() && {
        std::vector<Entry> list;
        list.reserve(entries_.size());
        for (auto& [path, entry] : entries_) list.push_back(std::move(entry));
        return Tree::of(std::move(list));
    }

private:
    static std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

    bool is_empty(const std::string& folder) const {
        const auto next = entries_.lower_bound(folder + "/");
        return next == entries_.end() || !is_within(folder, next->first);
    }

    std::optional<std::string> folder_behind(const std::string& link) const {
        std::vector<Entry> list;
        for (const auto& [path, entry] : entries_) list.push_back(entry);
        const auto tree = Tree::of(std::move(list));
        const auto target = resolve(tree, link);
        const auto* entry = target ? tree.find(*target) : nullptr;
        if (target && (target->empty() || (entry != nullptr && entry->type == EntryType::folder))) return target;
        return std::nullopt;
    }

    std::map<std::string, Entry> entries_;
};

}  // namespace

Result<Tree> unpack_all(Store& store, const Resolution& resolution, const std::optional<std::int64_t>& clamp) {
    const auto& packages = resolution.packages;
    std::vector<std::optional<Result<Tree>>> trees(packages.size());
    // The largest first, so that none of them is left alone at the end.
    std::vector<std::size_t> order(packages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return packages[i].size; });
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto n = next++; n < order.size(); n = next++) {
            const auto i = order[n];
            trees[i] = unpack_deb(store, packages[i].sha256, clamp);
        }
    };
    {
        std::vector<std::jthread> others;
        while (others.size() + 1 < unpackers) others.emplace_back(work);
        work();
    }
    Pile pile;
    for (std::size_t i = 0; i < packages.size(); ++i) TRY_VOID(pile.add(TRY(std::move(*trees[i])), packages[i].name));
    return std::move(pile).tree();
}

UnpackAhead::~UnpackAhead() {
    for (auto& thread : threads_) thread.request_stop();
}

void UnpackAhead::take(const Digest& deb) {
    const std::lock_guard guard(mutex_);
    waiting_.push_back(deb);
    if (threads_.size() < unpackers) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    wake_.notify_one();
}

void UnpackAhead::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        if (stop.stop_requested()) return;
        const auto deb = waiting_.front();
        waiting_.pop_front();
        lock.unlock();
        (void)unpack_deb(store_, deb, std::nullopt);
        lock.lock();
    }
}

}  // namespace rockbuild
