// First every blob is hashed, side by side. Then each note and result is asked what it needs: a tree needs its files, a
// result its trees; whoever needs something damaged or missing is broken itself, and goes with a repair, up to the
// names by which it is found. What is broken is made anew by the next run.
#include "store/verify.hpp"

#include "store/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace rockbuild {

namespace {

constexpr std::size_t most_needed_by = 10;

bool is_sound(const fs::path& path, const Digest& digest) {
    const auto fd = open_file(path, O_RDONLY);
    if (!fd) return false;
    Sha256 hash;
    std::vector<char> buffer(1 << 18);
    for (;;) {
        const auto count = ::read(fd->get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        if (count == 0) return hash.finish() == digest;
        hash.update(buffer.data(), static_cast<std::size_t>(count));
    }
}

bool is_a_tale(const StoreItem& item) {
    return item.type == StoreItem::Type::note &&
           (item.note.starts_with("project/") || item.note.starts_with("uses/") || item.note.starts_with("publish/"));
}

class Examination {
public:
    explicit Examination(const Inventory& inventory) : inventory_(inventory), broken_(inventory.items().size()) {}

    StoreVerdict run() {
        hash_blobs();
        ask_for_needs();
        for (auto& [digest, problem] : lost_) verdict_.problems.push_back(std::move(problem));
        using Type = StoreItem::Type;
        for (const auto type : {Type::note, Type::result, Type::blob})
            for (std::uint32_t i = 0; i < broken_.size(); ++i)
                if (broken_[i] && inventory_.items()[i].type == type) verdict_.items.push_back(i);
        return std::move(verdict_);
    }

    bool is_broken(const Digest& digest) const {
        const auto blob = inventory_.blob(digest);
        return !blob || broken_[*blob];
    }

private:
    void hash_blobs() {
        const auto& items = inventory_.items();
        std::vector<char> damaged(items.size());
        for_all(items.size(), [&](std::size_t i) {
            if (items[i].type == StoreItem::Type::blob && !is_sound(inventory_.path(items[i]), items[i].name))
                damaged[i] = 1;
        });
        for (std::uint32_t i = 0; i < items.size(); ++i) {
            if (items[i].type != StoreItem::Type::blob) continue;
            ++verdict_.blobs;
            verdict_.bytes += items[i].bytes;
            if (damaged[i] == 0) continue;
            broken_[i] = true;
            lost_[items[i].name] = {StoreProblem::Kind::damaged, items[i].name.str(), {}};
        }
    }

    /// Walks from all names to what they mention; then back, from what is broken to whoever mentions it.
    void ask_for_needs() {
        const auto& items = inventory_.items();
        std::vector<std::uint32_t> roots;
        for (std::uint32_t i = 0; i < items.size(); ++i)
            if (items[i].type != StoreItem::Type::blob) roots.push_back(i);
        std::vector<bool> seen(items.size());
        std::vector<std::pair<std::uint32_t, std::uint32_t>> needs;  // who, what
        for (const auto index : roots) add_needs_of_result(index, needs);
        inventory_.walk(
            roots,
            [&](std::uint32_t item, std::uint32_t, bool as_file) {
                if (items[item].type != StoreItem::Type::blob || seen[item]) return false;
                seen[item] = true;
                return !as_file;
            },
            [&](std::uint32_t item, const Mentions& mentions) {
                // A result's inputs are no needs, nor what such a note tells of the past.
                if (items[item].type == StoreItem::Type::result || is_a_tale(items[item])) return;
                if (mentions.is_tree) ++verdict_.trees;
                for (const auto index : mentions.items)
                    if (items[index].type == StoreItem::Type::blob) needs.emplace_back(item, index);
                if (mentions.missing.empty()) return;
                broken_[item] = true;
                for (const auto& digest : mentions.missing)
                    lost_.try_emplace(digest, StoreProblem{StoreProblem::Kind::missing, digest.str(), {}});
                tell_paths(items[item]);
            });
        for (bool more = true; more;) {
            more = false;
            for (const auto& [who, what] : needs) {
                if (!broken_[what]) continue;
                if (!told_.insert({who, what}).second) continue;
                if (lost_.contains(items[what].name)) tell(items[who], items[what].name);
                if (broken_[who]) continue;
                broken_[who] = more = true;
            }
        }
    }

    void add_needs_of_result(std::uint32_t index, std::vector<std::pair<std::uint32_t, std::uint32_t>>& needs) {
        const auto& item = inventory_.items()[index];
        if (item.type != StoreItem::Type::result) return;
        ++verdict_.results;
        const auto result = parse_result(item.text);
        if (!result) {
            broken_[index] = true;
            verdict_.problems.push_back({StoreProblem::Kind::unreadable, item.name.hex(), {}});
            return;
        }
        std::vector<Digest> wanted;
        for (const auto& [name, digest] : result->trees) wanted.push_back(digest);
        if (result->log) wanted.push_back(*result->log);
        for (const auto& digest : wanted) {
            if (const auto blob = inventory_.blob(digest)) {
                needs.emplace_back(index, *blob);
                continue;
            }
            broken_[index] = true;
            lost_.try_emplace(digest, StoreProblem{StoreProblem::Kind::missing, digest.str(), {}});
            tell(item, digest);
        }
        // A layer's blob is a value; values that are no blobs of ours are none of our business.
        for (const auto& [name, value] : result->values)
            if (const auto digest = Digest::parse(value))
                if (const auto blob = inventory_.blob(*digest)) needs.emplace_back(index, *blob);
    }

    void tell(const StoreItem& who, const Digest& what) {
        using Type = StoreItem::Type;
        if (who.type == Type::result) note_need(what, fmt::format("result {}", who.name.hex()));
        else if (who.type == Type::note) note_need(what, fmt::format("note {}", who.note));
        else if (!tell_paths(who)) note_need(what, fmt::format("blob {}", who.name.str()));
    }

    /// The paths of a tree whose contents are lost; false if it is none.
    bool tell_paths(const StoreItem& item) {
        if (!told_trees_.insert(item.name).second) return true;
        const auto bytes = read_file(inventory_.path(item));
        const auto tree = bytes ? Tree::decode(*bytes) : fail("RB0210", "");
        if (!tree) return false;
        for (const auto& entry : tree->entries())
            if (entry.type == EntryType::file && lost_.contains(entry.digest))
                note_need(entry.digest, fmt::format("tree {}: {}", item.name.str(), entry.path));
        return true;
    }

    void note_need(const Digest& what, std::string where) {
        auto& list = lost_[what].needed_by;
        if (list.size() < most_needed_by) list.push_back(std::move(where));
        else if (list.size() == most_needed_by) list.emplace_back("and others");
    }

    const Inventory& inventory_;
    std::vector<bool> broken_;
    std::map<Digest, StoreProblem> lost_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> told_;
    std::set<Digest> told_trees_;
    StoreVerdict verdict_;
};

}  // namespace

std::string compare_folder(const Tree& tree, const fs::path& folder) {
    std::string differences;
    std::size_t count = 0;
    for (const auto& entry : tree.entries()) {
        struct stat status{};
        const auto path = folder / entry.path;
        const bool there = ::lstat(path.c_str(), &status) == 0;
        std::error_code error;
        bool same = there;
        switch (entry.type) {
            case EntryType::folder:
                same = there && S_ISDIR(status.st_mode);
                break;
            case EntryType::symlink:
                same = there && fs::read_symlink(path, error).native() == entry.target;
                break;
            case EntryType::file:
                same = there && S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) == entry.size &&
                       status.st_mtim.tv_sec == entry.mtime;
                break;
            default:
                same = true;  // not everybody may make devices
        }
        if (same) continue;
        if (++count > most_needed_by) return differences + "and others\n";
        differences += entry.path + "\n";
    }
    return differences;
}

