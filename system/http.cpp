// Downloads over one libcurl multi handle: some at a time, digest and size checked while the bytes arrive, a cut
// connection resumed where the server allows it, transient faults tried again after a growing pause.
#include "system/http.hpp"

#include "system/file.hpp"
#include "system/host.hpp"
#include "system/transport.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::size_t most_at_once = 8;
constexpr long most_per_host = 4;
constexpr double report_interval = 0.1;

std::string host_of(const std::string& url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return url;
    return url.substr(begin + 3, url.find('/', begin + 3) - begin - 3);
}

/// One download under way, or waiting for its next try.
class Transfer {
public:
    Transfer(const Download& download, const Transport& transport) : download_(download), transport_(transport) {}
    ~Transfer() {
        if (easy_ != nullptr) curl_easy_cleanup(easy_);
        curl_slist_free_all(headers_);
        if (fd_) ::unlink(partial().c_str());
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy() const { return easy_; }
    std::uint64_t received() const { return received_; }
    std::uint64_t expected() const { return download_.size != 0 ? download_.size : announced_; }
    double not_before = 0;

    /// Readies the next try: from where the last one ended, unless the server has refused that.
    Result<void> begin() {
        ++tries_;
        if (!fd_) fd_ = TRY(open_file(partial(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
        if (received_ > 0 && !may_resume_) TRY_VOID(start_over());
        resumed_at_ = received_;
        if (easy_ == nullptr) easy_ = curl_easy_init();
        curl_easy_reset(easy_);
        const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
        transport_.apply(easy_, download_.url);
        set(CURLOPT_PRIVATE, this);
        set(CURLOPT_WRITEFUNCTION, &Transfer::on_data);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_ERRORBUFFER, message_);
        set(CURLOPT_FOLLOWLOCATION, 1L);
        set(CURLOPT_MAXREDIRS, 10L);
        set(CURLOPT_PROTOCOLS_STR, "http,https,file");
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        set(CURLOPT_CONNECTTIMEOUT, 20L);
        set(CURLOPT_LOW_SPEED_LIMIT, 100L);
        set(CURLOPT_LOW_SPEED_TIME, 30L);
        set(CURLOPT_BUFFERSIZE, 1L << 18);
        set(CURLOPT_USERAGENT, "rockbuild");
        if (download_.fresh && headers_ == nullptr) headers_ = curl_slist_append(headers_, "Cache-Control: max-age=0");
        set(CURLOPT_HTTPHEADER, headers_);
        if (received_ > 0) set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(received_));
        return {};
    }

    /// What curl's end of the try means: none: try again; else done or a lasting failure.
    std::optional<Result<void>> end(CURLcode code) {
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        curl_off_t wait = 0;
        curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &wait);
        if (failure_) return std::unexpected(*failure_);
        const bool is_file = download_.url.starts_with("file:");
        if (code == CURLE_OK && (is_file || status == 200 || status == 206)) return finish();
        const bool cut = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
                         code == CURLE_OPERATION_TIMEDOUT || code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM ||
                         code == CURLE_SEND_ERROR;
        const bool unreachable =
            code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SSL_CONNECT_ERROR;
        const bool busy = code == CURLE_OK && (status == 429 || status == 408 || status >= 500);
        const bool refused_range = code == CURLE_RANGE_ERROR || status == 416;
        if (refused_range) may_resume_ = false;
        if ((cut || unreachable || busy || refused_range) && tries_ < download_.tries) {
            constexpr double most_wait = 30;
            const double pause = 0.3 * static_cast<double>(1 << tries_);
            not_before = monotonic_seconds() + std::min(most_wait, std::max(pause, static_cast<double>(wait)));
            return std::nullopt;
        }
        if (code == CURLE_FILE_COULDNT_READ_FILE)
            return fail("RB0131", fmt::format("there is no file '{}'", download_.url), "check the address");
        if (code == CURLE_OK || code == CURLE_HTTP_RETURNED_ERROR)
            return fail("RB0131", fmt::format("{} answered {} for '{}'", host_of(download_.url), status, download_.url),
                        status >= 500 ? "try again later" : "check the address");
        const std::string reason = message_[0] != '\0' ? message_ : curl_easy_strerror(code);
        return fail("RB0130",
                    fmt::format("'{}' can't be fetched from {}: {}", download_.url, host_of(download_.url), reason),
                    "check the network and the proxy settings", ExitCode::remote_timeout);
    }

private:
    fs::path partial() const { return download_.to.native() + ".part"; }

    static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
        return static_cast<Transfer*>(self)->take({data, size * count});
    }

    std::size_t take(std::string_view bytes) {
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        if (status != 0 && status != 200 && status != 206) return bytes.size();  // an error's text
        if (resumed_at_ > 0 && status == 200) {  // the server starts over although asked not to
            resumed_at_ = 0;
            if (auto again = start_over(); !again) return stop(std::move(again).error());
        }
        if (announced_ == 0) {
            curl_off_t length = 0;
            curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
            if (length > 0) announced_ = received_ + static_cast<std::uint64_t>(length);
        }
        if (auto written = write_all(fd_.get(), bytes, partial()); !written) return stop(std::move(written).error());
        hash_.update(bytes);
        received_ += bytes.size();
        if (download_.size != 0 && received_ > download_.size) return stop(wrong_size());
        if (download_.most != 0 && received_ > download_.most)
            return stop(fail("RB0134", fmt::format("'{}' has more than {} bytes", download_.url, download_.most),
                             "look at what the address gives")
                            .error());
        return bytes.size();
    }

