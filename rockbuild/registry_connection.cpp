#include "rockbuild/registry_connection.hpp"

#include "image/image.hpp"
#include "rockbuild/build_paths.hpp"
#include "rockbuild/places.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

namespace rockbuild {

RegistryConnection::RegistryConnection(const Context& context, EventSink& events, std::stop_token stop)
    : context_(context),
      events_(events),
      stop_(std::move(stop)),
      credentials_(context.host, processes_),
      http_(make_http_client(context.host.environment)) {
    if (context.arguments.has("insecure"))
        context.screen.say("warning: --insecure: certificates aren't checked, and plain HTTP will do");
}

RegistryAccess RegistryConnection::access() const {
    RegistryAccess access;
    if (const auto ca = context_.arguments.value("ca")) access.ca = absolute(context_.host, *ca);
    access.insecure = context_.arguments.has("insecure");
    access.user_agent = fmt::format("rockbuild/{}", program_version);
    return access;
}

Result<RegistryClient*> RegistryConnection::open(const ImageReference& reference, RegistryUse use,
                                                 const std::vector<std::string>& also_pull) {
    return open_as(reference, use, TRY(credentials_.find(reference.host, reference.repository)), also_pull);
}

RegistryClient* RegistryConnection::open_as(const ImageReference& reference, RegistryUse use,
                                            const std::optional<Credential>& credential,
                                            const std::vector<std::string>& also_pull) {
    std::vector<std::string> scopes;
    if (!reference.repository.empty())
        scopes.push_back(
            fmt::format("repository:{}:pull{}", reference.repository, use == RegistryUse::push ? ",push" : ""));
    for (const auto& repository : also_pull) scopes.push_back(fmt::format("repository:{}:pull", repository));
    auto granted = access();
    granted.credential = credential;
    clients_.push_back(std::make_unique<RegistryClient>(*http_, reference.endpoint(), std::move(scopes),
                                                        std::move(granted), events_, stop_));
    return clients_.back().get();
}

HttpMaker RegistryConnection::http_maker() const {
    return [environment = context_.host.environment] { return make_http_client(environment); };
}

Result<std::unique_ptr<ImageSource>> open_image(RegistryConnection& connection, const std::string& reference) {
    if (!reference.starts_with("docker://")) return open_local_image(reference);
    const auto parsed = TRY(ImageReference::parse(reference));
    auto* client = TRY(connection.open(parsed, RegistryUse::pull));
    return open_remote_image(*client, connection.http_maker(), parsed);
}

Result<ImageReference> target_reference(const Context& context, const std::string& text) {
    auto parsed = ImageReference::parse(text);
    const auto colon = text.rfind(':');
    if (parsed || colon == std::string::npos || text.find('/', colon) != std::string::npos ||
        text.find('@') != std::string::npos)
        return parsed;
    const auto tag = legal_tag(text.substr(colon + 1));
    auto legal = ImageReference::parse(text.substr(0, colon + 1) + tag);
    if (!legal) return parsed;
    context.screen.say(fmt::format("the tag '{}' becomes '{}': registries take letters, digits, '_', '.' and '-'",
                                   text.substr(colon + 1), tag));
    return legal;
}

Option ca_option() { return {"ca", 0, {"FILE", Completes::file}, "trust this authority's certificate too (PEM)"}; }
Option insecure_option() { return {"insecure", 0, "", "any certificate and plain HTTP will do"}; }

Result<unsigned> jobs_option(const Context& context) {
    constexpr unsigned usual = 4;
    constexpr unsigned most = 64;
    const auto text = context.arguments.value("jobs");
    if (!text) return usual;
    if (const auto jobs = parse_number<unsigned>(*text); jobs && *jobs >= 1 && *jobs <= most) return *jobs;
    return fail("RB1102", fmt::format("--jobs can't be '{}'", *text), fmt::format("it is a number from 1 to {}", most),
                ExitCode::usage);
}

}  // namespace rockbuild