Result<StoreVerdict> verify_store(const Store& store, IdSpace& ids, const Inventory& inventory,
                                  const std::vector<StoreFolder>& folders) {
    Examination examination(inventory);
    auto verdict = examination.run();
    for (const auto& folder : folders) {
        if (folder.kind != StoreFolder::Kind::checkout || !folder.is_whole) continue;
        ++verdict.checkouts;
        constexpr std::size_t hex_digits = 64;
        const auto tree = Digest::from_hex(folder.path.filename().native().substr(0, hex_digits));
        if (!tree) continue;
        if (examination.is_broken(*tree)) {
            verdict.folders.push_back(folder);
            continue;
        }
        const auto found =
            TRY(ids.call(fmt::format("compare\n{}\n{}\n{}", store.root().native(), tree->hex(), folder.path.native())));
        if (found.empty()) continue;
        StoreProblem problem{StoreProblem::Kind::changed, folder.path.native(), {}};
        for (std::size_t begin = 0, end; begin < found.size(); begin = end + 1) {
            end = found.find('\n', begin);
            problem.needed_by.push_back(found.substr(begin, end - begin));
        }
        verdict.problems.push_back(std::move(problem));
        verdict.folders.push_back(folder);
    }
    return verdict;
}

}  // namespace rockbuild
