// An image as a charm's resource on Charmhub, from its archive to a released revision (spec/charmhub.md §8): who asks
// and may he, is there such a resource, push to the store's registry, register, upload, review, release. What was done
// is written down after each step, so that a run that was killed goes on; what the store has already is not sent again.
#pragma once

#include "registry/charmhub/channel.hpp"
#include "registry/charmhub/store_client.hpp"
#include "registry/image_source.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct PublishWish {
    std::string charm;
    std::string resource;
    std::vector<Channel> channels;               // to release to
    std::optional<std::int64_t> charm_revision;  // else the one that each channel has
    bool dry_run = false;
    double timeout = 600;  // seconds to wait for the review
    std::int64_t now = 0;  // seconds since 1970, to see whether the login lasts
};

struct Publication {
    std::optional<std::int64_t> revision;  // of the resource; none in a dry run of something new
    ContentDigest digest;
    bool is_new = false;  // false: the store had this very image
    std::vector<std::string> released;
};

/// What a run needs from outside.
struct PublishWorld {
    StoreClient& store;
    ImageSource& image;
    EventSink& events;
    /// A client for the store's registry: the image's name and what to prove.
    std::function<Result<RegistryClient*>(const ImageReference& reference, const UploadCredentials& credentials)>
        registry;
    /// What was written down for a publication; and writing it.
    std::function<Result<std::optional<std::string>>(const std::string& name)> recall;
    std::function<Result<void>(const std::string& name, const std::string& text)> remember;
};

/// Before anything is sent: RB1620 the resource isn't declared or no image; RB1621 no architecture that Charmhub knows;
/// RB1622 no charm revision to release; RB1626 another resource that the release needs has no revision; RB1623 (exit
/// 77) the login doesn't reach. Then: RB1624 the review refused it (with its reasons), RB1625 (exit 75) the review
/// takes too long; or the errors of store and registry.
Result<Publication> publish_image(const PublishWorld& world, const PublishWish& wish);

}  // namespace rockbuild