    std::size_t stop(Diagnostic why) {
        failure_ = std::move(why);
        return 0;
    }

    Result<void> start_over() {
        received_ = 0;
        hash_ = Sha256();
        if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0)
            return system_error("write", partial(), errno);
        return {};
    }

    Diagnostic wrong_size() const {
        return fail("RB0132", fmt::format("'{}' has {} bytes instead of {}", download_.url, received_, download_.size),
                    "the file was changed on its way or at its source; don't use it")
            .error();
    }

    Result<void> finish() {
        if (download_.size != 0 && received_ != download_.size) return std::unexpected(wrong_size());
        if (const auto digest = hash_.finish(); download_.sha256 && digest != *download_.sha256)
            return fail("RB0132",
                        fmt::format("'{}' has the digest {} instead of {}", download_.url, digest.str(),
                                    download_.sha256->str()),
                        "the file was changed on its way or at its source; don't use it");
        if (::rename(partial().c_str(), download_.to.c_str()) != 0)
            return system_error("rename to", download_.to, errno);
        fd_ = Fd();
        return download_.arrived ? download_.arrived() : Result<void>();
    }

    const Download& download_;
    const Transport& transport_;
    CURL* easy_ = nullptr;
    curl_slist* headers_ = nullptr;
    Fd fd_;
    Sha256 hash_;
    std::uint64_t received_ = 0;
    std::uint64_t announced_ = 0;
    std::uint64_t resumed_at_ = 0;
    /// Two answers are pieced together only where the digest tells whether they belong together.
    bool may_resume_ = download_.sha256.has_value();
    int tries_ = 0;
    std::optional<Diagnostic> failure_;
    char message_[CURL_ERROR_SIZE] = {};
};

class CurlHttp final : public Http {
public:
    explicit CurlHttp(const std::map<std::string, std::string>& environment) : transport_(environment) {}

    Result<void> fetch(const std::vector<Download>& downloads,
                       const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                       const std::stop_token& stop) override {
        const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(), &curl_multi_cleanup);
        curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, most_per_host);
        const std::stop_callback wake(stop, [&] { curl_multi_wakeup(multi.get()); });
        std::vector<std::unique_ptr<Transfer>> all;
        std::deque<Transfer*> waiting;
        for (const auto& download : downloads) {
            all.push_back(std::make_unique<Transfer>(download, transport_));
            waiting.push_back(all.back().get());
        }
        std::size_t running = 0;
        double next_report = 0;
        Result<void> result;
        while (result && (running > 0 || !waiting.empty())) {
            if (stop.stop_requested()) {
                result = fail("RB0111", "interrupted", "", ExitCode::interrupted);
                break;
            }
            result = start_ready(multi.get(), waiting, running);
            int handles = 0;
            curl_multi_perform(multi.get(), &handles);
            int left = 0;
            while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
                if (message->msg != CURLMSG_DONE) continue;
                const auto code = message->data.result;
                Transfer* transfer = nullptr;
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
                curl_multi_remove_handle(multi.get(), message->easy_handle);
                --running;
                auto end = transfer->end(code);
                if (!end) waiting.push_back(transfer);
                else if (!*end && result) result = std::move(*end);
            }
            const bool at_end = running == 0 && waiting.empty();
            if (const auto now = monotonic_seconds(); progress && (at_end || now >= next_report)) {
                report(all, progress);
                next_report = now + report_interval;
            }
            constexpr int wait_ms = 100;
            if (result && (running > 0 || !waiting.empty())) curl_multi_poll(multi.get(), nullptr, 0, wait_ms, nullptr);
        }
        for (const auto& transfer : all)
            if (transfer->easy() != nullptr) curl_multi_remove_handle(multi.get(), transfer->easy());
        return result;
    }

private:
    static Result<void> start_ready(CURLM* multi, std::deque<Transfer*>& waiting, std::size_t& running) {
        for (std::size_t left = waiting.size(); left > 0 && running < most_at_once; --left) {
            auto* transfer = waiting.front();
            waiting.pop_front();
            if (transfer->not_before > monotonic_seconds()) {
                waiting.push_back(transfer);
                continue;
            }
            TRY_VOID(transfer->begin());
            curl_multi_add_handle(multi, transfer->easy());
            ++running;
        }
        return {};
    }

    static void report(const std::vector<std::unique_ptr<Transfer>>& all,
                       const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
        std::uint64_t done = 0;
        std::uint64_t total = 0;
        bool known = true;
        for (const auto& transfer : all) {
            done += transfer->received();
            total += transfer->expected();
            known = known && transfer->expected() > 0;
        }
        progress(done, known ? total : 0);
    }

    Transport transport_;
};

}  // namespace

std::unique_ptr<Http> make_http(const std::map<std::string, std::string>& environment) {
    return std::make_unique<CurlHttp>(environment);
}

}  // namespace rockbuild
