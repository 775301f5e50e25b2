// An image of a registry as a source. A blob that is sent on while it comes passes through a small buffer between two
// threads: the one that receives it waits while the buffer is full. It has connections of its own, so that one blob
// that waits holds up no other.
#include "registry/image_source.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rockbuild {

namespace {

constexpr std::size_t buffer_size = 1 << 20;

/// Bytes from the thread that gets them to the one that wants them.
class Pipe {
public:
    Pipe(const RegistryClient& client, std::unique_ptr<HttpClient> http, std::string repository, ContentReference blob,
         std::uint64_t offset)
        : on_stop_(client.stop_token(), [this] { stop_.request_stop(); }),
          http_(std::move(http)),
          client_(client.sibling(*http_, stop_.get_token())) {
        thread_ = std::thread([this, repository = std::move(repository), blob = std::move(blob), offset] {
            auto result =
                get_blob(*client_, repository, blob, offset, [this](std::string_view bytes) { return put(bytes); });
            const std::lock_guard guard(mutex_);
            if (!result) error_ = std::move(result).error();
            ended_ = true;
            changed_.notify_all();
        });
    }
    ~Pipe() {
        {
            const std::lock_guard guard(mutex_);
            left_ = true;
        }
        changed_.notify_all();
        stop_.request_stop();
        thread_.join();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    Result<std::size_t> read(char* buffer, std::size_t most) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !bytes_.empty() || ended_; });
        if (bytes_.empty() && error_) return std::unexpected(*error_);
        const auto count = std::min(most, bytes_.size());
        bytes_.copy(buffer, count);
        bytes_.erase(0, count);
        changed_.notify_all();
        return count;
    }

private:
    Result<void> put(std::string_view bytes) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return bytes_.size() < buffer_size || left_; });
        if (left_) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
        bytes_ += bytes;
        changed_.notify_all();
        return {};
    }

    std::stop_source stop_;
    std::stop_callback<std::function<void()>> on_stop_;
    std::unique_ptr<HttpClient> http_;
    std::unique_ptr<RegistryClient> client_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string bytes_;
    std::optional<Diagnostic> error_;
    bool ended_ = false;
    bool left_ = false;
    std::thread thread_;
};

class RemoteImage final : public ImageSource {
public:
    RemoteImage(RegistryClient& client, HttpMaker make_http, const ImageReference& reference, Document root)
        : client_(client),
          make_http_(std::move(make_http)),
          repository_(reference.repository),
          name_(reference.str()),
          root_(std::move(root)) {}

    const Document& root() const override { return root_; }
    const std::string& name() const override { return name_; }
    Result<Document> document(const ContentReference& reference) override {
        return get_manifest(client_, repository_, reference.digest.str());
    }
    Result<BodyReader> open(const ContentReference& blob, std::uint64_t offset) override {
        auto pipe = std::make_shared<Pipe>(client_, make_http_(), repository_, blob, offset);
        return [pipe](char* buffer, std::size_t most) { return pipe->read(buffer, most); };
    }
    Result<void> read(const ContentReference& blob, const BodySink& sink) override {
        return get_blob(client_, repository_, blob, 0, sink);
    }

private:
    RegistryClient& client_;
    HttpMaker make_http_;
    std::string repository_;
    std::string name_;
    Document root_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> open_remote_image(RegistryClient& client, const HttpMaker& make_http,
                                                       const ImageReference& reference) {
    auto root = TRY(get_manifest(client, reference.repository, reference.name()));
    return std::make_unique<RemoteImage>(client, make_http, reference, std::move(root));
}

}  // namespace rockbuild
