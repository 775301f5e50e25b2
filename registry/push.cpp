#include "registry/push.hpp"

#include "registry/parallel.hpp"
#include "registry/upload.hpp"
#include "system/host.hpp"
#include "system/pause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace rockbuild {

namespace {

constexpr double report_interval = 0.1;
constexpr int most_merges = 8;
/// Longer than anybody takes from reading an index to writing it.
constexpr double settle_seconds = 0.7;

/// The sum of what all blobs have come to, told now and then.
class Progress {
public:
    Progress(EventSink& events, std::string subject, std::uint64_t total)
        : events_(events), subject_(std::move(subject)), total_(total) {}

    void set(std::size_t blob, std::uint64_t done) {
        const std::lock_guard guard(mutex_);
        if (blob >= done_.size()) done_.resize(blob + 1);
        done_[blob] = done;
        if (const auto now = monotonic_seconds(); now >= next_) {
            next_ = now + report_interval;
            std::uint64_t sum = 0;
            for (const auto part : done_) sum += part;
            events_.progress(subject_, sum, total_);
        }
    }

private:
    EventSink& events_;
    std::string subject_;
    std::uint64_t total_;
    std::mutex mutex_;
    std::vector<std::uint64_t> done_;
    double next_ = 0;
};

/// All blobs, some at a time, the largest first: they take longest. The first failure ends the rest.
Result<void> push_blobs(RegistryClient& client, ImageSource& source, const std::string& repository,
                        std::vector<ContentReference> blobs, const PushOptions& options, PushReport& report) {
    std::ranges::stable_sort(blobs, std::greater(), &ContentReference::size);
    std::uint64_t total = 0;
    for (const auto& blob : blobs) total += blob.size;
    Progress progress(client.events(), "push", total);
    std::mutex mutex;
    return for_each_parallel(blobs.size(), options.jobs, [&](std::size_t i) -> Result<void> {
        const auto& blob = blobs[i];
        const UploadBlob upload{blob.digest, blob.size,
                                [&](std::uint64_t offset) { return source.open(blob, offset); }};
        const auto result = TRY(upload_blob(client, repository, upload, options.mount_from,
                                            [&](std::uint64_t done) { progress.set(i, done); }));
        progress.set(i, blob.size);
        const std::lock_guard guard(mutex);
        report.uploaded_bytes += result.sent;
        report.uploaded += result.outcome == UploadOutcome::uploaded;
        report.mounted += result.outcome == UploadOutcome::mounted;
        report.present += result.outcome == UploadOutcome::present;
        return {};
    });
}

class Push {
public:
    Push(RegistryClient& client, ImageSource& source, const ImageReference& reference, const PushOptions& options)
        : client_(client), source_(source), reference_(reference), options_(options) {}

    Result<PushReport> run() {
        const auto begin = monotonic_seconds();
        const auto& root = source_.root();
        if (reference_.digest && *reference_.digest != root.digest)
            return fail("RB1561", fmt::format("the image is {}, not {}", root.digest.str(), reference_.digest->str()),
                        "leave the digest out of the reference", ExitCode::usage);
        report_.digest = root.digest;
        if (options_.append) TRY_VOID(append(root));
        else TRY_VOID(push(root));
        report_.seconds = monotonic_seconds() - begin;
        return report_;
    }

private:
    const std::string& repository() const { return reference_.repository; }

    /// The names that shall stand for the image: a tag, further tags, or its digest alone.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        if (!reference_.tag.empty() || !reference_.digest)
            names.push_back(reference_.tag.empty() ? "latest" : reference_.tag);
        for (const auto& tag : options_.tags)
            if (std::ranges::find(names, tag) == names.end()) names.push_back(tag);
        if (names.empty()) names.push_back(reference_.digest->str());
        return names;
    }

    /// Names that don't stand for `digest` yet.
    Result<std::vector<std::string>> stale(const ContentDigest& digest) {
        std::vector<std::string> left;
        for (auto& name : names())
            if (TRY(find_manifest(client_, repository(), name)) != digest) left.push_back(std::move(name));
        return left;
    }

    Result<void> push(const Document& root) {
        const auto left = TRY(stale(root.digest));
        const auto contents = TRY(contents_of(source_));
        if (left.empty()) {  // a manifest is there when everything is
            report_.present = contents.blobs.size();
            return {};
        }
        TRY_VOID(push_contents(contents));
        for (const auto& name : left) TRY_VOID(put(root, name, contents));
        return {};
    }

    /// Blobs, and the manifests that the root names.
    Result<void> push_contents(const ImageContents& contents) {
        TRY_VOID(push_blobs(client_, source_, repository(), contents.blobs, options_, report_));
        for (const auto& document : contents.documents)
            if (document.digest != source_.root().digest) TRY_VOID(put(document, document.digest.str(), contents));
        return {};
    }

    /// A registry may see a blob a moment after it took it: what it misses is sent once more.
    Result<void> put(const Document& document, const std::string& name, const ImageContents& contents) {
        auto done = put_manifest(client_, repository(), name, document);
        if (!done && done.error().message.find("MANIFEST_BLOB_UNKNOWN") != std::string::npos) {
            TRY_VOID(push_blobs(client_, source_, repository(), contents.blobs, options_, report_));
            done = put_manifest(client_, repository(), name, document);
        }
        if (!done) return std::unexpected(std::move(done).error());
        report_.uploaded_bytes += document.bytes.size();
        return {};
    }

    /// Others may append at the same time. A registry that compares ETags lets one of them win each round; elsewhere
    /// what was written is looked at again after a while in which nobody who had read before can still write.
    Result<void> append(const Document& added) {
        const auto contents = TRY(contents_of(source_));
        TRY_VOID(push_contents(contents));
        const auto name = names().front();
        for (int round = 0; round < most_merges; ++round) {
            std::optional<Document> present;
            std::optional<ContentReference> platform;
            if (TRY(find_manifest(client_, repository(), name))) {
                present = TRY(get_manifest(client_, repository(), name));
                if (!is_index_type(present->media_type)) {
                    auto reference = reference_;
                    reference.tag = name;
                    const auto image = TRY(open_remote_image(client_, {}, reference));
                    platform = TRY(index_entry(*image, *present));
                }
            }
            const auto merged = TRY(merge_index(present, platform, added));
            if (!present || present->digest != merged.digest)
                if (!TRY(put_manifest(client_, repository(), name, merged, present ? present->etag : "*"))) continue;
            report_.digest = merged.digest;
            TRY_VOID(pause_for(settle_seconds, client_.stop_token()));
            const auto now = TRY(get_manifest(client_, repository(), name));
            if (TRY(merge_index(now, std::nullopt, added)).digest != now.digest) continue;
            report_.digest = now.digest;
            report_.uploaded_bytes += now.bytes.size();
            for (const auto& other : names())
                if (other != name) TRY_VOID(put_manifest(client_, repository(), other, now));
            return {};
        }
        return fail("RB1556", fmt::format("{}:{} is changed by others all the time", reference_.place(), name),
                    "try again", ExitCode::remote_timeout);
    }

    RegistryClient& client_;
    ImageSource& source_;
    const ImageReference& reference_;
    const PushOptions& options_;
    PushReport report_;
};

}  // namespace

Result<PushReport> push_image(RegistryClient& client, ImageSource& source, const ImageReference& reference,
                              const PushOptions& options) {
    return Push(client, source, reference, options).run();
}

}  // namespace rockbuild
