// An HTTP client whose answers are a function of the request: it can be refused, cut, redirected or lied to without a
// socket. All requests are kept.
#pragma once

#include "system/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild::fakes {

struct HttpAsked {
    std::string method;
    std::string url;
    std::string path;                            // without host and query
    std::string query;                           // as sent
    std::map<std::string, std::string> headers;  // names in small letters
    std::string body;                            // only if it is small: see `body_size`
    std::uint64_t body_size = 0;
    std::size_t nth = 0;  // among the requests of this method and path, from 0

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
    std::string line() const { return method + " " + path; }
};

struct HttpReply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};  // names in small letters
    std::string body = {};
    std::optional<std::size_t> cut_after = {};  // the connection ends after so many bytes of the body
    bool unreachable = false;                   // there is no connection
};

class ScriptedHttp final : public HttpClient {
public:
    using Script = std::function<HttpReply(const HttpAsked&)>;
    explicit ScriptedHttp(Script script) : script_(std::move(script)) {}

    Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override {
        if (stop.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
        auto asked = read(request);
        if (!asked) return std::unexpected(asked.error());
        HttpReply reply;
        {
            const std::lock_guard guard(mutex_);
            asked->nth = static_cast<std::size_t>(
                std::ranges::count_if(asked_, [&](const auto& earlier) { return earlier.line() == asked->line(); }));
            asked_.push_back(*asked);
            reply = script_(*asked);
        }
        if (reply.unreachable) return fail("RB0130", "unreachable", "", ExitCode::remote_timeout);
        const auto body = std::string_view(reply.body).substr(0, reply.cut_after.value_or(reply.body.size()));
        HttpResponse response{.status = reply.status, .headers = reply.headers};
        response.sent = asked->body_size;
        if (request.sink && reply.status / 100 == 2) {
            constexpr std::size_t part = 3000;
            for (std::size_t at = 0; at < body.size(); at += part)
                if (auto taken = request.sink(reply.status, body.substr(at, part)); !taken)
                    return std::unexpected(taken.error());
        } else {
            if (body.size() > request.most_collected) return fail("RB0134", "too much");
            response.body = body;
        }
        if (reply.cut_after) return fail("RB0135", "cut", "", ExitCode::remote_timeout);
        return response;
    }

    std::vector<HttpAsked> asked() const {
        const std::lock_guard guard(mutex_);
        return asked_;
    }
    /// "GET /v2/", one for each request.
    std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        for (const auto& one : asked()) lines.push_back(one.line());
        return lines;
    }
    std::size_t count(const std::string& line) const {
        const auto all = lines();
        return static_cast<std::size_t>(std::ranges::count(all, line));
    }

private:
    static Result<HttpAsked> read(const HttpRequest& request) {
        HttpAsked asked{.method = request.method, .url = request.url, .body = request.body};
        const auto host = request.url.find("://");
        const auto slash = request.url.find('/', host == std::string::npos ? 0 : host + 3);
        const auto target = slash == std::string::npos ? "/" : request.url.substr(slash);
        const auto mark = target.find('?');
        asked.path = target.substr(0, mark);
        if (mark != std::string::npos) asked.query = target.substr(mark + 1);
        for (const auto& [name, value] : request.headers) {
            auto small = name;
            std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
            asked.headers[small] = value;
        }
        asked.body_size = request.reader ? request.body_size : request.body.size();
        constexpr std::uint64_t most_read = 1 << 22;
        if (!request.reader || request.body_size > most_read) return asked;
        char buffer[4096];
        for (;;) {
            const auto count = request.reader(buffer, sizeof buffer);
            if (!count) return std::unexpected(count.error());
            if (*count == 0) return asked;
            asked.body.append(buffer, *count);
        }
    }

    Script script_;
    mutable std::mutex mutex_;
    std::vector<HttpAsked> asked_;
};

}  // namespace rockbuild::fakes
