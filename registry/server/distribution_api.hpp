// The embedded registry's answers: the OCI distribution spec 1.1 and its drafts (several tags in one PUT, digest
// algorithms), as a function from a request to a response over the storage. It knows no sockets.
#pragma once

#include "registry/server/access.hpp"
#include "registry/server/http_server.hpp"
#include "registry/server/metrics.hpp"
#include "registry/server/storage.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>

namespace rockbuild {

struct RegistryPolicy {
    bool read_only = false;
    bool require_blobs = false;      // refuse a manifest whose blobs haven't come (sparse images are allowed otherwise)
    bool local_only = false;         // only Host names of this machine are answered
    std::uint64_t largest_blob = 0;  // 0: no limit
    PasswordFile* passwords = nullptr;  // null: anybody
};

class DistributionApi final : public RequestHandler {
public:
    /// `log` gets one JSON object a request, without its newline.
    DistributionApi(RegistryStorage& storage, const RegistryPolicy& policy, std::function<void(const std::string&)> log)
        : storage_(storage), policy_(policy), log_(std::move(log)) {}

    Handling begin(const ServerRequest& request) override;
    void finished(const ServedRequest& served) override;

private:
    /// What a path names.
    struct Route {
        enum class Kind { root, metrics, blob, manifest, upload_start, upload, tags, referrers, none };
        Kind kind = Kind::none;
        std::string repository;
        std::string name;  // digest, tag or upload
    };
    static Route route(std::string_view path);

    Handling dispatch(const ServerRequest& request, const Route& route);
    Result<ServerResponse> get_blob(const ServerRequest& request, const Route& route);
    Result<ServerResponse> get_manifest(const ServerRequest& request, const Route& route);
    Result<ServerResponse> get_tags(const ServerRequest& request, const Route& route);
    Result<ServerResponse> get_referrers(const ServerRequest& request, const Route& route);
    Result<ServerResponse> remove(const Route& route);
    Result<Handling> start_upload(const ServerRequest& request, const Route& route);
    Result<Handling> write_upload(const ServerRequest& request, const Route& route);
    Result<ServerResponse> upload_status(const Route& route);
    Handling put_manifest(const ServerRequest& request, const Route& route);

    RegistryStorage& storage_;
    RegistryPolicy policy_;
    std::function<void(const std::string&)> log_;
    RegistryMetrics metrics_;
    std::atomic<std::uint64_t> manifest_bytes_{0};  // that are coming in
};

}  // namespace rockbuild
