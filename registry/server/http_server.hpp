// An HTTP/1.1 server: libmicrohttpd behind values and one interface. A few threads serve any number of connections by
// epoll, so that slow clients hold no thread; files go out by sendfile; bodies come in by pieces and are never kept.
#pragma once

#include "system/file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

struct ServerRequest {
    std::string method;
    std::string path;  // without its query, percent-decoded
    std::vector<std::pair<std::string, std::string>> query;
    std::string remote;                                   // the client's address
    std::function<std::string(const char* name)> header;  // empty: there is none

    std::optional<std::string> parameter(std::string_view name) const;
};

struct ServerResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    struct FileRange {
        Fd file;
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    std::optional<FileRange> file;  // in place of `body`
};

/// Takes a request's body. Dropped without finish() when the client goes away.
class RequestBody {
public:
    RequestBody() = default;
    virtual ~RequestBody() = default;
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;
    virtual void take(std::string_view bytes) = 0;
    /// True once nothing more is of use: a client that goes on for long is cut off.
    virtual bool is_refused() const = 0;
    virtual ServerResponse finish() = 0;
};

/// A request is answered at once, or when its body has come.
struct Handling {
    std::optional<ServerResponse> response;
    std::unique_ptr<RequestBody> body;
};

/// One request that is over, for logs and counters.
struct ServedRequest {
    std::string method;
    std::string path;
    std::string remote;
    std::string agent;
    int status = 0;  // 0: the client went away before an answer
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    double seconds = 0;
};

class RequestHandler {
public:
    RequestHandler() = default;
    virtual ~RequestHandler() = default;
    RequestHandler(const RequestHandler&) = delete;
    RequestHandler& operator=(const RequestHandler&) = delete;
    /// From several threads at once.
    virtual Handling begin(const ServerRequest& request) = 0;
    virtual void finished(const ServedRequest& served) = 0;
};

struct ServerOptions {
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0: a free one
    std::string certificate;            // PEM; with `key`: TLS
    std::string key;
    unsigned threads = 4;
    unsigned idle_seconds = 60;
    unsigned connections = 4096;
};

class HttpServer {
public:
    /// Serves from now on. RB1530 when the address can't be had or the certificate not used.
    static Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options, RequestHandler& handler);
    virtual ~HttpServer() = default;
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    virtual std::uint16_t port() const = 0;
    /// No new connection; requests that are under way have `seconds` to end.
    virtual void stop(double seconds) = 0;

protected:
    HttpServer() = default;
};

}  // namespace rockbuild
