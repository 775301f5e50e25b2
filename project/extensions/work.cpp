#include "project/extensions/work.hpp"

#include "project/language.hpp"
#include "project/pattern.hpp"
#include "project/reading.hpp"
#include "support/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace rockbuild {

namespace {

PlacedText modern_base(const YamlNode& project, std::string_view key) {
    auto name = filled_text_at(project, key).value_or(PlacedText{});
    if (const auto* base = find_base_name(name.value); base != nullptr && !base->modern.empty())
        name.value = base->modern;
    return name;
}

Ground ground_of(const std::string& base, const std::string& build_base) {
    if (base == "bare") return Ground::bare;
    return build_base.starts_with("debian@") ? Ground::debian : Ground::ubuntu;
}

}  // namespace

ExtensionWork::ExtensionWork(Complaints& complaints, const YamlNode& project, const Surroundings& around,
                             const Extension& extension, const Span& entry)
    : complaints_(complaints), project_(project), around_(around), extension_(extension), entry_(entry) {
    const auto base = modern_base(project, "base");
    build_base_ = modern_base(project, "build-base");
    if (build_base_.value.empty()) build_base_ = base;
    ground_ = ground_of(base.value, build_base_.value);
    name_ = filled_text_at(project, "name").value_or(PlacedText{}).value;
}

std::string ExtensionWork::module_name() const {
    auto module = name_;
    std::ranges::replace(module, '-', '_');
    return module;
}

std::string ExtensionWork::part_name(std::string_view part) const {
    return fmt::format("{}/{}", extension_.name, part);
}

const YamlNode& ExtensionWork::user_part(std::string_view part) const {
    static const auto nothing = [] {
        YamlNode map;
        map.kind = YamlNode::Kind::map;
        return map;
    }();
    for (const auto* pair : maps_at(project_, "parts"))
        if (pair->key->text == part_name(part)) return *pair->value;
    return nothing;
}

bool ExtensionWork::has_command(const std::string& service) const {
    const auto services = maps_at(project_, "services");
    return std::any_of(services.begin(), services.end(), [&](const YamlPair* pair) {
        return pair->key->text == service && filled_text_at(*pair->value, "command");
    });
}

bool ExtensionWork::exists(const std::string& path) const {
    const auto kind = files().kind(path);
    return kind != ProjectFiles::Kind::nothing && kind != ProjectFiles::Kind::lost_link;
}

std::optional<std::string> ExtensionWork::text_of_file(const std::string& path) {
    if (files().kind(path) != ProjectFiles::Kind::file) {
        error("RB0335", fmt::format("'{}' is no file", files().shown(path)), "put an ordinary file in its place");
        return std::nullopt;
    }
    if (const auto size = files().size(path); size > ProjectFiles::most_bytes) {
        error("RB0335", fmt::format("'{}' is too large to be looked at: it has {} bytes", files().shown(path), size),
              fmt::format("keep it below {} MB", ProjectFiles::most_bytes >> 20U));
        return std::nullopt;
    }
    auto text = files().read(path);
    if (!text) {
        error("RB0335", text.error().message, text.error().hint);
        return std::nullopt;
    }
    if (const auto wrong = not_utf8(*text); wrong != std::string_view::npos) {
        const auto line = static_cast<std::uint32_t>(std::count(text->begin(), text->begin() + wrong, '\n')) + 1;
        error_in(path, {line, 1}, "RB0335", "this line has bytes that are no UTF-8", "save the file as UTF-8");
        return std::nullopt;
    }
    return *std::move(text);
}

std::vector<std::string> ExtensionWork::existing(const std::vector<std::string_view>& names) const {
    std::vector<std::string> found;
    for (const auto name : names)
        if (exists(std::string(name))) found.emplace_back(name);
    return found;
}

std::string ExtensionWork::data_folder() {
    auto folder = around_.data();
    if (folder) return fmt::format("{}/extensions/{}", *folder, extension_.name);
    error(folder.error().code, folder.error().message, folder.error().hint).exit = folder.error().exit;
    return {};
}

Diagnostic& ExtensionWork::error(std::string code, std::string message, std::string hint) {
    failed_ = true;
    return complaints_.error(std::move(code), std::move(message), entry_, std::move(hint));
}

void ExtensionWork::warning(std::string code, std::string message, std::string hint) {
    complaints_.warning(std::move(code), std::move(message), entry_, std::move(hint));
}

