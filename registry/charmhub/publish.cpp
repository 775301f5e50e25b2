#include "registry/charmhub/publish.hpp"

#include "registry/json_member.hpp"
#include "registry/push.hpp"
#include "support/digest.hpp"
#include "support/suggest.hpp"
#include "system/host.hpp"
#include "system/pause.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t short_life = 300;

/// Charmhub's names for OCI's architectures (spec/charmhub.md §8.5).
std::optional<std::string> charm_architecture(std::string_view oci) {
    if (oci == "arm") return "armhf";
    if (oci == "ppc64le") return "ppc64el";
    for (const std::string_view same : {"amd64", "arm64", "riscv64", "s390x"})
        if (oci == same) return std::string(same);
    return std::nullopt;
}

Result<std::vector<std::string>> architectures_of(ImageSource& image) {
    const auto& root = image.root();
    auto entries = TRY(read_manifest_facts(root.bytes, root.media_type)).manifests;
    if (entries.empty()) entries = {TRY(index_entry(image, root))};
    std::vector<std::string> found;
    for (const auto& entry : entries)
        if (auto name = charm_architecture(entry.architecture); name && entry.os == "linux")
            found.push_back(*std::move(name));
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.empty())
        return fail("RB1621", fmt::format("'{}' is for no architecture that Charmhub knows", image.name()),
                    "charms run on amd64, arm64, armhf, ppc64el, riscv64 and s390x", ExitCode::bad_data);
    return found;
}

/// What is known of a publication: each later member says that the earlier steps are done.
struct Journal {
    std::string upload_id;
    std::string status_url;
    std::string sha256;  // of what was uploaded
    std::optional<std::int64_t> revision;

    static Journal parse(const std::optional<std::string>& text) {
        Journal journal;
        const auto json = text ? parse_untrusted<Json>(*text) : Json();
        if (!json.is_object() || !json.contains("v") || json["v"] != 1) return journal;
        journal.upload_id = text_member(json, "upload_id");
        journal.status_url = text_member(json, "status_url");
        journal.sha256 = text_member(json, "sha256");
        if (json.contains("revision") && json["revision"].is_number_integer())
            journal.revision = json["revision"].get<std::int64_t>();
        return journal;
    }
    std::string text() const {
        Json json{{"v", 1}, {"upload_id", upload_id}, {"status_url", status_url}, {"sha256", sha256}};
        if (revision) json["revision"] = *revision;
        return json.dump();
    }
};

class Publishing {
public:
    Publishing(const PublishWorld& world, const PublishWish& wish) : world_(world), wish_(wish) {
        result_.digest = world.image.root().digest;
        note_ = "publish/" + sha256(fmt::format("{}\n{}\n{}\n{}", world.store.addresses().api, wish.charm,
                                                wish.resource, result_.digest.str()))
                                 .hex();
    }

    Result<Publication> run() {
        architectures_ = TRY(architectures_of(world_.image));
        TRY_VOID(check_login());
        TRY_VOID(check_resource());
        const auto plan = TRY(plan_releases());
        journal_ = Journal::parse(TRY(world_.recall(note_)));
        const auto revisions = TRY(world_.store.resource_revisions(wish_.charm, wish_.resource));
        if (journal_.revision && std::ranges::any_of(revisions, [&](const ResourceRevision& known) {
                return known.revision == *journal_.revision && known.sha256 == journal_.sha256;
            })) {
            result_.revision = journal_.revision;
            say(fmt::format("revision {} of '{}' is this image already", *result_.revision, wish_.resource));
        } else {
            journal_.revision.reset();
            if (wish_.dry_run)
                say(fmt::format("would push {} to Charmhub's registry and make a revision of '{}' for {}",
                                result_.digest.str(), wish_.resource, fmt::join(architectures_, ", ")));
            else TRY_VOID(make_revision(revisions));
        }
        for (const auto& [wanted, channels] : plan) TRY_VOID(release(wanted, channels));
        return result_;
    }

private:
    void say(std::string text) const { world_.events.message(std::move(text)); }
    Result<void> write_down() const { return world_.remember(note_, journal_.text()); }

