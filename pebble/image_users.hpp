// The users and groups of an image: passwd(5), group(5), as Pebble reads them. It is linked without a C library, so
// that what counts is how Go's os/user reads, not libc.
#pragma once

#include "pebble/users.hpp"

#include <map>
#include <string>
#include <string_view>

namespace rockbuild {

class ImageUsers final : public Users {
public:
    /// Of a name or an id given twice the first line counts. A line is left out that has too few fields (7, of groups
    /// 4), ids that are no numbers, or a name that begins with `+`, `-` or `#`; blanks around it don't matter. An id is
    /// looked up by its text: 05 is nobody's that asks for 5.
    ImageUsers(std::string_view passwd, std::string_view group);

    std::optional<User> user(const std::string& name) const override;
    std::optional<User> user_of(std::int64_t uid) const override;
    std::optional<Group> group(const std::string& name) const override;

private:
    std::map<std::string, User, std::less<>> users_;
    std::map<std::string, User, std::less<>> by_id_;  // as the file has the id
    std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace rockbuild
