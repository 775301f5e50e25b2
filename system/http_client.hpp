// Single requests over HTTP(S), for protocols: any method, bodies from and to anywhere, nothing followed and nothing
// tried again by itself. Callers are many threads that block; one thread moves all bytes over shared connections.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// Puts the next bytes into `buffer` and says how many; 0 at the end.
using BodyReader = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
using BodySink = std::function<Result<void>(std::string_view bytes)>;
/// Takes the body of an answer with that status.
using AnswerSink = std::function<Result<void>(int status, std::string_view bytes)>;

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;             // if there is no `reader`
    BodyReader reader;            // called on the client's own thread
    std::uint64_t body_size = 0;  // what `reader` gives
    AnswerSink sink;              // takes the body of a 2xx answer; else it is collected
    std::size_t most_collected = 8 << 20;
    std::optional<std::filesystem::path> ca;  // trusted too
    bool insecure = false;                    // any certificate will do
};

struct HttpResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in small letters
    std::string body;
    std::uint64_t sent = 0;  // bytes of the body

    /// The first of that name (small letters).
    std::optional<std::string> header(std::string_view name) const;
    /// Seconds from its Retry-After, a number or a date; at most two minutes.
    std::optional<double> retry_after() const;
};

class HttpClient {
public:
    HttpClient() = default;
    virtual ~HttpClient() = default;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Any status is an answer. RB0130 (exit 75): unreachable; RB0135 (exit 75): cut, or silent for a minute; RB0133
    /// (exit 77): the certificate isn't trusted; RB0134: an answer larger than it may be; RB0111: interrupted; or what
    /// `reader` or `sink` returned.
    virtual Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) = 0;
};

std::unique_ptr<HttpClient> make_http_client(const std::map<std::string, std::string>& environment);

}  // namespace rockbuild
