#include "rockbuild/rock_folders.hpp"

#include "rockbuild/places.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace rockbuild {

namespace {

constexpr const char* project_name = "rockcraft.yaml";

/// Where the pipeline will stand when it runs.
fs::path repository_root(const fs::path& dir, const Host& host) {
    std::error_code error;
    for (auto above = dir; above != above.parent_path(); above = above.parent_path())
        if (fs::exists(above / ".git", error)) return above;
    return host.working_dir;
}

std::vector<fs::path> project_folders(const fs::path& dir) {
    std::error_code error;
    if (fs::is_regular_file(dir / project_name, error)) return {dir};
    std::vector<fs::path> folders;
    for (fs::directory_iterator item(dir, error), end; !error && item != end; item.increment(error))
        if (fs::is_regular_file(item->path() / project_name, error)) folders.push_back(item->path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

}  // namespace

Result<std::vector<PipelineRock>> read_rocks(const Context& context, const std::string& dir) {
    auto top = absolute(context.host, dir);
    if (top.filename().empty()) top = top.parent_path();
    const auto folders = project_folders(top);
    if (folders.empty())
        return fail("RB1106", fmt::format("there is no {0} in '{1}', nor in a folder of '{1}'", project_name, dir),
                    "name a project's folder, or the folder that holds the folders of several", ExitCode::no_input);
    const auto root = repository_root(top, context.host);
    std::vector<PipelineRock> rocks;
    std::optional<Diagnostic> last;
    for (const auto& folder : folders) {
        const auto within = folder.lexically_relative(root);
        if (within.empty() || *within.begin() == "..")
            return fail("RB1106", fmt::format("'{}' is not within the repository '{}'", folder.native(), root.native()),
                        "run this at the root of the repository that holds it", ExitCode::no_input);
        const auto near = folder.lexically_relative(context.host.working_dir);
        const auto shown = (near.empty() ? folder : near) / project_name;
        auto document = load_document(context, {folder, folder / project_name, shown.lexically_normal().native()});
        if (document) {
            const auto project = project_for(*document, document->builds.front());
            rocks.push_back({project.name.value, within.generic_string(), project.platforms});
            continue;
        }
        if (last) context.screen.report(*last);
        last = std::move(document.error());
    }
    if (last) return std::unexpected(*std::move(last));
    return rocks;
}

}  // namespace rockbuild
