// A web server on loopback for tests: each request is answered by a function, which may also be slow, lie about the
// length or cut the connection. One request a connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rockbuild::fakes {

struct WebRequest {
    std::string target;  // as the request line has it: a path, or an address when asked as a proxy
    std::map<std::string, std::string> headers;  // names in lower case
    std::size_t nth = 0;                         // among the requests for this target, from 0
};

struct WebReply {
    int status = 200;
    std::string body;
    std::vector<std::string> headers = {};      // "Retry-After: 1"
    bool ranges = true;                         // `Range: bytes=N-` is honoured
    std::optional<std::size_t> cut_after = {};  // the connection ends after so many bytes of the body
    std::chrono::milliseconds before_body{0};   // a pause between head and body
};

class WebServer {
public:
    using Handler = std::function<WebReply(const WebRequest&)>;

    explicit WebServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no port on loopback");
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~WebServer() {
        stopping_ = true;
        acceptor_.join();
        for (auto& thread : connections_) thread.join();
        ::close(listener_);
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

    std::vector<WebRequest> requests() const {
        const std::lock_guard guard(mutex_);
        return requests_;
    }
    /// The most connections that were being answered at one time.
    std::size_t most_at_once() const { return most_at_once_; }

private:
    void accept_all() {
        constexpr int tick_ms = 20;
        while (!stopping_) {
            pollfd ready{listener_, POLLIN, 0};
            if (::poll(&ready, 1, tick_ms) <= 0) continue;
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
        }
    }

    void serve(int connection) {
        std::string head;
        char byte = 0;
        while (!head.ends_with("\r\n\r\n") && ::recv(connection, &byte, 1, 0) == 1) head += byte;
        if (head.ends_with("\r\n\r\n")) {
            const auto now = ++at_once_;
            for (auto most = most_at_once_.load(); now > most && !most_at_once_.compare_exchange_weak(most, now);)
                continue;
            const auto request = record(head);
            answer(connection, request, handler_(request));
            --at_once_;
        }
        ::close(connection);
    }

    WebRequest record(const std::string& head) {
        WebRequest request;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = head.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
            const auto line = head.substr(begin, end - begin);
            if (begin == 0) {
                const auto blank = line.find(' ');
                request.target = line.substr(blank + 1, line.rfind(' ') - blank - 1);
            } else if (const auto colon = line.find(": "); colon != std::string::npos) {
                auto name = line.substr(0, colon);
                std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
                request.headers[name] = line.substr(colon + 2);
            }
        }
        const std::lock_guard guard(mutex_);
        request.nth = static_cast<std::size_t>(std::count_if(
            requests_.begin(), requests_.end(), [&](const auto& earlier) { return earlier.target == request.target; }));
        requests_.push_back(request);
        return request;
    }

    void answer(int connection, const WebRequest& request, WebReply reply) const {
        std::string range;
        constexpr std::string_view prefix = "bytes=";
        if (const auto found = request.headers.find("range"); found != request.headers.end() && reply.ranges &&
                                                              reply.status == 200 &&
                                                              found->second.starts_with(prefix)) {
            const auto from = std::min<std::size_t>(std::strtoull(found->second.c_str() + prefix.size(), nullptr, 10),
                                                    reply.body.size());
            range = "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(reply.body.size() - 1) + "/" +
                    std::to_string(reply.body.size()) + "\r\n";
            reply.body.erase(0, from);
            reply.status = 206;
        }
        std::string head = "HTTP/1.1 " + std::to_string(reply.status) +
                           " Text\r\nConnection: close\r\nContent-Length: " + std::to_string(reply.body.size()) +
                           "\r\n" + range;
        for (const auto& header : reply.headers) head += header + "\r\n";
        send_all(connection, head + "\r\n");
        for (auto left = reply.before_body; left.count() > 0 && !stopping_; left -= std::chrono::milliseconds(10))
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        send_all(connection, std::string_view(reply.body).substr(0, reply.cut_after.value_or(reply.body.size())));
    }

    static void send_all(int connection, std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    Handler handler_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> at_once_{0};
    std::atomic<std::size_t> most_at_once_{0};
    std::thread acceptor_;
    std::vector<std::thread> connections_;
    mutable std::mutex mutex_;
    std::vector<WebRequest> requests_;
};

}  // namespace rockbuild::fakes
