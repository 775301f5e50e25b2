// Root needs no other process: the handler is called where we are. For an ordinary user a *steward* is forked while
// the program has one thread; it sits in the user namespace and waits at a socket. A call makes a socket pair and
// sends one end to the steward, which forks a child for it: the child reads the request to its end, runs the handler,
// writes the answer, and ends. Calls never meet, and a child that crashes fails one call.
#include "system/id_space.hpp"

#include "system/file.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

namespace rockbuild {

namespace {

/// An answer on the wire: a count of fields, then each as its length and its bytes. One field: the handler's answer;
/// four: code, message, hint and exit code of a diagnostic.
using Fields = std::vector<std::string>;

std::string encode(const Fields& fields) {
    std::string bytes;
    const auto number = [&](std::uint64_t value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
    number(fields.size());
    for (const auto& field : fields) {
        number(field.size());
        bytes += field;
    }
    return bytes;
}

/// None when the bytes end too early: the child died.
std::optional<Fields> decode(std::string_view bytes) {
    const auto number = [&]() -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        if (bytes.size() < sizeof value) return std::nullopt;
        std::memcpy(&value, bytes.data(), sizeof value);
        bytes.remove_prefix(sizeof value);
        return value;
    };
    Fields fields;
    const auto count = number();
    for (std::uint64_t i = 0; count && i < *count; ++i) {
        const auto size = number();
        if (!size || bytes.size() < *size) return std::nullopt;
        fields.emplace_back(bytes.substr(0, *size));
        bytes.remove_prefix(*size);
    }
    return count ? std::optional(std::move(fields)) : std::nullopt;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::shutdown(socket, SHUT_WR) == 0;
}

std::string receive_all(int socket) {
    std::string bytes;
    char buffer[65536];
    for (;;) {
        const auto count = ::read(socket, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

/// A message of one byte that carries a descriptor.
union Parcel {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool send_descriptor(int socket, int descriptor) {
    char byte = 0;
    iovec content{&byte, 1};
    Parcel parcel{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = parcel.bytes;
    message.msg_controllen = sizeof parcel.bytes;
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    ssize_t sent = 0;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

/// -1: the other side is gone.
int receive_descriptor(int socket) {
    char byte = 0;
    iovec content{&byte, 1};
    Parcel parcel{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = parcel.bytes;
    message.msg_controllen = sizeof parcel.bytes;
    ssize_t received = 0;
    do received = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    const auto* const header = received == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

[[noreturn]] void serve(int connection, const IdSpace::Handler& handler) {
    ::signal(SIGCHLD, SIG_DFL);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto request = receive_all(connection);
    const auto answer = handler(request);
    const auto bytes = answer ? encode({*answer})
                              : encode({answer.error().code, answer.error().message, answer.error().hint,
                                        std::to_string(static_cast<unsigned>(answer.error().exit))});
    ::_exit(send_all(connection, bytes) ? 0 : 1);
}

/// The steward's whole life. It ends when the last end of `control` on our side is closed, however we ended.
[[noreturn]] void be_steward(int control, int user_namespace, const IdSpace::Handler& handler) {
    ::setsid();  // Ctrl-C is for the program; it stops its calls itself
    ::umask(022);
    ::signal(SIGCHLD, SIG_IGN);  // children need no waiting
    if (enter_user_namespace(user_namespace) != 0) ::_exit(1);
    // A lock that the program lets go must not live on in our copy of its descriptor.
    if (control != 3 && ::dup3(control, 3, O_CLOEXEC) < 0) ::_exit(1);
    control = 3;
    ::close_range(4, ~0U, 0);
    for (int connection; (connection = receive_descriptor(control)) >= 0; ::close(connection)) {
        if (::fork() != 0) continue;
        ::close(control);
        serve(connection, handler);
    }
    ::_exit(0);
}

class OwnIds final : public IdSpace {
public:
    OwnIds(Handler handler, IdMap map) : handler_(std::move(handler)), map_(std::move(map)) {}
    Result<std::string> call(std::string_view request) override { return handler_(request); }
    const IdMap& map() const override { return map_; }

private:
    Handler handler_;
    IdMap map_;
};

class MappedIds final : public IdSpace {
public:
    MappedIds(Fd control, pid_t steward, IdMap map)
        : control_(std::move(control)), steward_(steward), map_(std::move(map)) {}

    ~MappedIds() override {
        control_.close();
        while (::waitpid(steward_, nullptr, 0) < 0 && errno == EINTR) continue;
    }

    Result<std::string> call(std::string_view request) override {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            return system_error("make a socket for", "the user namespace", errno);
        const Fd ours(ends[0]);
        Fd theirs(ends[1]);
        if (!send_descriptor(control_.get(), theirs.get())) return died();
        theirs.close();
        // Even when sending fails the child may have said why.
        send_all(ours.get(), request);
        auto fields = decode(receive_all(ours.get()));
        if (!fields || (fields->size() != 1 && fields->size() != 4)) return died();
        if (fields->size() == 1) return std::move(fields->front());
        return fail(std::move((*fields)[0]), std::move((*fields)[1]), std::move((*fields)[2]),
                    static_cast<ExitCode>(std::atoi((*fields)[3].c_str())));
    }

    const IdMap& map() const override { return map_; }

private:
    static std::unexpected<Diagnostic> died() {
        return fail("RB0121", "the process in the user namespace ended before it answered",
                    "it may have been killed for lack of memory: see the kernel's log");
    }

    Fd control_;
    pid_t steward_;
    IdMap map_;
};

}  // namespace

Result<std::unique_ptr<IdSpace>> IdSpace::open(Handler handler) {
    if (::geteuid() == 0) return std::make_unique<OwnIds>(std::move(handler), root_map());
    auto user = TRY(open_user_namespace());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return system_error("make a socket for", "the user namespace", errno);
    Fd ours(ends[0]);
    const Fd theirs(ends[1]);
    const pid_t steward = ::fork();
    if (steward < 0) return system_error("fork for", "the user namespace", errno);
    if (steward == 0) {
        ours.close();
        be_steward(theirs.get(), user.fd.get(), handler);
    }
    return std::make_unique<MappedIds>(std::move(ours), steward, std::move(user.map));
}

}  // namespace rockbuild
