// What an extension works with: what the user wrote, what lies beside it, and the words for what is wrong.
#pragma once

#include "project/complaints.hpp"
#include "project/extensions/expand.hpp"
#include "project/extensions/extension.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// What the image stands on: it decides where programs and libraries come from.
enum class Ground : std::uint8_t { bare, ubuntu, debian };

class ExtensionWork {
public:
    ExtensionWork(Complaints& complaints, const YamlNode& project, const Surroundings& around,
                  const Extension& extension, const Span& entry);

    const YamlNode& project() const { return project_; }
    const ProjectFiles& files() const { return *around_.files; }
    Ground ground() const { return ground_; }
    /// `build-base`, else `base`, in the modern spelling.
    const PlacedText& build_base() const { return build_base_; }
    /// The project's name; empty where that isn't right.
    const std::string& name() const { return name_; }
    /// The name as a Python module's.
    std::string module_name() const;
    /// "go-framework/install-app".
    std::string part_name(std::string_view part) const;
    /// A part of the extension as the user wrote it; an empty map where that isn't there.
    const YamlNode& user_part(std::string_view part) const;
    /// Did the user give the service a command?
    bool has_command(const std::string& service) const;

    bool exists(const std::string& path) const;
    /// A file's text, UTF-8; none if it can't be read, which is said (RB0335).
    std::optional<std::string> text_of_file(const std::string& path);
    /// Those of `names` that exist in the project's folder.
    std::vector<std::string> existing(const std::vector<std::string_view>& names) const;
    /// The folder with the extension's data files; empty where they can't be found, which is said.
    std::string data_folder();

    /// Mistakes are said at the name of the extension, or at a line of a file beside.
    Diagnostic& error(std::string code, std::string message, std::string hint);
    void warning(std::string code, std::string message, std::string hint);
    Diagnostic& error_in(const std::string& path, Position begin, std::string code, std::string message,
                         std::string hint);
    /// At a place in the project file, with a note on who wants it.
    Diagnostic& error_at(const Span& place, std::string code, std::string message, std::string hint);
    bool failed() const { return failed_; }

    /// The entries of a list of a user's part, `prime` or `stage`, which must lie in `folder` ("app/"): RB0338 for
    /// those that don't.
    std::vector<std::string> user_files(std::string_view part, std::string_view key, std::string_view folder);

private:
    Complaints& complaints_;
    const YamlNode& project_;
    const Surroundings& around_;
    const Extension& extension_;
    Span entry_;
    Ground ground_ = Ground::ubuntu;
    PlacedText build_base_;
    std::string name_;
    bool failed_ = false;
};

/// `organize` and `stage` for files of the project that go to their place in the image: from the path relative to
/// `folder` ("app").
Snippet moved_from(const std::vector<std::string>& files, std::string_view folder);

inline constexpr int daemon_id = 584792;  // the user and group `_daemon_`

/// `permissions` for `_daemon_` over everything, or over one path.
Snippet daemon_permission(std::string_view path = {});
/// The part that all but Spring Boot have: folders for a log forwarder, and more of the framework's own.
Snippet logging_part(const std::vector<std::string>& more_folders = {});
/// The certificates of authorities: a slice, or on Debian the file made of its package.
Snippet certificates_part(Ground ground);
/// Files of the project for /app: what the user's `stage` of the part `assets` names, else those of `usual` that exist;
/// null where there are none.
Snippet assets_part(ExtensionWork& work, const std::vector<std::string_view>& usual);
/// Where slices bring bash alone.
inline constexpr std::string_view link_shell = "ln -sf /usr/bin/bash ${CRAFT_PART_INSTALL}/usr/bin/sh";
/// `folder`/x for each.
std::vector<std::string> within(std::string_view folder, std::vector<std::string> names);

}  // namespace rockbuild
