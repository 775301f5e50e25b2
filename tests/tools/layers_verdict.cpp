// What pebble/ says of folders of layers: a folder of Pebble's a line of input, a line of JSON for each. Users and
// groups are those of this machine, for that is where the real Pebble looks them up.
#include "pebble/check.hpp"
#include "pebble/plan_json.hpp"
#include "pebble/users.hpp"

#include <grp.h>
#include <pwd.h>

#include <iostream>
#include <nlohmann/json.hpp>

using namespace rockbuild;

namespace {

class HostUsers : public Users {
public:
    std::optional<User> user(const std::string& name) const override { return user_from(getpwnam(name.c_str())); }
    std::optional<User> user_of(std::int64_t uid) const override {
        if (uid < 0 || uid > UINT32_MAX) return std::nullopt;
        return user_from(getpwuid(static_cast<uid_t>(uid)));
    }
    std::optional<Group> group(const std::string& name) const override {
        const auto* entry = getgrnam(name.c_str());
        return entry == nullptr ? std::nullopt : std::optional(Group{entry->gr_name, entry->gr_gid});
    }

private:
    static std::optional<User> user_from(const passwd* entry) {
        return entry == nullptr ? std::nullopt : std::optional(User{entry->pw_name, entry->pw_uid, entry->pw_gid});
    }
};

nlohmann::ordered_json verdict(const std::string& folder) {
    const auto layers = layers_on_disk(folder + "/layers", "layers");
    if (!layers) return {{"failed", layers.error().message}};
    const auto reading = read_layers(*layers);
    auto said = nlohmann::ordered_json::array();
    auto all = reading.diagnostics;
    for (auto& item : check_users(reading.layers, reading.plan, HostUsers())) all.push_back(std::move(item));
    for (const auto& item : all)
        said.push_back({{"severity", item.severity == Severity::error ? "error" : "warning"},
                        {"code", item.code},
                        {"object", item.object},
                        {"message", item.message},
                        {"file", item.span->file},
                        {"line", item.span->begin.line}});
    return {{"said", std::move(said)}, {"plan", plan_json(reading.plan)}};
}

}  // namespace

int main() {
    for (std::string folder; std::getline(std::cin, folder);)
        std::cout << verdict(folder).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}
