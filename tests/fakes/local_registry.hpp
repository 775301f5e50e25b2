// The embedded registry without a socket: its API over a storage in a folder that goes, asked by values.
#pragma once

#include "fakes/scripted_http.hpp"
#include "registry/server/distribution_api.hpp"
#include "system/file.hpp"

#include <unistd.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace rockbuild::fakes {

struct RegistryAnswer {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in small letters
    std::string body;

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

class LocalRegistry {
public:
    using Headers = std::map<std::string, std::string>;

    explicit LocalRegistry(const RegistryPolicy& policy = {}, std::uint64_t quota = 0)
        : folder_(TempFolder::make(fs::temp_directory_path(), "registry-test-").value()),
          storage_(RegistryStorage::open(folder_.path() / "data", true, quota).value()),
          api_(*storage_, policy, [this](const std::string& line) { log_.push_back(line); }) {}

    RegistryStorage& storage() { return *storage_; }
    DistributionApi& api() { return api_; }
    fs::path data() const { return folder_.path() / "data"; }
    const std::vector<std::string>& log() const { return log_; }

    ServerRequest request(const std::string& method, const std::string& target, const Headers& headers = {}) const {
        ServerRequest request{.method = method, .remote = "127.0.0.1"};
        const auto mark = target.find('?');
        request.path = decoded(target.substr(0, mark));
        for (auto at = mark; at != std::string::npos;) {
            const auto end = target.find('&', at + 1);
            const auto field = target.substr(at + 1, end == std::string::npos ? end : end - at - 1);
            const auto equals = field.find('=');
            request.query.emplace_back(decoded(field.substr(0, equals)),
                                       equals == std::string::npos ? "" : decoded(field.substr(equals + 1)));
            at = end;
        }
        request.header = [headers](const char* name) {
            const auto found = headers.find(name);
            return found == headers.end() ? std::string() : found->second;
        };
        return request;
    }

    /// The body comes in pieces of `step`.
    RegistryAnswer ask(const std::string& method, const std::string& target, const std::string& body = {},
                       const Headers& headers = {}, std::size_t step = 1000) {
        auto handling = api_.begin(request(method, target, headers));
        if (handling.body) {
            for (std::size_t at = 0; at < body.size(); at += step)
                handling.body->take(std::string_view(body).substr(at, step));
            return read(handling.body->finish());
        }
        if (!handling.response) throw std::logic_error("neither an answer nor a place for the body");
        return read(*std::move(handling.response));
    }

    /// As a script of ScriptedHttp.
    HttpReply operator()(const HttpAsked& asked) {
        Headers headers;
        for (const auto* name :
             {"Content-Type", "Content-Range", "Range", "Authorization", "If-Match", "If-None-Match"}) {
            std::string small(name);
            std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
            if (const auto value = asked.header(small); !value.empty()) headers[name] = value;
        }
        if (asked.body_size > 0) headers["Content-Length"] = std::to_string(asked.body_size);
        auto answer =
            ask(asked.method, asked.path + (asked.query.empty() ? "" : "?" + asked.query), asked.body, headers);
        HttpReply reply{.status = answer.status, .body = asked.method == "HEAD" ? "" : std::move(answer.body)};
        reply.headers.assign(answer.headers.begin(), answer.headers.end());
        return reply;
    }

private:
    static std::string decoded(const std::string& text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '%' && i + 2 < text.size()) {
                out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
                i += 2;
            } else {
                out += text[i];
            }
        return out;
    }
    static RegistryAnswer read(const ServerResponse& response) {
        RegistryAnswer answer{.status = response.status, .headers = {}, .body = response.body};
        for (const auto& [name, value] : response.headers) {
            auto small = name;
            std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
            answer.headers[small] = value;
        }
        if (!response.file) return answer;
        answer.body.resize(response.file->size);
        const auto count = ::pread(response.file->file.get(), answer.body.data(), answer.body.size(),
                                   static_cast<off_t>(response.file->offset));
        answer.body.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return answer;
    }

    TempFolder folder_;
    std::unique_ptr<RegistryStorage> storage_;
    std::vector<std::string> log_;
    DistributionApi api_;
};

}  // namespace rockbuild::fakes
