#include "registry/upload.hpp"

#include "registry/url.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace rockbuild {

namespace {

constexpr std::uint64_t usual_chunk = 32 << 20;
constexpr std::uint64_t largest_chunk = 1 << 30;  // a registry that asks for more wants our memory or patience
constexpr int most_faults = 10;

class Upload {
public:
    Upload(RegistryClient& client, const std::string& repository, const UploadBlob& blob,
           const std::function<void(std::uint64_t)>& progress)
        : client_(client), repository_(repository), blob_(blob), progress_(progress) {}

    Result<UploadResult> run(const std::string& mount_from) {
        if (TRY(has_blob(client_, repository_, blob_.digest, blob_.size)))
            return UploadResult{UploadOutcome::present, 0};
        if (!mount_from.empty() && TRY(mount(mount_from))) return UploadResult{UploadOutcome::mounted, 0};
        while (!done_) {
            if (location_.empty()) TRY_VOID(begin());
            TRY_VOID(step());
        }
        return UploadResult{UploadOutcome::uploaded, sent_};
    }

private:
    /// Takes an answer's place for the next request. False if it names none.
    bool take_location(const RegistryResponse& response) {
        auto next = response.location();
        if (next.empty()) return false;
        location_ = std::move(next);
        if (const auto least = response.header("oci-chunk-min-length"))
            chunk_ = std::clamp(parse_number<std::uint64_t>(*least).value_or(0), usual_chunk, largest_chunk);
        return true;
    }

    /// Any failure is no reason to give up: the blob is sent then.
    Result<bool> mount(const std::string& from) {
        RegistryRequest request;
        request.method = "POST";
        request.path =
            with_query("/v2/" + repository_ + "/blobs/uploads/", {{"mount", blob_.digest.str()}, {"from", from}});
        const auto response = client_.send(request);
        if (!response) {
            if (response.error().exit == ExitCode::interrupted) return std::unexpected(response.error());
            return false;
        }
        if (response->status == 201) return true;
        if (response->status == 202) take_location(*response);
        return false;
    }

    Result<void> begin() {
        RegistryRequest request;
        request.method = "POST";
        request.path = "/v2/" + repository_ + "/blobs/uploads/";
        if (blob_.digest.algorithm() != HashAlgorithm::sha256)
            request.path = with_query(request.path, {{"digest-algorithm", std::string(blob_.digest.algorithm_name())}});
        const auto response = TRY(client_.send(request));
        if (response.status != 202) return registry_failure(client_, response, "take a blob");
        if (!take_location(response))
            return fail("RB1555", fmt::format("{} says no usable place to send a blob to", client_.host()));
        at_ = 0;
        return {};
    }

    /// The next request: all that is missing, or a chunk of it, or the end.
    Result<void> step() {
        const auto left = blob_.size - at_;
        if (at_ == 0 && !chunked_) return finish_with(0, left);
        if (left == 0) return finish_with(at_, 0);
        return patch(chunked_ ? std::min(left, chunk_) : left);
    }

    RegistryRequest with_body(std::uint64_t offset, std::uint64_t size) {
        RegistryRequest request;
        request.headers = {{"Content-Type", "application/octet-stream"}};
        request.try_again = false;
        request.body_size = size;
        if (size == 0) return request;
        request.reader = [this, offset, size]() -> Result<BodyReader> {
            auto read = TRY(blob_.open(offset));
            auto given = std::make_shared<std::uint64_t>(0);
            return [this, read = std::move(read), given, offset, size](char* buffer,
                                                                       std::size_t most) -> Result<std::size_t> {
                const auto count = TRY(read(buffer, std::min<std::uint64_t>(most, size - *given)));
                if (count == 0 && *given < size)
                    return fail("RB1557", fmt::format("the blob {} ends too early", blob_.digest.str()),
                                "the image is damaged: get or build it again", ExitCode::bad_data);
                *given += count;
                progress_(offset + *given);
                return count;
            };
        };
        return request;
    }

    Result<void> finish_with(std::uint64_t offset, std::uint64_t size) {
        auto request = with_body(offset, size);
        request.method = "PUT";
        request.path = with_query(location_, {{"digest", blob_.digest.str()}});
        const auto response = client_.send(request);
        if (response) {
            sent_ += response->sent;
            if (response->status == 201 || response->status == 200 || response->status == 204) {
                // A registry that doesn't say "created" must show that it has it.
                if (response->status != 201 && !TRY(has_blob(client_, repository_, blob_.digest, blob_.size)))
                    return registry_failure(client_, *response, "show the blob that it took");
                done_ = true;
                progress_(blob_.size);
                return {};
            }
            if (response->status == 400 && has_error_code(*response, "DIGEST_INVALID")) return wrong_digest();
        }
        return recover(response, size);
    }