    Result<void> check_login() {
        const auto account = TRY(world_.store.whoami());
        const auto may = [&](std::string_view permission) {
            return std::ranges::find(account.permissions, permission) != account.permissions.end();
        };
        const auto hint = "log in with `rockbuild login charmhub`";
        if (!account.permissions.empty() && !may("package-manage") && !may("package-manage-revisions"))
            return fail("RB1623", "this login may not publish resources: it lacks the permission package-manage", hint,
                        ExitCode::not_allowed);
        if (!wish_.channels.empty() && !account.permissions.empty() && !may("package-manage") &&
            !may("package-manage-releases"))
            return fail("RB1623", "this login may not release: it lacks the permission package-manage", hint,
                        ExitCode::not_allowed);
        if (account.packages && std::ranges::find(*account.packages, wish_.charm) == account.packages->end())
            return fail("RB1623",
                        fmt::format("this login is for other charms than '{}': {}", wish_.charm,
                                    fmt::join(*account.packages, ", ")),
                        hint, ExitCode::not_allowed);
        std::tm parts{};
        if (::strptime(account.expires.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) != nullptr) {
            const auto left = ::timegm(&parts) - wish_.now;
            if (left < short_life)
                say(fmt::format("warning: this login ends in {} s: log in again if it doesn't reach",
                                std::max<std::int64_t>(left, 0)));
        }
        return {};
    }

    Result<void> check_resource() {
        declared_ = TRY(world_.store.resources(wish_.charm));
        std::vector<std::string> names;
        for (const auto& resource : declared_) {
            names.push_back(resource.name);
            if (resource.name != wish_.resource) continue;
            if (resource.type == "oci-image") return {};
            return fail("RB1620",
                        fmt::format("the resource '{}' of '{}' is a {}, not an image", resource.name, wish_.charm,
                                    resource.type),
                        "files are published with `charmcraft upload-resource --filepath`", ExitCode::failure);
        }
        auto error = fail(
            "RB1620", fmt::format("the charm '{}' declares no resource '{}'", wish_.charm, wish_.resource),
            names.empty() ? "declare it in charmcraft.yaml and upload the charm first"
                          : fmt::format("it declares {}; others must be in the charmcraft.yaml of an uploaded revision",
                                        fmt::join(names, ", ")));
        error.error().suggestions = suggestions(wish_.resource, names);
        return error;
    }

    /// What is released together: a revision of the charm, and those resources that a channel needs and has not.
    struct Together {
        std::int64_t charm_revision = 0;
        std::map<std::string, std::int64_t> others;
        auto operator<=>(const Together&) const = default;
    };
    using Plan = std::map<Together, std::vector<std::string>>;

    Result<Plan> plan_releases() {
        Plan plan;
        if (wish_.channels.empty()) return plan;
        const auto present = TRY(world_.store.releases(wish_.charm));
        for (const auto& channel : wish_.channels) {
            // A channel may have a revision for each base: the resource goes with all of them.
            std::set<std::int64_t> revisions;
            std::set<std::string> there{wish_.resource};
            if (wish_.charm_revision) revisions.insert(*wish_.charm_revision);
            for (const auto& release : present) {
                if (release.channel != channel.full() && release.channel != channel.str()) continue;
                if (release.revision && !wish_.charm_revision) revisions.insert(*release.revision);
                there.insert(release.resources.begin(), release.resources.end());
            }
            if (revisions.empty())
                return fail(
                    "RB1622",
                    fmt::format("'{}' has no revision in {} that could get the resource", wish_.charm, channel.str()),
                    "say which one to release: --charm-revision N", ExitCode::usage);
            const auto others = TRY(newest_of_others(there, channel));
            for (const auto revision : revisions) plan[{revision, others}].push_back(channel.str());
        }
        return plan;
    }

    /// The store releases a charm with all its resources or not at all: those that the channel has not go as their
    /// newest revisions.
    Result<std::map<std::string, std::int64_t>> newest_of_others(const std::set<std::string>& there,
                                                                 const Channel& channel) {
        std::map<std::string, std::int64_t> others;
        for (const auto& resource : declared_) {
            if (resource.optional || there.contains(resource.name)) continue;
            const auto revisions = TRY(world_.store.resource_revisions(wish_.charm, resource.name));
            const auto newest = std::ranges::max_element(revisions, {}, &ResourceRevision::revision);
            if (newest == revisions.end())
                return fail(
                    "RB1626",
                    fmt::format("{} can't get '{}': the charm needs the resource '{}' too, which has no revision yet",
                                channel.str(), wish_.resource, resource.name),
                    fmt::format("publish both without --release first, then one of them with it: `rockbuild publish "
                                "IMAGE --charm {} --resource {}`",
                                wish_.charm, resource.name));
            others.emplace(resource.name, newest->revision);
        }
        return others;
    }

