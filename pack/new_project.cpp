#include "pack/new_project.hpp"

#include "project/check_shape.hpp"
#include "project/extensions/extension.hpp"
#include "project/language.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr const char* usual_name = "my-rock-name";
constexpr const char* ignored_by_git = "# What `rockbuild pack` makes:\n*.rock\n";

struct NewFile {
    fs::path path;  // relative
    std::string text;
    unsigned mode = 0644;
};

/// Why `text` can't be a new rock's name, and what to do; none if it can. The language takes a single letter too, but
/// not as the title, which the name is where there is none.
std::optional<std::string> name_refusal(const std::string& text) {
    if (text.size() == 1) return "take a longer one: the name is the title too, and that has two characters or more";
    const auto& keys = project_shape().keys;
    const auto key = std::ranges::find(keys, "name", &KeyShape::name);
    const auto value = std::make_shared<YamlNode>();
    value->text = text;
    Complaints complaints{std::string()};
    check_value(complaints, value, key->shape, "'name'", {});
    return complaints.all().empty() ? std::nullopt : std::optional(complaints.all().front().hint);
}

Result<std::string> chosen_name(const NewProject& wish) {
    if (!wish.name) {
        const auto folder = wish.folder.filename().native();
        return name_refusal(folder) ? usual_name : folder;
    }
    if (const auto refusal = name_refusal(*wish.name))
        return fail("RB1131", fmt::format("'{}' can't be a rock's name", *wish.name), *refusal, ExitCode::usage);
    return *wish.name;
}

/// The lines for `base` and, where that is needed, `build-base`.
Result<std::string> base_lines(const NewProject& wish) {
    std::vector<std::string> bases;
    const auto* extension = find_extension(wish.profile);
    if (extension != nullptr) bases.assign(extension->bases.begin(), extension->bases.end());
    else
        for (const auto& base : base_names())
            if (base.is_base && base.modern.empty()) bases.emplace_back(base.name);
    if (std::ranges::find(bases, wish.base) == bases.end()) {
        auto error =
            fail("RB1132", fmt::format("a project of the profile '{}' doesn't stand on '{}'", wish.profile, wish.base),
                 fmt::format("it stands on: {}", fmt::join(bases, ", ")), ExitCode::usage);
        error.error().suggestions = suggestions(wish.base, bases);
        return error;
    }
    if (wish.base == "bare")
        return fmt::format("bare\nbuild-base: {}", extension == nullptr ? "debian@12" : "ubuntu@24.04");
    return wish.base == "ubuntu@26.10" ? wish.base + "\nbuild-base: devel" : wish.base;
}

std::string filled(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
    for (const auto& [name, value] : values) {
        const auto mark = fmt::format("@{}@", name);
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }
    return text;
}

