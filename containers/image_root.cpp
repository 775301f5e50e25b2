#include "containers/image_root.hpp"

#include "image/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The lines of passwd(5) and group(5), split at colons.
std::vector<std::vector<std::string>> records(std::string_view text) {
    std::vector<std::vector<std::string>> result;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        std::vector<std::string> fields;
        for (;;) {
            const auto colon = line.find(':');
            fields.emplace_back(line.substr(0, colon));
            if (colon == std::string_view::npos) break;
            line.remove_prefix(colon + 1);
        }
        if (fields.size() >= 3) result.push_back(std::move(fields));
    }
    return result;
}

bool has_member(std::string_view members, std::string_view name) {
    while (!members.empty()) {
        const auto member = members.substr(0, members.find(','));
        if (member == name) return true;
        members.remove_prefix(std::min(member.size() + 1, members.size()));
    }
    return false;
}

std::unexpected<Diagnostic> no_such(std::string_view kind, const std::string& name, std::string_view file) {
    return fail("RB1154", fmt::format("the image wants the {} '{}', but its {} has none", kind, name, file),
                "the image's config and its files don't fit together", ExitCode::bad_data);
}

}  // namespace

Result<std::optional<std::string>> image_file(const Store& store, const Tree& root, std::string_view path) {
    const auto real = resolve(root, path);
    const auto* entry = real ? root.find(*real) : nullptr;
    if (entry == nullptr || entry->type != EntryType::file || entry->size > (4 << 20)) return std::nullopt;
    return TRY(store.read(entry->digest));
}

Result<ImageConfig> read_image_config(std::string_view text) {
    const auto document = Json::parse(text, nullptr, false);
    const auto broken = [](std::string_view what) {
        return fail("RB1159", fmt::format("the image's config is broken: {}", what), "get the image again",
                    ExitCode::bad_data);
    };
    if (!document.is_object()) return broken("it is no JSON object");
    ImageConfig config;
    const auto found = document.find("config");
    if (found == document.end() || found->is_null()) return config;
    if (!found->is_object()) return broken("'config' is no object");
    const auto list = [&](const char* name, std::vector<std::string>& into) -> Result<void> {
        const auto field = found->find(name);
        if (field == found->end() || field->is_null()) return {};
        if (!field->is_array()) return broken(fmt::format("'{}' is no list", name));
        for (const auto& item : *field) {
            if (!item.is_string()) return broken(fmt::format("'{}' is no list of strings", name));
            into.push_back(item.get<std::string>());
        }
        return {};
    };
    const auto string = [&](const char* name, std::string& into) -> Result<void> {
        const auto field = found->find(name);
        if (field == found->end() || field->is_null()) return {};
        if (!field->is_string()) return broken(fmt::format("'{}' is no string", name));
        into = field->get<std::string>();
        return {};
    };
    TRY_VOID(list("Entrypoint", config.entrypoint));
    TRY_VOID(list("Cmd", config.command));
    TRY_VOID(list("Env", config.environment));
    TRY_VOID(string("User", config.user));
    TRY_VOID(string("WorkingDir", config.working_dir));
    return config;
}

Result<ImageRoot> read_image_root(Store& store, const std::string& reference) {
    const auto image = TRY(ImageReader::open(reference));
    ImageRoot result;
    result.manifest = image->manifest().digest;
    result.config = TRY(read_image_config(image->config_json()));
    const auto note = "image-root/" + result.manifest.hex();
    if (const auto known = TRY(store.note(note)))
        if (const auto digest = Digest::parse(*known); digest && store.has(*digest)) {
            result.root = *digest;
            result.tree = TRY(store.tree(*digest));
            return result;
        }
    result.root = TRY(store.put_tree(TRY(image->root(store))));
    result.tree = TRY(store.tree(result.root));
    TRY_VOID(store.put_note(note, result.root.str()));
    return result;
}

Result<ContainerUser> find_user(const Store& store, const Tree& root, const std::string& text) {
    const auto colon = text.find(':');
    const auto user = text.substr(0, colon);
    const auto group = colon == std::string::npos ? std::string() : text.substr(colon + 1);
    const auto users = records(TRY(image_file(store, root, "etc/passwd")).value_or(""));
    const auto groups = records(TRY(image_file(store, root, "etc/group")).value_or(""));

    ContainerUser result;
    const auto id = number(user.empty() ? "0" : user);
    const auto entry = std::find_if(users.begin(), users.end(), [&](const auto& fields) {
        return fields[0] == user || (id && number(fields[2]) == id);
    });
    if (!id && (entry == users.end() || !number((*entry)[2]))) return no_such("user", user, "/etc/passwd");
    result.uid = id ? *id : *number((*entry)[2]);
    if (entry != users.end()) {
        if (entry->size() > 3) result.gid = number((*entry)[3]).value_or(0);
        if (entry->size() > 5 && !(*entry)[5].empty()) result.home = (*entry)[5];
        for (const auto& fields : groups)
            if (const auto gid = number(fields[2]);
                gid && fields.size() > 3 && has_member(fields[3], (*entry)[0]) && group.empty())
                result.groups.push_back(*gid);
    }
    if (group.empty()) return result;
    if (const auto gid = number(group)) {
        result.gid = *gid;
        return result;
    }
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& fields) { return fields[0] == group; });
    if (found == groups.end() || !number((*found)[2])) return no_such("group", group, "/etc/group");
    result.gid = *number((*found)[2]);
    return result;
}

}  // namespace rockbuild