    Result<void> make_revision(const std::vector<ResourceRevision>& revisions) {
        // A review that a run before this one was waiting for.
        if (!journal_.status_url.empty()) {
            auto waited = wait_for_review();
            if (waited || waited.error().code == "RB1624" || waited.error().code == "RB1625" ||
                waited.error().exit == ExitCode::interrupted || waited.error().exit == ExitCode::not_allowed)
                return waited;
            journal_ = {};  // the store knows nothing of it: anew
        }
        TRY_VOID(push());
        const auto text = TRY(world_.store.image_blob(wish_.charm, wish_.resource, result_.digest));
        const auto hash = sha256(text).hex();
        for (const auto& known : revisions)
            if (known.sha256 == hash) {
                journal_ = {.sha256 = hash, .revision = known.revision};
                result_.revision = known.revision;
                say(fmt::format("revision {} of '{}' is this image already", known.revision, wish_.resource));
                return write_down();
            }
        if (journal_.upload_id.empty() || journal_.sha256 != hash) {
            journal_ = {.upload_id = TRY(world_.store.upload("image-resource.json", text)), .sha256 = hash};
            TRY_VOID(write_down());
        }
        auto url = world_.store.push_resource(wish_.charm, wish_.resource, journal_.upload_id, architectures_);
        if (!url && url.error().code == "RB1606") {  // perhaps the store has forgotten the upload
            journal_ = {.upload_id = TRY(world_.store.upload("image-resource.json", text)), .sha256 = hash};
            TRY_VOID(write_down());
            url = world_.store.push_resource(wish_.charm, wish_.resource, journal_.upload_id, architectures_);
        }
        if (!url) return std::unexpected(std::move(url).error());
        journal_.status_url = *url;
        TRY_VOID(write_down());
        return wait_for_review();
    }

    Result<void> push() {
        const auto credentials = TRY(world_.store.upload_credentials(wish_.charm, wish_.resource));
        auto name = credentials.image_name;
        if (const auto& registry = world_.store.addresses().registry; !registry.empty()) {
            const auto host =
                registry.find("://") == std::string::npos ? registry : registry.substr(registry.find("://") + 3);
            name = host.substr(0, host.find('/')) + name.substr(std::min(name.find('/'), name.size()));
        }
        auto reference = ImageReference::parse(name);
        if (!reference)
            return fail("RB1607", fmt::format("Charmhub names an image that can't be: {}", reference.error().message),
                        {}, ExitCode::remote_timeout);
        auto* client = TRY(world_.registry(*reference, credentials));
        if (TRY(find_manifest(*client, reference->repository, result_.digest.str()))) return {};
        const auto report = TRY(push_image(*client, world_.image, *reference, {}));
        say(fmt::format("pushed {} bytes to {}", report.uploaded_bytes, reference->host));
        return {};
    }

    Result<void> wait_for_review() {
        const auto begin = monotonic_seconds();
        double pause = 0.2;
        constexpr double growth = 1.5;
        constexpr double longest = 3;
        std::string told;
        for (;;) {
            const auto state = TRY(world_.store.review(journal_.status_url));
            if (state.status == "approved") {
                result_.revision = state.revision;
                result_.is_new = true;
                journal_.revision = state.revision;
                return write_down();
            }
            if (state.status == "rejected") {
                journal_ = {};
                TRY_VOID(write_down());
                auto error = fail("RB1624", fmt::format("Charmhub's review rejects the resource '{}'", wish_.resource),
                                  "mend what it names and publish again");
                for (const auto& reason : state.errors) error.error().notes.push_back({reason, {}});
                return error;
            }
            if (state.status != told) say(fmt::format("Charmhub's review: {}", state.status));
            told = state.status;
            if (monotonic_seconds() - begin > wish_.timeout)
                return fail("RB1625", fmt::format("Charmhub's review takes longer than {} s", wish_.timeout),
                            "it goes on there: run the same command again to wait for it, or with a longer --timeout",
                            ExitCode::remote_timeout);
            TRY_VOID(pause_for(pause, world_.store.stop_token()));
            pause = std::min(pause * growth, longest);
        }
    }

    Result<void> release(const Together& wanted, const std::vector<std::string>& channels) {
        std::string others;
        for (const auto& [name, revision] : wanted.others)
            others += fmt::format(", and revision {} of '{}'", revision, name);
        if (!wish_.dry_run && !others.empty()) say(fmt::format("releasing{} along with it", others.substr(5)));
        if (wish_.dry_run) {
            say(fmt::format("would release revision {} of '{}' to {} with it{}", wanted.charm_revision, wish_.charm,
                            fmt::join(channels, ", "), others));
            return {};
        }
        auto revisions = wanted.others;
        revisions.emplace(wish_.resource, *result_.revision);
        for (auto& channel : TRY(world_.store.release(wish_.charm, wanted.charm_revision, channels, revisions)))
            result_.released.push_back(std::move(channel));
        return {};
    }

    const PublishWorld& world_;
    const PublishWish& wish_;
    std::string note_;
    std::vector<std::string> architectures_;
    std::vector<StoreResource> declared_;
    Journal journal_;
    Publication result_;
};

}  // namespace

Result<Publication> publish_image(const PublishWorld& world, const PublishWish& wish) {
    return Publishing(world, wish).run();
}

}  // namespace rockbuild
