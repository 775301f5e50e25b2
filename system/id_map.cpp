// A user namespace lives as long as somebody holds it open: a child makes it, we write its maps (by newuidmap and
// newgidmap, which are allowed to, when we are not), open it, and let the child go. Every later process enters it with
// setns, so that the price of the setuid helpers is paid once in a run.
#include "system/id_map.hpp"

#include "system/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace rockbuild {

namespace {

constexpr std::uint32_t nobody = 65534;
constexpr std::uint32_t first_shared_user = 584792;  // spec/rockcraft-yaml.md, `run-user`: _daemon_ and its kin
constexpr std::uint32_t shared_users = 496;          // …585287

std::string lines(const std::vector<IdRange>& ranges) {
    std::string text;
    for (const auto& range : ranges) text += fmt::format("{} {} {}\n", range.inside, range.outside, range.count);
    return text;
}

std::vector<std::string> helper_arguments(std::string_view helper, pid_t pid, const std::vector<IdRange>& ranges) {
    std::vector<std::string> arguments{std::string(helper), std::to_string(pid)};
    for (const auto& range : ranges)
        for (const auto number : {range.inside, range.outside, range.count})
            arguments.push_back(std::to_string(number));
    return arguments;
}

Result<void> run_helper(std::string_view helper, pid_t pid, const std::vector<IdRange>& ranges) {
    Command command;
    command.arguments = helper_arguments(helper, pid, ranges);
    command.environment = {{"PATH", "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin"}};
    const auto finished = TRY(HostProcesses().run(command, {}));
    if (finished.code == 0) return {};
    return fail("RB0121", fmt::format("{} failed: {}", helper, finished.error.substr(0, finished.error.find('\n'))),
                "install uidmap, and give this user subordinate ids with `usermod --add-subuids --add-subgids`",
                ExitCode::unable);
}

Result<void> write_map(pid_t pid, std::string_view name, std::string_view text) {
    const auto path = fs::path("/proc") / std::to_string(pid) / name;
    const auto fd = TRY(open_file(path, O_WRONLY));
    return write_all(fd.get(), text, path);
}

Result<void> write_maps(pid_t pid, const IdMap& map) {
    if (map.kind == IdMap::Kind::subordinate) {
        TRY_VOID(run_helper("newuidmap", pid, map.users));
        return run_helper("newgidmap", pid, map.groups);
    }
    if (map.kind == IdMap::Kind::single) TRY_VOID(write_map(pid, "setgroups", "deny"));
    TRY_VOID(write_map(pid, "uid_map", lines(map.users)));
    return write_map(pid, "gid_map", lines(map.groups));
}

/// The ids that this process may use at all, each mapped to itself.
std::vector<IdRange> identity(const char* file) {
    std::vector<IdRange> ranges;
    const auto text = read_file(file).value_or("");
    std::string_view rest = text;
    while (!rest.empty()) {
        unsigned long numbers[3] = {};
        if (std::sscanf(std::string(rest.substr(0, rest.find('\n'))).c_str(), "%lu %lu %lu", &numbers[0], &numbers[1],
                        &numbers[2]) == 3) {
            const auto first = static_cast<std::uint32_t>(numbers[0]);
            ranges.push_back({first, first, static_cast<std::uint32_t>(numbers[2])});
        }
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    }
    return ranges;
}

std::string own_name() {
    const auto* entry = ::getpwuid(::geteuid());
    return entry == nullptr ? "" : entry->pw_name;
}

}  // namespace

std::string IdMap::name() const {
    const auto part = [](const std::vector<IdRange>& ranges) {
        std::uint32_t first = UINT32_MAX, count = 0;
        for (std::size_t i = 1; i < ranges.size(); ++i) {
            first = std::min(first, ranges[i].outside);
            count += ranges[i].count;
        }
        return fmt::format("-{}-{}", first, count);
    };
    switch (kind) {
        case Kind::root:
            return "root";
        case Kind::single:
            return fmt::format("single-{}", users.empty() ? 0 : users[0].outside);
        case Kind::subordinate:
            break;
    }
    const auto user = part(users), group = part(groups);
    return "sub" + user + (user == group ? "" : group);
}

std::vector<IdRange> subordinate_ranges(std::uint32_t id, std::uint32_t first, std::uint32_t count) {
    std::vector<IdRange> ranges{{0, id, 1}};
    if (count < 2 * shared_users) {  // too short to give some away
        ranges.push_back({1, first, count});
        return ranges;
    }
    auto low = std::min(count - shared_users, first_shared_user - 1);
    const bool nobody_apart = low < nobody;
    if (nobody_apart) --low;
    ranges.push_back({1, first, low});
    if (nobody_apart) ranges.push_back({nobody, first + low, 1});
    ranges.push_back({first_shared_user, first + count - shared_users, shared_users});
    return ranges;
}

