// What strangers send to a registry or its client: the first byte chooses the reader. Each refuses its text or takes
// it, and what it took it writes as it was.
#include "registry/base64.hpp"
#include "registry/challenge.hpp"
#include "registry/charmhub/channel.hpp"
#include "registry/charmhub/macaroon.hpp"
#include "registry/manifest.hpp"
#include "registry/reference.hpp"
#include "registry/server/byte_range.hpp"
#include "registry/server/distribution_api.hpp"

#include <cstdlib>
#include <filesystem>

using namespace rockbuild;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void take_reference(const std::string& text) {
    const auto reference = ImageReference::parse(text);
    if (!reference) return;
    const auto again = ImageReference::parse(reference->str());
    must(again && again->str() == reference->str() && is_repository_name(reference->repository));
    (void)is_loopback(reference->host);
}

void take_ranges(const std::string& text) {
    constexpr std::uint64_t total = 1000;
    if (const auto range = read_range(text, total)) must(range->begin <= total && range->size <= total - range->begin);
    (void)read_range(text, 0);
    if (const auto range = read_upload_range(text)) must(range->first <= range->second);
}

void take_manifest(const std::string& text) {
    const auto line = text.find('\n');
    (void)read_manifest_facts(text, "");
    if (line != std::string::npos) (void)read_manifest_facts(text.substr(line + 1), text.substr(0, line));
}

void take_channel(const std::string& text) {
    if (const auto channel = Channel::parse(text)) must(channel->str() == text && Channel::parse(channel->full()));
    (void)check_store_name(text, "resource");
}

/// Lines: method, path, query's name and value, a header that is the same for all names; then the body.
void take_request(std::string text) {
    static const auto folder = *TempFolder::make(std::filesystem::temp_directory_path(), "registry-fuzz-");
    static const auto storage = *RegistryStorage::open(folder.path() / "data", true, 16 << 20);
    static DistributionApi api(*storage, {}, {});
    const auto next = [&] {
        const auto line = text.substr(0, text.find('\n'));
        text.erase(0, line.size() + 1);
        return line;
    };
    ServerRequest request{.method = next(), .path = next()};
    request.query = {{next(), next()}};
    request.header = [header = next()](const char*) { return header; };
    auto handling = api.begin(request);
    must(handling.response.has_value() != (handling.body != nullptr));
    if (!handling.body) return;
    handling.body->take(text);
    must(handling.body->finish().status >= 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 9) {
        case 0:
            take_reference(text);
            break;
        case 1:
            (void)read_challenges(text);
            break;
        case 2:
            take_ranges(text);
            break;
        case 3:
            take_manifest(text);
            break;
        case 4:
            if (const auto digest = ContentDigest::parse(text)) must(digest->str() == text);
            break;
        case 5:
            must(base64_decode(base64_encode(text)) == text);
            if (const auto bytes = base64_decode(text)) must(base64_decode(base64_encode(*bytes)) == bytes);
            break;
        case 6:
            (void)read_store_credentials(text);
            break;
        case 7:
            take_channel(text);
            break;
        default:
            take_request(text);
    }
    return 0;
}
