#include "pack/project_folder.hpp"

#include <algorithm>

namespace rockbuild {

ProjectFiles::Kind ProjectFolder::kind(const std::string& path) const {
    std::error_code error;
    switch (fs::status(folder_ / path, error).type()) {
        case fs::file_type::regular:
            return Kind::file;
        case fs::file_type::directory:
            return Kind::folder;
        case fs::file_type::none:
        case fs::file_type::not_found:
            return fs::is_symlink(fs::symlink_status(folder_ / path, error)) ? Kind::lost_link : Kind::nothing;
        default:
            return Kind::other;
    }
}

std::uint64_t ProjectFolder::size(const std::string& path) const {
    std::error_code error;
    const auto size = fs::file_size(folder_ / path, error);
    return error ? 0 : size;
}

Result<std::string> ProjectFolder::read(const std::string& path) const { return read_file(folder_ / path); }

bool ProjectFolder::is_executable(const std::string& path) const {
    std::error_code error;
    const auto bits = fs::status(folder_ / path, error).permissions();
    return !error &&
           (bits & (fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec)) != fs::perms::none;
}

std::vector<std::string> ProjectFolder::names(const std::string& folder) const {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator item(folder_ / folder, error), end; !error && item != end; item.increment(error))
        found.push_back(item->path().filename().native());
    std::sort(found.begin(), found.end());
    return found;
}

std::string ProjectFolder::shown(const std::string& path) const {
    return (shown_ / path).lexically_normal().generic_string();
}

}  // namespace rockbuild
