// Files are what `git checkout-index` writes (so line ends and the like are as in every checkout) into a folder of the
// store, read back with modes that no umask has touched.
//
// `.git` is not the mirror's: it is made anew of what the source's key holds, so that `git describe`, `git rev-parse`,
// `git log` and `git status` work in steps as they do upstream, and the same commit and tags give the same bytes. It
// holds all commits behind the chosen one, the tags that point to them, and of the chosen one all trees and files, in
// one pack in a fixed order without deltas, without compression. Trees of older commits aren't there: `git log -p`
// doesn't work. A submodule's has no tags, since its key is its commit alone.
#include "parts/sources/git_tree.hpp"

#include "store/folder_io.hpp"
#include "support/relpath.hpp"
#include "support/suggest.hpp"
#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace rockbuild {

namespace {

constexpr int deepest_submodule = 32;

/// A submodule as its repository's tree has it.
struct Submodule {
    std::string path;
    std::string commit;
};

/// `text` up to each NUL.
std::vector<std::string> records_of(const std::string& text) {
    std::vector<std::string> records;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\0', begin), text.size());
        records.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return records;
}

/// A value as git's configuration files write it.
std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const auto c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + "\"";
}

std::unexpected<Diagnostic> no_submodule(std::string message, std::string hint) {
    return fail("RB1076", std::move(message), std::move(hint));
}

class GitTree {
public:
    GitTree(const Workshop& workshop, const Job& job, const Part& part, const std::stop_token& stop)
        : workshop_(workshop), job_(job), part_(part), stop_(stop) {}

    Result<Tree> of(GitMirror& mirror, const ResolvedSource& source, int depth) {
        const auto temporary = TRY(workshop_.store.temporary());
        TRY_VOID(mirror.need(source.commit, job_.offline));
        for (const auto& tag : source.tags) TRY_VOID(mirror.need_tag(tag, job_.offline));
        const auto index = temporary.path() / "index";
        TRY_VOID(mirror.run({"read-tree", source.commit}, {{"GIT_INDEX_FILE", index.native()}}));
        auto entries = TRY(checkout(mirror, temporary.path() / "files", index, source.time)).entries();
        add(entries, below(TRY(repository(mirror, source, temporary.path(), index)), ".git"));
        for (const auto& submodule : TRY(wanted(mirror, source)))
            add(entries, below(TRY(of_submodule(mirror, source, submodule, depth)), submodule.path));
        auto tree = Tree::of(std::move(entries));
        return tree;
    }

private:
    static void add(std::vector<Entry>& entries, const Tree& tree) {
        entries.insert(entries.end(), tree.entries().begin(), tree.entries().end());
    }

    Result<Tree> checkout(GitMirror& mirror, const fs::path& folder, const fs::path& index, std::int64_t time) {
        TRY_VOID(make_folders(folder));
        TRY_VOID(mirror.run({"checkout-index", "--all", "--force"},
                            {{"GIT_INDEX_FILE", index.native()}, {"GIT_WORK_TREE", folder.native()}}, {}, folder));
        FolderReading reading;
        reading.time = time;
        reading.own_files = true;
        auto entries = TRY(read_folder_tree(workshop_.store, folder, reading)).entries();
        for (auto& entry : entries)
            if (entry.type != EntryType::symlink)
                entry.mode = entry.type == EntryType::folder || (entry.mode & 0100U) != 0 ? 0755 : 0644;
        return Tree::of(std::move(entries));
    }

    // --- .git ------------------------------------------------------------------------------------------------------

