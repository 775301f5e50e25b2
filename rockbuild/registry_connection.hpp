// What a command needs to ask registries: connections, who asks, what may be trusted. One value for one run.
#pragma once

#include "registry/image_source.hpp"
#include "registry/registry_client.hpp"
#include "rockbuild/command.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

enum class RegistryUse : std::uint8_t { pull, push };

class RegistryConnection {
public:
    /// `--ca` and `--insecure` are read from the command line.
    RegistryConnection(const Context& context, EventSink& events, std::stop_token stop);

    /// A client for the registry of `reference`; it lives as long as this. `also_pull`: further repositories that will
    /// be read from (mounts).
    Result<RegistryClient*> open(const ImageReference& reference, RegistryUse use,
                                 const std::vector<std::string>& also_pull = {});
    /// With that credential in place of the user's.
    RegistryClient* open_as(const ImageReference& reference, RegistryUse use,
                            const std::optional<Credential>& credential,
                            const std::vector<std::string>& also_pull = {});

    Credentials& credentials() { return credentials_; }
    HttpClient& http() { return *http_; }
    HttpMaker http_maker() const;
    EventSink& events() { return events_; }
    const std::stop_token& stop() const { return stop_; }
    RegistryAccess access() const;

private:
    const Context& context_;
    EventSink& events_;
    std::stop_token stop_;
    HostProcesses processes_;
    Credentials credentials_;
    std::unique_ptr<HttpClient> http_;
    std::vector<std::unique_ptr<RegistryClient>> clients_;
};

/// A source of any kind: `docker://REF`, or a local one (image_source.hpp). `inspect` and the like want one image: of
/// an index, that for this machine.
Result<std::unique_ptr<ImageSource>> open_image(RegistryConnection& connection, const std::string& reference);

/// The reference, with a tag that registries take: what isn't legal in a version becomes `-` and is said.
Result<ImageReference> target_reference(const Context& context, const std::string& text);

/// The options of all commands that ask registries.
Option ca_option();
Option insecure_option();
/// `--jobs`, else 4. RB1102.
Result<unsigned> jobs_option(const Context& context);

}  // namespace rockbuild
