#include "pebble/image_users.hpp"

#include <charconv>
#include <cstdint>
#include <vector>

namespace rockbuild {

namespace {

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view blanks = " \t\v\f\r";
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t begin = 0; begin <= line.size();) {
        const auto end = std::min(line.find(':', begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return fields;
}

/// As strconv.Atoi has it: a sign may come before.
std::optional<std::int64_t> id_of(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return id;
}

template <class Take>
void for_each_line(std::string_view text, std::size_t least_fields, const Take& take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        const auto fields = fields_of(line);
        if (fields.size() >= least_fields && !fields[0].empty() &&
            std::string_view("+-#").find(line[0]) == std::string_view::npos)
            take(fields);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

ImageUsers::ImageUsers(std::string_view passwd, std::string_view group) {
    constexpr std::size_t passwd_fields = 7;  // name, password, uid, gid, comment, home, shell
    constexpr std::size_t group_fields = 4;   // name, password, gid, members
    for_each_line(passwd, passwd_fields, [&](const auto& fields) {
        const auto uid = id_of(fields[2]);
        const auto gid = id_of(fields[3]);
        if (!uid || !gid) return;
        const User user{std::string(fields[0]), *uid, *gid};
        users_.try_emplace(user.name, user);
        by_id_.try_emplace(std::string(fields[2]), user);
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
    const auto found = by_id_.find(std::to_string(uid));
    return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Users::Group> ImageUsers::group(const std::string& name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace rockbuild