    Result<Tree> repository(GitMirror& mirror, const ResolvedSource& source, const fs::path& temporary,
                            const fs::path& index) {
        std::vector<Entry> entries;
        const auto folder = [&](const std::string& path) {
            Entry entry;
            entry.path = path;
            entry.type = EntryType::folder;
            entry.mode = 0755;
            entry.mtime = source.time;
            entries.push_back(std::move(entry));
        };
        const auto file = [&](const std::string& path, const Blob& blob) {
            Entry entry;
            entry.path = path;
            entry.digest = blob.digest;
            entry.size = blob.size;
            entry.mtime = source.time;
            entries.push_back(std::move(entry));
        };
        for (const auto* path : {"objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"})
            folder(path);
        auto& store = workshop_.store;
        file("HEAD", TRY(store.put(source.branch.empty() ? source.commit + "\n"
                                                         : fmt::format("ref: refs/heads/{}\n", source.branch))));
        file("config", TRY(store.put(config(source))));
        file("packed-refs", TRY(store.put(references(source))));
        file("index", TRY(file_into_store(index)));
        TRY_VOID(make_folders(temporary / "pack"));
        const auto name = TRY(pack(mirror, source, temporary / "pack" / "pack"));
        for (const auto* end : {"pack", "idx"})
            file(fmt::format("objects/pack/pack-{}.{}", name, end),
                 TRY(file_into_store(temporary / "pack" / fmt::format("pack-{}.{}", name, end))));
        return Tree::of(std::move(entries));
    }