Result<std::vector<NewFile>> files_of(const NewProject& wish, const fs::path& folder) {
    const auto name = TRY(chosen_name(wish));
    auto module = name;
    std::ranges::replace(module, '-', '_');
    const std::vector<std::pair<std::string, std::string>> values{
        {"NAME", name}, {"MODULE", module}, {"BASE", TRY(base_lines(wish))}, {"ARCH", std::string(wish.arch.debian)}};
    std::vector<NewFile> files;
    std::error_code error;
    for (fs::recursive_directory_iterator item(folder, error), end; !error && item != end; item.increment(error)) {
        if (!item->is_regular_file()) continue;
        const bool runs = (item->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
        files.push_back({item->path().lexically_relative(folder), filled(TRY(read_file(item->path())), values),
                         runs ? 0755U : 0644U});
    }
    if (files.empty())
        return fail("RB1130", fmt::format("rockbuild's data files have no template in '{}'", folder.native()),
                    "install rockbuild again, or set ROCKBUILD_DATA to its share/rockbuild", ExitCode::unable);
    std::ranges::sort(files, {}, &NewFile::path);
    return files;
}

Result<void> check_free(const fs::path& folder, const std::vector<NewFile>& files) {
    std::error_code unused;
    if (fs::exists(fs::symlink_status(folder, unused)) && !fs::is_directory(folder, unused))
        return fail("RB1133", fmt::format("'{}' is there, and is no folder", folder.native()),
                    "take it away, or name another folder: nothing was written", ExitCode::cannot_write);
    std::vector<fs::path> taken;
    for (const auto& file : files) {
        std::error_code error;
        if (fs::exists(fs::symlink_status(folder / file.path, error))) taken.push_back(file.path);
    }
    if (taken.empty()) return {};
    auto error = fail("RB1133", fmt::format("{} would be overwritten", taken.size() == 1 ? "a file" : "files"),
                      "take them away, or name another folder: nothing was written", ExitCode::cannot_write);
    for (const auto& path : taken)
        error.error().notes.push_back({fmt::format("'{}' is there", (folder / path).native()), std::nullopt});
    return error;
}

/// The folders that are missing above `path`, outermost first, are made; they are noted in `made`.
Result<void> make_noted_folders(const fs::path& path, std::vector<fs::path>& made) {
    std::error_code error;
    if (path.empty() || fs::is_directory(path, error)) return {};
    TRY_VOID(make_noted_folders(path.parent_path(), made));
    TRY_VOID(make_folders(path));
    made.push_back(path);
    return {};
}

Result<void> write_files(const fs::path& folder, const std::vector<NewFile>& files, std::vector<fs::path>& made) {
    for (const auto& file : files) {
        TRY_VOID(make_noted_folders((folder / file.path).parent_path(), made));
        TRY_VOID(write_file(folder / file.path, file.text, file.mode));
        made.push_back(folder / file.path);
    }
    return {};
}

class Git {
public:
    Git(ProcessRunner& processes, const std::map<std::string, std::string>& environment, const std::stop_token& stop)
        : processes_(processes), environment_(environment), stop_(stop) {}

    /// Is the folder, or the one above it that there is, in a repository?
    bool has(fs::path folder) const {
        std::error_code error;
        while (!fs::is_directory(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
        const auto answer = run(folder, {"rev-parse", "--git-dir"});
        return answer && answer->code == 0;
    }

    Result<void> init(const fs::path& folder) const {
        const auto answer = run(folder, {"init", "--quiet"});
        if (!answer)
            return fail("RB1134", fmt::format("git can't be run: {}", answer.error().message),
                        "install git, or leave --vcs git out", ExitCode::unable);
        if (answer->code == 0) return {};
        auto error = fail("RB1134", "`git init` failed", "mend what it says, or leave --vcs git out", ExitCode::unable);
        error.error().excerpt.push_back(answer->error);
        return error;
    }

private:
    Result<Finished> run(const fs::path& folder, const std::vector<std::string>& words) const {
        Command command{{"git", "-C", folder.native()}, environment_};
        command.arguments.insert(command.arguments.end(), words.begin(), words.end());
        return processes_.run(command, stop_);
    }

    ProcessRunner& processes_;
    const std::map<std::string, std::string>& environment_;
    std::stop_token stop_;
};

}  // namespace

const std::vector<std::string_view>& profiles() {
    static const auto names = [] {
        std::vector<std::string_view> all{"simple", "test"};
        for (const auto& extension : extensions()) all.push_back(extension.name);
        return all;
    }();
    return names;
}

Result<void> make_project(const NewProject& wish, const fs::path& templates, ProcessRunner& processes,
                          const std::map<std::string, std::string>& environment, const std::stop_token& stop) {
    auto files = TRY(files_of(wish, templates / wish.profile));
    TRY_VOID(check_free(wish.folder, files));
    const Git git(processes, environment, stop);
    const bool new_repository = wish.git && !git.has(wish.folder);
    std::error_code error;
    const auto repository = wish.folder / ".git";
    const bool had_one = fs::exists(fs::symlink_status(repository, error));
    if (new_repository && !fs::exists(wish.folder / ".gitignore", error))
        files.push_back({".gitignore", ignored_by_git, 0644});
    std::vector<fs::path> made;
    const auto make = [&]() -> Result<void> {
        TRY_VOID(make_noted_folders(wish.folder, made));
        if (new_repository) TRY_VOID(git.init(wish.folder));
        return write_files(wish.folder, files, made);
    };
    auto done = make();
    if (done) return {};
    if (done.error().code != "RB1134") done.error().exit = ExitCode::cannot_write;
    // What was made goes again; a folder that somebody else put something into stays.
    if (new_repository && !had_one) fs::remove_all(repository, error);
    for (auto path = made.rbegin(); path != made.rend(); ++path) fs::remove(*path, error);
    return done;
}

}  // namespace rockbuild
