// The users and groups of an image: passwd(5), group(5).
#pragma once

#include "pebble/users.hpp"

#include <map>
#include <string>
#include <string_view>

namespace rockbuild {

class ImageUsers final : public Users {
public:
    /// Of a name given twice the first line counts; lines that break the format are left out: as libc does.
    ImageUsers(std::string_view passwd, std::string_view group);

    std::optional<User> user(const std::string& name) const override;
    std::optional<User> user_of(std::int64_t uid) const override;
    std::optional<Group> group(const std::string& name) const override;

private:
    std::map<std::string, User, std::less<>> users_;
    std::map<std::int64_t, std::string> names_;  // of users, by id
    std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace rockbuild
