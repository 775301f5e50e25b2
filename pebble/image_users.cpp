#include "pebble/image_users.hpp"

#include <charconv>
#include <cstdint>
#include <vector>

namespace rockbuild {

namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t begin = 0; begin <= line.size();) {
        const auto end = std::min(line.find(':', begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return fields;
}

std::optional<std::uint32_t> id_of(std::string_view text) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return id;
}

template <class Take>
void for_each_line(std::string_view text, std::size_t least_fields, const Take& take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto fields = fields_of(text.substr(0, end));
        if (fields.size() >= least_fields && !fields[0].empty()) take(fields);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

ImageUsers::ImageUsers(std::string_view passwd, std::string_view group) {
    constexpr std::size_t passwd_fields = 4;  // name, password, uid, gid
    constexpr std::size_t group_fields = 3;   // name, password, gid
    for_each_line(passwd, passwd_fields, [&](const auto& fields) {
        const auto uid = id_of(fields[2]);
        const auto gid = id_of(fields[3]);
        if (!uid || !gid) return;
        const std::string name(fields[0]);
        if (users_.try_emplace(name, User{name, *uid, *gid}).second) names_.try_emplace(*uid, name);
    });
    for_each_line(group, group_fields, [&](const auto& fields) {
        const std::string name(fields[0]);
        if (const auto gid = id_of(fields[2])) groups_.try_emplace(name, Group{name, *gid});
    });
}

std::optional<Users::User> ImageUsers::user(const std::string& name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Users::User> ImageUsers::user_of(std::int64_t uid) const {
    const auto name = names_.find(uid);
    return name == names_.end() ? std::nullopt : user(name->second);
}

std::optional<Users::Group> ImageUsers::group(const std::string& name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace rockbuild