Diagnostic& ExtensionWork::error_at(const Span& place, std::string code, std::string message, std::string hint) {
    failed_ = true;
    auto& item = complaints_.error(std::move(code), std::move(message), place, std::move(hint));
    item.notes.push_back({fmt::format("the extension '{}' looks at it", extension_.name), entry_});
    return item;
}

Diagnostic& ExtensionWork::error_in(const std::string& path, Position begin, std::string code, std::string message,
                                    std::string hint) {
    return error_at({files().shown(path), begin, begin}, std::move(code), std::move(message), std::move(hint));
}

std::vector<std::string> ExtensionWork::user_files(std::string_view part, std::string_view key,
                                                   std::string_view folder) {
    std::vector<std::string> texts;
    for (const auto& item : texts_at(user_part(part), key)) {
        // `-app/x`, `- app/x`: what is left out is told as what is taken.
        std::string_view path = item.value;
        if (path.starts_with('-')) path.remove_prefix(1);
        path.remove_prefix(std::min(path.find_first_not_of(' '), path.size()));
        const bool within = path.starts_with(folder) &&
                            (folder.ends_with('/') || path.size() == folder.size() || path[folder.size()] == '/');
        if (!within)
            error_at(item.span, "RB0338",
                     fmt::format("'{}' is not in '{}', where this part puts its files", item.value, folder),
                     fmt::format("begin with {}, or make it a part of your own", folder));
        texts.push_back(item.value);
    }
    return texts;
}

Snippet moved_from(const std::vector<std::string>& files, std::string_view folder) {
    auto moves = Snippet::object();
    for (const auto& file : files) {
        if (file.starts_with('-')) continue;  // what is left out goes nowhere
        auto from = std::filesystem::path(file).lexically_normal().lexically_relative(folder).generic_string();
        if (from.ends_with('/')) from.pop_back();
        moves[from] = file;
    }
    return moves;
}

Snippet daemon_permission(std::string_view path) {
    Snippet permission = Snippet::object();
    if (!path.empty()) permission["path"] = path;
    permission["owner"] = daemon_id;
    permission["group"] = daemon_id;
    return permission;
}

Snippet logging_part(const std::vector<std::string>& more_folders) {
    std::vector<std::string> folders{"opt/promtail", "etc/promtail"};
    folders.insert(folders.end(), more_folders.begin(), more_folders.end());
    std::string script = "craftctl default";
    auto permissions = Snippet::array();
    for (const auto& folder : folders) {
        script += fmt::format("\nmkdir -p $CRAFT_PART_INSTALL/{}", folder);
        permissions.push_back(daemon_permission(folder));
    }
    Snippet part;
    part["plugin"] = "nil";
    part["override-build"] = script;
    part["permissions"] = permissions;
    return part;
}

Snippet certificates_part(Ground ground) {
    Snippet part;
    part["plugin"] = "nil";
    if (ground != Ground::debian) {
        part["stage-packages"] = Snippet::array({"ca-certificates_data"});
        return part;
    }
    // The package makes the bundle when it is installed; unpacked, it has the certificates alone.
    part["stage-packages"] = Snippet::array({"ca-certificates"});
    part["override-build"] =
        "craftctl default\n"
        "mkdir -p ${CRAFT_PART_INSTALL}/etc/ssl/certs\n"
        "awk 1 ${CRAFT_PART_INSTALL}/usr/share/ca-certificates/mozilla/*.crt > "
        "${CRAFT_PART_INSTALL}/etc/ssl/certs/ca-certificates.crt";
    part["stage"] = Snippet::array({"etc/ssl/certs/ca-certificates.crt", "usr/share/doc/ca-certificates/copyright"});
    return part;
}

Snippet assets_part(ExtensionWork& work, const std::vector<std::string_view>& usual) {
    auto files = work.user_files("assets", "stage", "app/");
    if (files.empty()) files = within("app", work.existing(usual));
    if (files.empty() || files.front().starts_with('-')) return nullptr;
    Snippet part;
    part["plugin"] = "dump";
    part["source"] = ".";
    part["organize"] = moved_from(files, "app");
    part["stage"] = files;
    return part;
}

std::vector<std::string> within(std::string_view folder, std::vector<std::string> names) {
    for (auto& name : names) name = fmt::format("{}/{}", folder, name);
    return names;
}

}  // namespace rockbuild