    Result<void> patch(std::uint64_t size) {
        auto request = with_body(at_, size);
        request.method = "PATCH";
        request.path = location_;
        request.headers.emplace_back("Content-Range", fmt::format("{}-{}", at_, at_ + size - 1));
        const auto response = client_.send(request);
        if (response) {
            sent_ += response->sent;
            if (response->status == 202 || response->status == 201) {
                if (!take_location(*response))
                    return fail("RB1555", fmt::format("{} says no usable place to send a blob to", client_.host()));
                at_ += size;
                if (faults_ > 0) --faults_;
                return {};
            }
            // A registry that takes no parts gets all at once.
            if (response->status == 400 || response->status == 404 || response->status == 405 ||
                response->status == 501)
                return start_over(*response);
        }
        return recover(response, size);
    }

    /// After a fault: from where the registry says that it is, with the place that it says then.
    Result<void> recover(const Result<RegistryResponse>& response, std::uint64_t size) {
        if (!response && !is_passing_fault(response.error())) return std::unexpected(response.error());
        const int status = response ? response->status : 0;
        const bool refused_size = status == 413;
        // A proxy that refuses a large body may close before we read why.
        if (!chunked_ && size > usual_chunk && (refused_size || (!response && faults_ > 0))) chunked_ = true;
        else if (refused_size || (response && status != 416 && status != 404 && status != 401 && status != 409 &&
                                  !is_passing_fault(status)))
            return registry_failure(client_, *response, fmt::format("take the blob {}", blob_.digest.str()));
        if (++faults_ > most_faults) {
            if (!response) return std::unexpected(response.error());
            return registry_failure(client_, *response, fmt::format("take the blob {}", blob_.digest.str()));
        }
        TRY_VOID(client_.pause(faults_, response ? &*response : nullptr));
        // The end of it may have come through although its answer did not.
        if (TRY(has_blob(client_, repository_, blob_.digest, blob_.size))) {
            done_ = true;
            return {};
        }
        RegistryRequest request;
        request.path = location_;
        auto state = client_.send(request);
        while (state ? state->status == 409 || is_passing_fault(state->status) : is_passing_fault(state.error())) {
            if (++faults_ > most_faults) break;
            TRY_VOID(client_.pause(faults_, state ? &*state : nullptr));
            state = client_.send(request);
        }
        if (!state) return std::unexpected(state.error());
        const auto range = state->status == 204 ? state->header("range") : std::nullopt;
        if (!range || !take_location(*state)) {  // gone: from the start
            constexpr int most_starts = 3;
            if (++starts_ > most_starts)
                return registry_failure(client_, *state, fmt::format("keep the upload of {}", blob_.digest.str()));
            location_.clear();
            return {};
        }
        const auto last = parse_number<std::uint64_t>(range->substr(range->find('-') + 1));
        // `0-0` is said for nothing and for one byte: nothing is right, or is set right by the next refusal.
        const auto has = last && *last > 0 ? *last + 1 : 0;
        if (has > blob_.size) {
            location_.clear();
            return {};
        }
        if (has > at_ && faults_ > 0) --faults_;
        at_ = has;
        return {};
    }

    Result<void> start_over(const RegistryResponse& response) {
        if (++faults_ > most_faults || no_parts_)
            return registry_failure(client_, response, fmt::format("take the blob {}", blob_.digest.str()));
        no_parts_ = response.status != 404;
        chunked_ = false;
        location_.clear();
        return {};
    }

    /// Who is wrong: our source, or what came between? Reading it again tells.
    Result<void> wrong_digest() {
        ContentHash hash(blob_.digest.algorithm());
        const auto read = TRY(blob_.open(0));
        std::string buffer(1 << 18, '\0');
        for (std::uint64_t done = 0; done < blob_.size;) {
            const auto count = TRY(read(buffer.data(), std::min<std::uint64_t>(buffer.size(), blob_.size - done)));
            if (count == 0) break;
            hash.update({buffer.data(), count});
            done += count;
        }
        if (hash.finish() != blob_.digest)
            return fail("RB1557",
                        fmt::format("the blob {} is damaged: its content has another digest", blob_.digest.str()),
                        "get or build the image again", ExitCode::bad_data);
        if (++faults_ > most_faults || garbled_)
            return fail("RB1554", fmt::format("{} gets the blob {} garbled", client_.host(), blob_.digest.str()),
                        "something between here and there changes content: try another network or proxy");
        garbled_ = true;
        location_.clear();
        return {};
    }

    RegistryClient& client_;
    const std::string& repository_;
    const UploadBlob& blob_;
    const std::function<void(std::uint64_t)>& progress_;
    std::string location_;  // where the next request goes; empty: no upload is open
    std::uint64_t at_ = 0;  // bytes that the registry has
    std::uint64_t chunk_ = usual_chunk;
    std::uint64_t sent_ = 0;
    int faults_ = 0;
    int starts_ = 0;  // after uploads that the registry forgot
    bool chunked_ = false;
    bool no_parts_ = false;
    bool garbled_ = false;
    bool done_ = false;
};

}  // namespace

Result<UploadResult> upload_blob(RegistryClient& client, const std::string& repository, const UploadBlob& blob,
                                 const std::string& mount_from, const std::function<void(std::uint64_t)>& progress) {
    return Upload(client, repository, blob, progress).run(mount_from);
}

}  // namespace rockbuild