std::optional<IdRange> subordinate_range(std::string_view file, std::string_view user, std::uint32_t id) {
    std::optional<IdRange> best;
    const auto number = std::to_string(id);
    while (!file.empty()) {
        const auto line = file.substr(0, file.find('\n'));
        file.remove_prefix(std::min(line.size() + 1, file.size()));
        const auto first_colon = line.find(':');
        const auto second_colon = first_colon == std::string_view::npos ? first_colon : line.find(':', first_colon + 1);
        if (second_colon == std::string_view::npos) continue;
        const auto name = line.substr(0, first_colon);
        if (name.empty() || (name != user && name != number)) continue;
        IdRange range;
        const auto read = [](std::string_view text, std::uint32_t& value) {
            return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
        };
        if (!read(line.substr(first_colon + 1, second_colon - first_colon - 1), range.outside) ||
            !read(line.substr(second_colon + 1), range.count) || range.count == 0)
            continue;
        if (!best || range.count > best->count) best = range;
    }
    return best;
}

IdMap root_map() { return {IdMap::Kind::root, identity("/proc/self/uid_map"), identity("/proc/self/gid_map")}; }

std::optional<IdMap> subordinate_map() {
    const auto user = own_name();
    const auto uids = subordinate_range(read_file("/etc/subuid").value_or(""), user, ::geteuid());
    const auto gids = subordinate_range(read_file("/etc/subgid").value_or(""), user, ::geteuid());
    if (!uids || !gids) return std::nullopt;
    return IdMap{IdMap::Kind::subordinate, subordinate_ranges(::geteuid(), uids->outside, uids->count),
                 subordinate_ranges(::getegid(), gids->outside, gids->count)};
}

IdMap single_map() { return {IdMap::Kind::single, {{0, ::geteuid(), 1}}, {{0, ::getegid(), 1}}}; }

Result<UserNamespace> open_user_namespace(IdMap map) {
    int ready[2], leave[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) return system_error("make a pipe for", "a user namespace", errno);
    Fd ready_read(ready[0]), ready_write(ready[1]);
    if (::pipe2(leave, O_CLOEXEC) != 0) return system_error("make a pipe for", "a user namespace", errno);
    Fd leave_read(leave[0]), leave_write(leave[1]);

    const pid_t child = ::fork();
    if (child < 0) return system_error("fork for", "a user namespace", errno);
    if (child == 0) {
        ::close(leave[1]);
        const int error = ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
        [[maybe_unused]] auto count = ::write(ready[1], &error, sizeof error);
        char byte;
        count = ::read(leave[0], &byte, 1);
        ::_exit(0);
    }
    ready_write.close();
    int error = ECHILD;
    if (::read(ready_read.get(), &error, sizeof error) != sizeof error) error = ECHILD;
    Result<UserNamespace> result = fail("RB0121", "");
    if (error != 0) {
        result = fail("RB0121", fmt::format("this machine gives no user namespace: {}", std::strerror(error)),
                      "`rockbuild doctor` says what stands in the way", ExitCode::unable);
    } else if (auto written = write_maps(child, map); !written) {
        result = std::unexpected(std::move(written).error());
        result.error().code = "RB0121";
        result.error().exit = ExitCode::unable;
    } else if (auto fd = open_file(fs::path("/proc") / std::to_string(child) / "ns/user", O_RDONLY); !fd) {
        result = std::unexpected(std::move(fd).error());
    } else {
        result = UserNamespace{std::move(map), *std::move(fd)};
    }
    leave_write.close();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
    return result;
}

Result<UserNamespace> open_user_namespace() {
    if (::geteuid() == 0) {
        // Root has its ids without a namespace; the namespace is only one more wall around steps.
        if (auto sealed = open_user_namespace(root_map())) return sealed;
        return UserNamespace{root_map(), Fd()};
    }
    Diagnostic why;
    if (auto map = subordinate_map()) {
        auto opened = open_user_namespace(*std::move(map));
        if (opened) return opened;
        why = std::move(opened).error();
    }
    auto single = open_user_namespace(single_map());
    if (!single && !why.message.empty()) single.error().notes.push_back({why.message, {}});
    return single;
}

int enter_user_namespace(int fd) noexcept {
    if (::setns(fd, CLONE_NEWUSER) != 0) return errno;
    // setgroups is denied in a namespace of one id; the groups stay then, and none of them is mapped.
    if (::setgroups(0, nullptr) != 0 && errno != EPERM) return errno;
    if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) return errno;
    return 0;
}

}  // namespace rockbuild
