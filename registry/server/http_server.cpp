#include "registry/server/http_server.hpp"

#include "system/host.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace rockbuild {

namespace {

/// A refused body up to this size is read to its end, so that the client sees the answer and may go on.
constexpr std::uint64_t drained_body = 256 << 10;
/// A client that sends more than this after it is clear that nobody wants it meets the end of the connection.
constexpr std::uint64_t most_refused = 64 << 20;
constexpr std::size_t connection_memory = 128 << 10;

struct FreeResponse {
    void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

std::string header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string address_text(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address->sa_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
    else if (address->sa_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
    return text;
}

MHD_Result add_parameter(void* list, MHD_ValueKind, const char* name, const char* value) {
    static_cast<std::vector<std::pair<std::string, std::string>>*>(list)->emplace_back(name,
                                                                                       value == nullptr ? "" : value);
    return MHD_YES;
}

/// A request from its first header to its end.
struct Exchange {
    ServedRequest served;
    double begin = monotonic_seconds();
    std::unique_ptr<RequestBody> body;
    std::optional<ServerResponse> response;  // decided while the body is still coming
    std::uint64_t refused = 0;               // bytes of the body that nobody wanted
};

class Server final : public HttpServer {
public:
    explicit Server(RequestHandler& handler) : handler_(handler) {}
    ~Server() override { stop(0); }

    Result<void> start(const ServerOptions& options) {
        TRY_VOID(listen(options));
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TURBO;
        std::vector<MHD_OptionItem> items{
            {MHD_OPTION_LISTEN_SOCKET, socket_, nullptr},
            {MHD_OPTION_THREAD_POOL_SIZE, static_cast<intptr_t>(options.threads), nullptr},
            {MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<intptr_t>(connection_memory), nullptr},
            {MHD_OPTION_CONNECTION_LIMIT, static_cast<intptr_t>(options.connections), nullptr},
            {MHD_OPTION_CONNECTION_TIMEOUT, static_cast<intptr_t>(options.idle_seconds), nullptr},
            {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&Server::on_completed), this},
        };
        if (!options.certificate.empty()) {
            flags |= MHD_USE_TLS;
            items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(options.certificate.c_str())});
            items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(options.key.c_str())});
        }
        items.push_back({MHD_OPTION_END, 0, nullptr});
        daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Server::on_request, this, MHD_OPTION_ARRAY,
                                   items.data(), MHD_OPTION_END);
        if (daemon_ == nullptr) {
            ::close(socket_);
            return fail("RB1530", "the server can't be started",
                        options.certificate.empty() ? "" : "check that certificate and key are PEM and belong together",
                        ExitCode::unable);
        }
        return {};
    }

    std::uint16_t port() const override { return port_; }

    void stop(double seconds) override {
        if (daemon_ == nullptr) return;
        if (const auto socket = MHD_quiesce_daemon(daemon_); socket != MHD_INVALID_SOCKET) ::close(socket);
        const auto end = monotonic_seconds() + seconds;
        while (under_way_ > 0 && monotonic_seconds() < end) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        MHD_stop_daemon(daemon_);
        daemon_ = nullptr;
    }

