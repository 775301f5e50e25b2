#include "rockbuild/places.hpp"

#include "pack/project_folder.hpp"
#include "rockbuild/build_paths.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <utility>

namespace rockbuild {

namespace {

constexpr const char* file_name = "rockcraft.yaml";

std::unexpected<Diagnostic> missing(std::string message, std::string hint) {
    return fail("RB1106", std::move(message), std::move(hint), ExitCode::no_input);
}

fs::path program_path() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error);
}

}  // namespace

fs::path absolute(const Host& host, const std::string& path) {
    return (fs::path(host.working_dir) / path).lexically_normal();
}

Result<ProjectFile> find_project(const Context& context) {
    return find_project(context, context.arguments.at(0).value_or("."));
}

Result<ProjectFile> find_project(const Context& context, const std::string& given) {
    const auto file = context.arguments.value("file");
    std::error_code error;
    ProjectFile project;
    project.dir = absolute(context.host, given);
    if (project.dir.filename().empty()) project.dir = project.dir.parent_path();
    if (!fs::is_directory(project.dir, error))
        return missing(fs::exists(project.dir, error) ? fmt::format("'{}' is no folder", given)
                                                      : fmt::format("there is no folder '{}'", given),
                       "name the project's folder; a file goes with --file");
    project.shown = file ? *file : given == "." ? file_name : (fs::path(given) / file_name).lexically_normal().native();
    project.file = absolute(context.host, project.shown);
    if (fs::is_regular_file(project.file, error)) return project;
    if (file)
        return missing(fmt::format("there is no file '{}'", *file), "--file is seen from the folder where you are");
    auto hint = fmt::format("run it where the {0} is, or name its folder: `rockbuild {1} DIR`", file_name,
                            context.command.name);
    if (const auto other = project.dir / "rockcraft.yml"; fs::exists(other, error))
        hint = fmt::format("rename rockcraft.yml to {}", file_name);
    return missing(fmt::format("there is no {} in '{}'", file_name, given), std::move(hint));
}

Result<void> report(Diagnostics diagnostics, const Screen& screen) {
    std::optional<Diagnostic> last;
    for (auto& diagnostic : diagnostics) {
        if (diagnostic.severity != Severity::error) {
            screen.report(diagnostic);
            continue;
        }
        if (last) screen.report(*last);
        last = std::move(diagnostic);
    }
    if (last) return std::unexpected(*std::move(last));
    return {};
}

Result<ProjectDocument> read_project(const Context& context, const ProjectFile& file) {
    const auto near = file.dir.lexically_relative(context.host.working_dir);
    const ProjectFolder files(file.dir, near.empty() ? file.dir : near);
    Surroundings around;
    around.files = &files;
    around.data = [&]() -> Result<std::string> { return TRY(data_folder(context.settings)).native(); };
    around.experimental = context.settings.flag(Setting::experimental);
    return read_document(TRY(read_file(file.file)), file.shown, around);
}

Result<ProjectDocument> load_document(const Context& context, const ProjectFile& file) {
    auto document = TRY(read_project(context, file));
    TRY_VOID(report(document.diagnostics, context.screen));
    return document;
}

Result<fs::path> data_folder(const Settings& settings) {
    std::error_code error;
    if (const auto& chosen = settings.text(Setting::data); !chosen.empty()) {
        const auto folder = fs::absolute(chosen, error);
        if (fs::is_directory(folder, error)) return folder;
        return fail("RB1109", fmt::format("there is no folder '{}' ({})", chosen, settings[Setting::data].origin),
                    "it is the folder data/ of rockbuild's source, installed as share/rockbuild", ExitCode::unable);
    }
    const auto program = program_path();
    for (const auto& folder : {program.parent_path() / installed_data, fs::path(source_data)})
        if (fs::is_directory(folder, error)) return folder.lexically_normal();
    return fail("RB1109",
                fmt::format("rockbuild's data files are not where they were installed, beside '{}'", program.native()),
                "install rockbuild again, or set ROCKBUILD_DATA to its share/rockbuild", ExitCode::unable);
}

fs::path libexec_folder() {
    std::error_code error;
    auto folder = (program_path().parent_path() / installed_libexec).lexically_normal();
    return fs::is_directory(folder, error) ? folder : fs::path(build_libexec);
}

}  // namespace rockbuild