    static std::string config(const ResolvedSource& source) {
        auto text = fmt::format(
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[remote \"origin\"]\n\turl = "
            "{}\n"
            "\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
            quoted(source.url));
        if (!source.branch.empty())
            text += fmt::format("[branch {0}]\n\tremote = origin\n\tmerge = {1}\n", quoted(source.branch),
                                quoted("refs/heads/" + source.branch));
        return text;
    }

    static std::string references(const ResolvedSource& source) {
        std::vector<std::pair<std::string, std::string>> lines;
        if (!source.branch.empty())
            for (const auto* below : {"refs/heads/", "refs/remotes/origin/"})
                lines.emplace_back(below + source.branch,
                                   fmt::format("{} {}{}\n", source.commit, below, source.branch));
        for (const auto& tag : source.tags)
            lines.emplace_back("refs/tags/" + tag.name,
                               fmt::format("{} refs/tags/{}\n", tag.object, tag.name) +
                                   (tag.commit.empty() ? "" : fmt::format("^{}\n", tag.commit)));
        std::ranges::sort(lines);
        std::string text = "# pack-refs with: peeled fully-peeled sorted \n";
        for (const auto& [name, line] : lines) text += line;
        return text;
    }

    /// Writes BASE-NAME.pack and .idx; NAME.
    Result<std::string> pack(GitMirror& mirror, const ResolvedSource& source, const fs::path& base) {
        std::set<std::string> objects;
        const auto gather = [&](const std::string& text) {
            for (std::size_t begin = 0; begin < text.size();) {
                const auto end = std::min(text.find('\n', begin), text.size());
                objects.insert(text.substr(begin, std::min(text.find(' ', begin), end) - begin));
                begin = end + 1;
            }
        };
        gather(TRY(mirror.run({"rev-list", source.commit})));
        gather(TRY(mirror.run({"rev-list", "--objects", "--no-walk", source.commit})));
        for (const auto& tag : source.tags) objects.insert(tag.object);
        std::string input;
        for (const auto& object : objects) input += object + "\n";
        auto name = TRY(mirror.run({"pack-objects", "--quiet", "--threads=1", "--window=0", "--depth=0",
                                    "--compression=0", "--no-reuse-delta", "--no-reuse-object", base.native()},
                                   {}, input));
        while (name.ends_with('\n')) name.pop_back();
        return name;
    }

    Result<Blob> file_into_store(const fs::path& path) {
        const auto fd = TRY(open_file(path, O_RDONLY | O_CLOEXEC));
        return workshop_.store.put_file(fd.get(), path);
    }

    // --- submodules ------------------------------------------------------------------------------------------------

    Result<std::vector<Submodule>> wanted(GitMirror& mirror, const ResolvedSource& source) {
        std::vector<Submodule> all;
        if (source.submodules && source.submodules->empty()) return all;
        constexpr std::string_view link = "160000 commit ";
        for (const auto& record : records_of(TRY(mirror.run({"ls-tree", "-r", "-z", source.commit}))))
            if (const auto tab = record.find('\t'); record.starts_with(link) && tab != std::string::npos)
                all.push_back({record.substr(tab + 1), record.substr(link.size(), tab - link.size())});
        if (!source.submodules) return all;
        std::vector<Submodule> chosen;
        for (const auto& name : *source.submodules) {
            const auto path = RelPath::from_archive(name);
            const auto before = chosen.size();
            if (path)
                for (const auto& submodule : all)
                    if (is_within(path->str(), submodule.path)) chosen.push_back(submodule);
            if (chosen.size() == before) return unknown(name, all, source.url);
        }
        return chosen;
    }

    std::unexpected<Diagnostic> unknown(const std::string& name, const std::vector<Submodule>& all,
                                        const std::string& url) const {
        auto error = no_submodule(fmt::format("'{}' has no submodule at '{}'", url, name),
                                  "name the submodules' paths; without source-submodules all are fetched");
        std::vector<std::string> paths;
        for (const auto& submodule : all) paths.push_back(submodule.path);
        error.error().suggestions = suggestions(name, paths);
        if (part_.source_submodules)
            for (const auto& text : *part_.source_submodules)
                if (text.value == name) error.error().span = text.span;
        return error;
    }

    Result<Tree> of_submodule(GitMirror& mirror, const ResolvedSource& source, const Submodule& submodule, int depth) {
        if (depth >= deepest_submodule)
            return no_submodule(fmt::format("the submodules of '{}' lie in each other more than {} deep", source.url,
                                            deepest_submodule),
                                "name those you need in source-submodules");
        if (!RelPath::parse(submodule.path) || submodule.path.empty())
            return no_submodule(
                fmt::format("the submodule '{}' of '{}' leads out of the source", submodule.path, source.url),
                "don't use this repository");
        const auto url = TRY(url_of(mirror, source, submodule));
        if (!url) return Tree();
        auto address = submodule_address(mirror.address(), *url);
        if (!address)
            return no_submodule(fmt::format("the submodule '{}' of '{}' has the address '{}', which isn't followed",
                                            submodule.path, source.url, *url),
                                "leave it out with source-submodules");
        GitMirror inner(workshop_, *address, part_.name + ":pull", stop_);
        ResolvedSource commit;
        commit.kind = "git";
        commit.time = source.time;
        commit.url = address->shown;
        commit.commit = submodule.commit;
        auto tree = of(inner, commit, depth + 1);
        if (!tree)
            tree.error().notes.push_back(
                {fmt::format("it is the submodule '{}' of '{}'", submodule.path, source.url), std::nullopt});
        return tree;
    }

    /// The submodule's address as .gitmodules has it; none if that says to leave it alone.
    Result<std::optional<std::string>> url_of(GitMirror& mirror, const ResolvedSource& source,
                                              const Submodule& submodule) {
        constexpr std::string_view prefix = "submodule.";
        std::map<std::string, std::map<std::string, std::string>> modules;
        if (const auto text = TRY(mirror.ask({"config", "--blob", source.commit + ":.gitmodules", "-z", "--list"})))
            for (const auto& record : records_of(*text)) {
                const auto line = record.find('\n');
                const auto key = record.substr(0, line);
                const auto dot = key.rfind('.');
                if (!key.starts_with(prefix) || dot <= prefix.size() || line == std::string::npos) continue;
                modules[key.substr(prefix.size(), dot - prefix.size())][key.substr(dot + 1)] = record.substr(line + 1);
            }
        for (auto& [name, values] : modules) {
            if (values["path"] != submodule.path || values["url"].empty()) continue;
            if (values["update"] == "none") return std::nullopt;
            return values["url"];
        }
        return no_submodule(
            fmt::format("'{}' has a submodule '{}' without an address in .gitmodules", source.url, submodule.path),
            "leave it out with source-submodules");
    }

    const Workshop& workshop_;
    const Job& job_;
    const Part& part_;
    std::stop_token stop_;
};

}  // namespace

Result<Tree> git_tree(const Workshop& workshop, const Job& job, GitMirror& mirror, const ResolvedSource& source,
                      const Part& part, const std::stop_token& stop) {
    return GitTree(workshop, job, part, stop).of(mirror, source, 0);
}

}  // namespace rockbuild
