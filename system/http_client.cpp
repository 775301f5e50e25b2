#include "system/http_client.hpp"

#include "system/transport.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>

namespace rockbuild {

namespace {

constexpr long upload_block = 128 << 10;  // stays in the processor's cache between reading and sending
constexpr long least_speed = 1024;        // bytes a second, else the other side counts as gone
constexpr long silence_seconds = 60;
constexpr long connect_seconds = 20;

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string shown_host(const std::string& url) {
    const auto begin = url.find("://");
    return begin == std::string::npos ? url : url.substr(begin + 3, url.find_first_of("/?", begin + 3) - begin - 3);
}

CURLcode trust_too(CURL*, void* context, void* file) {
    const bool done =
        SSL_CTX_load_verify_locations(static_cast<SSL_CTX*>(context), static_cast<const char*>(file), nullptr) == 1;
    return done ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

/// One request under way.
class Exchange {
public:
    Exchange(const HttpRequest& request, const Transport& transport) : request_(request), easy_(curl_easy_init()) {
        const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
        transport.apply(easy_, request.url);
        set(CURLOPT_PRIVATE, this);
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_CONNECTTIMEOUT, connect_seconds);
        set(CURLOPT_LOW_SPEED_LIMIT, least_speed);
        set(CURLOPT_LOW_SPEED_TIME, silence_seconds);
        set(CURLOPT_ERRORBUFFER, message_);
        set(CURLOPT_WRITEFUNCTION, &Exchange::on_data);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_BUFFERSIZE, 1L << 18);
        if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
        const bool has_body = request.method == "PUT" || request.method == "PATCH" || request.method == "POST";
        if (has_body && request.reader) {
            set(CURLOPT_UPLOAD, 1L);
            set(CURLOPT_UPLOAD_BUFFERSIZE, upload_block);
            set(CURLOPT_READFUNCTION, &Exchange::on_read);
            set(CURLOPT_READDATA, this);
            set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body_size));
        } else if (has_body) {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.data());
        }
        // No waiting for "100 Continue", no type that the caller didn't name.
        auto* list = curl_slist_append(nullptr, "Expect:");
        bool has_type = false;
        for (const auto& [name, value] : request.headers) {
            list = curl_slist_append(list, fmt::format("{}: {}", name, value).c_str());
            has_type = has_type || name == "Content-Type";
        }
        if (!has_type) list = curl_slist_append(list, "Content-Type:");
        headers_.reset(list);
        set(CURLOPT_HTTPHEADER, list);
        if (request.insecure) {
            set(CURLOPT_SSL_VERIFYPEER, 0L);
            set(CURLOPT_SSL_VERIFYHOST, 0L);
        } else if (request.ca) {
            set(CURLOPT_SSL_CTX_FUNCTION, &trust_too);
            set(CURLOPT_SSL_CTX_DATA, request.ca->c_str());
        }
    }
    ~Exchange() { curl_easy_cleanup(easy_); }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    CURL* easy() const { return easy_; }

    Result<HttpResponse> end(CURLcode code) {
        if (failure_) return std::unexpected(*std::move(failure_));
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
        // A refusal that came before all was sent, and then the end of the connection.
        if (code == CURLE_OK || (status >= 400 && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR)))
            return std::move(response_);
        const std::string reason = message_[0] != '\0' ? message_ : curl_easy_strerror(code);
        const auto host = shown_host(request_.url);
        if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
            return fail("RB0133", fmt::format("the certificate of {} isn't trusted: {}", host, reason),
                        "give its authority's certificate with --ca FILE; --insecure does without any check",
                        ExitCode::not_allowed);
        const bool unreachable = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
                                 code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR;
        if (!unreachable)
            return fail("RB0135", fmt::format("{} can't be reached any more: {}", host, reason), "try again",
                        ExitCode::remote_timeout);
        return fail("RB0130", fmt::format("{} can't be reached: {}", host, reason),
                    "check the name, the network and the proxy settings", ExitCode::remote_timeout);
    }