private:
    Result<void> listen(const ServerOptions& options) {
        sockaddr_in6 six{};
        sockaddr_in four{};
        const bool is_six = options.address.find(':') != std::string::npos;
        auto* address = is_six ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
        socklen_t length = is_six ? sizeof six : sizeof four;
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(options.port);
        four.sin_family = AF_INET;
        four.sin_port = htons(options.port);
        if (::inet_pton(is_six ? AF_INET6 : AF_INET, options.address.c_str(),
                        is_six ? static_cast<void*>(&six.sin6_addr) : &four.sin_addr) != 1)
            return fail("RB1530", fmt::format("'{}' is no address to listen on", options.address),
                        "give an IPv4 or IPv6 address and a port: --listen 127.0.0.1:5000", ExitCode::usage);
        Fd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        constexpr int yes = 1;
        constexpr int backlog = 1024;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (!socket || ::bind(socket.get(), address, length) != 0 || ::listen(socket.get(), backlog) != 0 ||
            ::getsockname(socket.get(), address, &length) != 0) {
            const int error = errno;
            return fail(
                "RB1530",
                fmt::format("can't listen on {} port {}: {}", options.address, options.port, std::strerror(error)),
                error == EADDRINUSE ? "another program has that port: choose another one, or 0 for a free one"
                                    : "choose another address with --listen",
                ExitCode::unable);
        }
        port_ = ntohs(is_six ? six.sin6_port : four.sin_port);
        socket_ = socket.release();
        return {};
    }

    static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                 const char*, const char* data, std::size_t* size, void** state) {
        auto& server = *static_cast<Server*>(self);
        try {
            if (*state == nullptr) return server.begin(connection, url, method, state);
            return server.go_on(connection, data, size, *static_cast<Exchange*>(*state));
        } catch (const std::exception&) {
            return MHD_NO;  // closes the connection
        }
    }

    MHD_Result begin(MHD_Connection* connection, const char* url, const char* method, void** state) {
        auto exchange = std::make_unique<Exchange>();
        const auto* remote = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        ServerRequest request;
        request.method = method;
        request.path = url;
        request.remote = remote == nullptr ? std::string() : address_text(remote->client_addr);
        request.header = [connection](const char* name) { return header_of(connection, name); };
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_parameter, &request.query);
        exchange->served.method = request.method;
        exchange->served.path = request.path;
        exchange->served.remote = request.remote;
        exchange->served.agent = request.header("User-Agent");
        ++under_way_;
        auto& held = *exchange.release();
        *state = &held;
        auto handling = handler_.begin(request);
        held.body = std::move(handling.body);
        held.response = std::move(handling.response);
        if (!held.response || !has_large_body(request)) return MHD_YES;
        held.response->headers.emplace_back("Connection", "close");
        return answer(connection, held);
    }

    /// True where a refusal can't wait for the body, and ends the connection instead.
    static bool has_large_body(const ServerRequest& request) {
        if (!request.header("Transfer-Encoding").empty()) return true;
        const auto length = request.header("Content-Length");
        return !length.empty() && std::strtoull(length.c_str(), nullptr, 10) > drained_body;
    }

    MHD_Result go_on(MHD_Connection* connection, const char* data, std::size_t* size, Exchange& exchange) {
        if (*size > 0) {
            exchange.served.received += *size;
            const bool is_wanted = exchange.body && !exchange.response;
            if (is_wanted && !exchange.body->is_refused()) exchange.body->take({data, *size});
            else if ((exchange.refused += *size) > most_refused) return MHD_NO;
            *size = 0;
            return MHD_YES;
        }
        if (!exchange.response) exchange.response = exchange.body->finish();
        exchange.body.reset();  // what it holds is free before the client can see the answer
        return answer(connection, exchange);
    }

    static MHD_Result answer(MHD_Connection* connection, Exchange& exchange) {
        auto& from = *exchange.response;
        std::unique_ptr<MHD_Response, FreeResponse> response;
        if (from.file) {
            exchange.served.sent = from.file->size;
            // The response owns the descriptor from here on.
            response.reset(
                MHD_create_response_from_fd_at_offset64(from.file->size, from.file->file.release(), from.file->offset));
        } else {
            exchange.served.sent = from.body.size();
            response.reset(MHD_create_response_from_buffer(from.body.size(), from.body.data(), MHD_RESPMEM_MUST_COPY));
        }
        if (!response) return MHD_NO;
        for (const auto& [name, value] : from.headers)
            MHD_add_response_header(response.get(), name.c_str(), value.c_str());
        exchange.served.status = from.status;
        if (exchange.served.method == "HEAD") exchange.served.sent = 0;
        return MHD_queue_response(connection, static_cast<unsigned>(from.status), response.get());
    }

    static void on_completed(void* self, MHD_Connection*, void** state, MHD_RequestTerminationCode code) {
        if (*state == nullptr) return;
        const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*state));
        *state = nullptr;
        auto& server = *static_cast<Server*>(self);
        exchange->body.reset();
        if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK && !exchange->response) exchange->served.status = 0;
        exchange->served.seconds = monotonic_seconds() - exchange->begin;
        server.handler_.finished(exchange->served);
        --server.under_way_;
    }

    RequestHandler& handler_;
    MHD_Daemon* daemon_ = nullptr;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> under_way_{0};
};

}  // namespace

std::optional<std::string> ServerRequest::parameter(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options, RequestHandler& handler) {
    auto server = std::make_unique<Server>(handler);
    TRY_VOID(server->start(options));
    return server;
}

}  // namespace rockbuild