private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
        static_cast<Exchange*>(self)->take_header({data, size * count});
        return size * count;
    }
    static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
        return static_cast<Exchange*>(self)->take({data, size * count}) ? size * count : 0;
    }
    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
        auto& exchange = *static_cast<Exchange*>(self);
        auto got = exchange.request_.reader(buffer, size * count);
        if (!got) {
            exchange.failure_ = std::move(got).error();
            return CURL_READFUNC_ABORT;
        }
        exchange.response_.sent += *got;
        return *got;
    }

    void take_header(std::string_view line) {
        if (line.starts_with("HTTP/")) {
            response_.headers.clear();  // those of a "100 Continue" before it
            return;
        }
        const auto colon = line.find(':');
        constexpr std::size_t most_headers = 256;
        if (colon == std::string_view::npos || response_.headers.size() >= most_headers) return;
        std::string name(line.substr(0, colon));
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        auto value = line.substr(colon + 1);
        while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
        while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
        response_.headers.emplace_back(std::move(name), value);
    }

    bool take(std::string_view bytes) {
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        if (request_.sink && status >= 200 && status < 300) {
            auto taken = request_.sink(static_cast<int>(status), bytes);
            if (!taken) failure_ = std::move(taken).error();
        } else if (response_.body.size() + bytes.size() > request_.most_collected) {
            failure_ = fail("RB0134",
                            fmt::format("{} answered with more than {} bytes", shown_host(request_.url),
                                        request_.most_collected),
                            "this is no answer of such a service: check the address")
                           .error();
        } else {
            response_.body += bytes;
        }
        return !failure_;
    }

    const HttpRequest& request_;
    CURL* easy_;
    std::unique_ptr<curl_slist, FreeList> headers_;
    HttpResponse response_;
    std::optional<Diagnostic> failure_;
    char message_[CURL_ERROR_SIZE] = {};
};

/// The thread that moves the bytes, and the queue to it.
class CurlClient final : public HttpClient {
public:
    explicit CurlClient(const std::map<std::string, std::string>& environment)
        : transport_(environment), multi_(curl_multi_init()) {
        thread_ = std::thread([this] { loop(); });
    }
    ~CurlClient() override {
        {
            const std::lock_guard guard(mutex_);
            leave_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.join();
        curl_multi_cleanup(multi_);
    }

    Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override {
        if (stop.stop_requested()) return interrupted();
        Exchange exchange(request, transport_);
        Job job{&exchange};
        {
            const std::lock_guard guard(mutex_);
            waiting_.push_back(&job);
        }
        curl_multi_wakeup(multi_);
        const std::stop_callback on_stop(stop, [&] {
            const std::lock_guard guard(mutex_);
            job.cancelled = true;
            curl_multi_wakeup(multi_);
        });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return job.done; });
        if (job.cancelled && job.code != CURLE_OK) return interrupted();
        return exchange.end(job.code);
    }

private:
    struct Job {
        Exchange* exchange;
        bool running = false;
        bool cancelled = false;
        bool done = false;
        CURLcode code = CURLE_OK;
    };

    static std::unexpected<Diagnostic> interrupted() {
        return fail("RB0111", "interrupted", "", ExitCode::interrupted);
    }

    void loop() {
        std::vector<Job*> running;
        const auto finish = [&](Job* job, CURLcode code) {
            if (job->running) curl_multi_remove_handle(multi_, job->exchange->easy());
            std::erase(running, job);
            const std::lock_guard guard(mutex_);
            job->code = code;
            job->done = true;
            changed_.notify_all();
        };
        for (;;) {
            std::vector<Job*> cancelled;
            {
                const std::lock_guard guard(mutex_);
                if (leave_) break;
                for (auto* job : waiting_) {
                    job->running = true;
                    curl_multi_add_handle(multi_, job->exchange->easy());
                    running.push_back(job);
                }
                waiting_.clear();
                std::ranges::copy_if(running, std::back_inserter(cancelled), [](Job* job) { return job->cancelled; });
            }
            for (auto* job : cancelled) finish(job, CURLE_ABORTED_BY_CALLBACK);
            int handles = 0;
            curl_multi_perform(multi_, &handles);
            int left = 0;
            while (const auto* message = curl_multi_info_read(multi_, &left)) {
                if (message->msg != CURLMSG_DONE) continue;
                const auto code = message->data.result;
                const auto found = std::ranges::find_if(
                    running, [&](Job* job) { return job->exchange->easy() == message->easy_handle; });
                if (found != running.end()) finish(*found, code);
            }
            constexpr int idle_ms = 1000;
            curl_multi_poll(multi_, nullptr, 0, idle_ms, nullptr);
        }
    }

    Transport transport_;
    CURLM* multi_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Job*> waiting_;
    bool leave_ = false;
    std::thread thread_;
};

}  // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return std::nullopt;
}

std::optional<double> HttpResponse::retry_after() const {
    constexpr double longest = 120;
    const auto text = header("retry-after");
    if (!text) return std::nullopt;
    char* end = nullptr;
    const double seconds = std::strtod(text->c_str(), &end);
    if (end != text->c_str() && *end == '\0' && seconds >= 0) return std::min(seconds, longest);
    const auto date = curl_getdate(text->c_str(), nullptr);
    if (date < 0) return std::nullopt;
    return std::clamp(std::difftime(date, std::time(nullptr)), 0.0, longest);
}

std::unique_ptr<HttpClient> make_http_client(const std::map<std::string, std::string>& environment) {
    return std::make_unique<CurlClient>(environment);
}

}  // namespace rockbuild
