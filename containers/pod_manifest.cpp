// Field by field, each object of the manifest by a function of its own; it is long because a Pod has many keys, and
// every key that Kubernetes knows is named here once: acted on, warned of, or refused. `$(NAME)` in commands, arguments
// and later variables is put in place here, as Kubernetes does it: by the container's own variables, `$$` for a dollar
// sign, what is unknown stays.
#include "containers/pod_manifest.hpp"

#include "project/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

class PodReader {
public:
    explicit PodReader(const std::string& file) : complaints_(file) {}

    PodReading read(const YamlReading& yaml);

private:
    Fields fields(const Yaml& map, std::string where) { return {complaints_, map, std::move(where)}; }
    void wrong(const Span& at, std::string message, std::string hint = {}) {
        complaints_.error("RB1171", std::move(message), at, std::move(hint));
    }
    /// Keys that Kubernetes knows and we don't act on.
    void leave(Fields& from, std::initializer_list<std::pair<const char*, const char*>> keys);
    /// Keys about places in a cluster, and about people: there is nothing to act on.
    static void pass(Fields& from, std::initializer_list<const char*> keys) {
        for (const auto* key : keys) from.take(key);
    }

    /// The items of a list of maps; each must be a map.
    std::vector<Yaml> maps(Fields& from, const std::string& name);
    std::optional<Fields> map(Fields& from, const std::string& name);
    bool flag(Fields& from, const std::string& name, bool otherwise);
    std::optional<std::int64_t> number(Fields& from, const std::string& name, std::int64_t least, std::int64_t most);
    std::string name(Fields& from, const std::string& what);
    std::string path(Fields& from, const std::string& name, const Span& place);

    void spec(Fields& from);
    std::vector<PodContainer> containers(Fields& from, const std::string& name);
    PodContainer container(const Yaml& map);
    void environment(Fields& from, PodContainer& into);
    void ports(Fields& from, PodContainer& into);
    void mounts(Fields& from, PodContainer& into);
    void security(Fields& from, PodContainer& into);
    std::optional<HttpProbe> readiness(Fields& from, const PodContainer& of);
    void volumes(Fields& from);
    void check_mounts(const PodContainer& container);

    Complaints complaints_;
    PodManifest pod_;
    std::string user_;  // of the pod's own securityContext
    std::string group_;
    bool never_root_ = false;
};

void PodReader::leave(Fields& from, std::initializer_list<std::pair<const char*, const char*>> keys) {
    for (const auto& [key, why] : keys)
        if (const auto value = from.take(key); value && !is_null(*value))
            complaints_.warning("RB1172", fmt::format("'{}' has no effect here", key), from.key_span(key), why);
}

std::vector<Yaml> PodReader::maps(Fields& from, const std::string& name) {
    const auto value = from.take(name);
    if (!value || is_null(*value)) return {};
    if (value->kind != YamlNode::Kind::list) {
        complaints_.error("RB1171", fmt::format("'{}' must be a list, not {}", name, kind_of(*value)), *value);
        return {};
    }
    std::vector<Yaml> result;
    for (const auto& item : value->items)
        if (is_map(complaints_, item, fmt::format("an entry of '{}'", name))) result.push_back(item);
    return result;
}

std::optional<Fields> PodReader::map(Fields& from, const std::string& name) {
    const auto value = from.take(name);
    if (!value || is_null(*value) || !is_map(complaints_, value, fmt::format("'{}'", name))) return std::nullopt;
    auto result = fields(value, fmt::format("'{}'", name));
    result.named_at(from.key_span(name));
    return result;
}

bool PodReader::flag(Fields& from, const std::string& name, bool otherwise) {
    const auto value = from.take(name);
    if (!value || is_null(*value)) return otherwise;
    if (value->kind == YamlNode::Kind::scalar)
        if (const auto truth = yaml_boolean(*value)) return *truth;
    wrong(value->span, fmt::format("'{}' must be true or false, not {}", name, kind_of(*value)));
    return otherwise;
}

std::optional<std::int64_t> PodReader::number(Fields& from, const std::string& name, std::int64_t least,
                                              std::int64_t most) {
    const auto value = from.take(name);
    if (!value || is_null(*value)) return std::nullopt;
    if (value->kind == YamlNode::Kind::scalar)
        if (const auto found = yaml_integer(*value); found && *found >= least && *found <= most) return found;
    wrong(value->span, fmt::format("'{}' must be a number from {} to {}", name, least, most));
    return std::nullopt;
}

std::string PodReader::name(Fields& from, const std::string& what) {
    if (!from.required("name", fmt::format("write: name: {}", what))) return {};
    const auto text = from.text("name");
    if (!text) return {};
    const bool label = !text->value.empty() && text->value.size() <= 63 &&
                       text->value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos &&
                       text->value.front() != '-' && text->value.back() != '-';
    if (!label)
        wrong(text->span, fmt::format("'{}' can't be a name", text->value),
              "a name has small letters, digits and '-', begins and ends with a letter or digit, and has at most 63");
    return text->value;
}

/// An absolute path inside a container.
std::string PodReader::path(Fields& from, const std::string& name, const Span& place) {
    const auto text = from.text(name);
    if (!text) return {};
    if (!text->value.starts_with('/'))
        wrong(text->span, fmt::format("'{}' must be an absolute path, not '{}'", name, text->value));
    else if (text->value.find("..") != std::string::npos || text->value.find(':') != std::string::npos)
        wrong(place, fmt::format("'{}' can't be '{}'", name, text->value), "a path has neither '..' nor ':'");
    return text->value;
}

/// `$(NAME)` by the values of `known` ("K=V").
std::string expand(std::string_view text, const std::vector<std::string>& known) {
    std::string result;
    while (!text.empty()) {
        const auto dollar = text.find('$');
        result += text.substr(0, dollar);
        if (dollar == std::string_view::npos) break;
        text.remove_prefix(dollar);
        const auto close = text.find(')');
        if (text.starts_with("$$")) {
            result += '$';
            text.remove_prefix(2);
        } else if (text.starts_with("$(") && close != std::string_view::npos) {
            const auto wanted = std::string(text.substr(2, close - 2)) + "=";
            const auto found = std::find_if(known.rbegin(), known.rend(),
                                            [&](const std::string& pair) { return pair.starts_with(wanted); });
            result +=
                found == known.rend() ? text.substr(0, close + 1) : std::string_view(*found).substr(wanted.size());
            text.remove_prefix(close + 1);
        } else {
            result += '$';
            text.remove_prefix(1);
        }
    }
    return result;
}

void PodReader::environment(Fields& from, PodContainer& into) {
    for (const auto& item : maps(from, "env")) {
        auto variable = fields(item, "a variable");
        const auto name = variable.text("name");
        const auto value = variable.text("value");
        if (variable.take("valueFrom"))
            wrong(variable.key_span("valueFrom"), "there is no cluster that a value could come from", "write value");
        if (!name) wrong(item->span, "a variable needs 'name'");
        else if (name->value.empty() || name->value.find('=') != std::string::npos)
            wrong(name->span, fmt::format("a variable can't be called '{}'", name->value));
        else into.environment.push_back(name->value + "=" + expand(value ? value->value : "", into.environment));
        variable.finish();
    }
    leave(from, {{"envFrom", "there is no cluster that variables could come from: write them under env"}});
}

void PodReader::ports(Fields& from, PodContainer& into) {
    for (const auto& item : maps(from, "ports")) {
        auto port = fields(item, "a port");
        PodPort result;
        result.span = item->span;
        port.required("containerPort", "write: containerPort: 8080");
        result.port = static_cast<std::uint16_t>(number(port, "containerPort", 1, 65535).value_or(0));
        result.host_port = static_cast<std::uint16_t>(number(port, "hostPort", 1, 65535).value_or(0));
        if (const auto name = port.text("name")) result.name = name->value;
        const auto protocol = port.choice("protocol", {"TCP", "UDP", "SCTP"});
        leave(port, {{"hostIP", "a port is had on the addresses that the server itself listens at"}});
        port.finish();
        if (!protocol || protocol->value == "TCP") into.ports.push_back(result);
    }
}

void PodReader::mounts(Fields& from, PodContainer& into) {
    for (const auto& item : maps(from, "volumeMounts")) {
        auto mount = fields(item, "a mount");
        PodMount result;
        result.span = item->span;
        if (mount.required("name", "write the name of one of the pod's volumes"))
            if (const auto name = mount.text("name")) result.volume = name->value;
        if (mount.required("mountPath", "write: mountPath: /data"))
            result.inside = path(mount, "mountPath", item->span);
        if (const auto sub = mount.text("subPath")) {
            result.sub_path = expand(sub->value, into.environment);
            if (sub->value.starts_with('/') || ("/" + sub->value + "/").find("/../") != std::string::npos)
                wrong(sub->span, fmt::format("'subPath' can't be '{}'", sub->value), "it stays within the volume");
        }
        result.read_only = flag(mount, "readOnly", false);
        leave(mount, {{"mountPropagation", "mounts are private"}});
        mount.finish();
        into.mounts.push_back(std::move(result));
    }
}

void PodReader::security(Fields& from, PodContainer& into) {
    into.user = user_;
    into.group = group_;
    into.never_root = never_root_;
    if (auto context = map(from, "securityContext")) {
        constexpr std::int64_t most = 4294967294;
        if (const auto id = number(*context, "runAsUser", 0, most)) into.user = std::to_string(*id);
        if (const auto id = number(*context, "runAsGroup", 0, most)) into.group = std::to_string(*id);
        into.read_only_root = flag(*context, "readOnlyRootFilesystem", false);
        into.never_root = flag(*context, "runAsNonRoot", never_root_);
        leave(*context, {{"capabilities", "a container has what Pebble and its services need, and no more"},
                         {"privileged", "a container of rockbuild is never privileged"},
                         {"allowPrivilegeEscalation", "setuid programs work as in the image"},
                         {"seccompProfile", "there is none"}});
        leave(*context, {{"seLinuxOptions", "containers have no profile"},
                         {"appArmorProfile", "containers have no profile"},
                         {"procMount", "/proc is masked as usual"}});
        pass(*context, {"windowsOptions"});
        context->finish();
    }
}

std::optional<HttpProbe> PodReader::readiness(Fields& from, const PodContainer& of) {
    auto probe = map(from, "readinessProbe");
    if (!probe) return std::nullopt;
    HttpProbe result;
    result.timeout_seconds = static_cast<unsigned>(number(*probe, "timeoutSeconds", 1, 3600).value_or(1));
    // `ps` asks when it is asked: there is nobody who would count.
    pass(*probe, {"initialDelaySeconds", "periodSeconds", "successThreshold", "failureThreshold"});
    auto http = map(*probe, "httpGet");
    for (const auto* other : {"exec", "tcpSocket", "grpc"})
        if (probe->take(other))
            wrong(probe->key_span(other), fmt::format("a readiness probe can't be '{}' here", other),
                  "write httpGet; Pebble answers for its checks at /v1/health?level=ready");
    probe->finish();
    if (!http) return std::nullopt;
    std::string scheme = "http", host = "127.0.0.1", target = "/";
    if (const auto given = http->choice("scheme", {"HTTP", "HTTPS"}); given && given->value == "HTTPS")
        scheme = "https";
    if (const auto given = http->text("host")) host = given->value;
    if (const auto given = http->text("path"))
        target = given->value.starts_with('/') ? given->value : "/" + given->value;
    std::optional<std::int64_t> port;
    if (const auto value = http->required("port", "write a number, or the name of one of the container's ports")) {
        const auto text = value->kind == YamlNode::Kind::scalar ? value->text : std::string();
        const auto named = std::find_if(of.ports.begin(), of.ports.end(),
                                        [&](const PodPort& one) { return !text.empty() && one.name == text; });
        if (named != of.ports.end()) port = named->port;
        else if (!text.empty() && !yaml_integer(*value))
            wrong(value->span, fmt::format("the container has no port '{}'", text),
                  "its ports are listed under 'ports'");
        else port = number(*http, "port", 1, 65535);
    }
    for (const auto& item : maps(*http, "httpHeaders")) {
        auto header = fields(item, "a header");
        const auto name = header.text("name"), value = header.text("value");
        if (name) result.headers.emplace_back(name->value, value ? value->value : "");
        header.finish();
    }
    http->finish();
    if (!port) return std::nullopt;
    result.url = fmt::format("{}://{}:{}{}", scheme, host.find(':') == std::string::npos ? host : "[" + host + "]",
                             *port, target);
    return result;
}

PodContainer PodReader::container(const Yaml& map) {
    auto from = fields(map, "a container");
    PodContainer result;
    result.span = map->span;
    result.name = name(from, "web");
    if (from.required("image", "write a file (web_1.0_amd64.rock) or an image of a registry"))
        if (const auto text = from.text("image")) result.image = text->value;
    environment(from, result);
    const auto words = [&](const char* key) -> std::optional<std::vector<std::string>> {
        const auto list = from.texts(key);
        if (list.empty()) return std::nullopt;
        std::vector<std::string> expanded;
        for (const auto& word : list) expanded.push_back(expand(word.value, result.environment));
        return expanded;
    };
    result.command = words("command");
    result.arguments = words("args");
    result.working_dir = path(from, "workingDir", map->span);
    ports(from, result);
    mounts(from, result);
    security(from, result);
    result.readiness = readiness(from, result);
    leave(from, {{"lifecycle", "hooks are a cluster's"},
                 {"livenessProbe", "nothing is started again here"},
                 {"startupProbe", "nothing is started again here"},
                 {"resources", "limits are a cluster's"},
                 {"stdin", "a pod has no terminal: `rockbuild exec` gives one"},
                 {"stdinOnce", "a pod has no terminal: `rockbuild exec` gives one"},
                 {"tty", "a pod has no terminal: `rockbuild exec` gives one"},
                 {"volumeDevices", "there are none"}});
    if (from.take("restartPolicy"))
        wrong(from.key_span("restartPolicy"),
              "a container that goes on beside the pod isn't had among the init containers",
              "list it under containers");
    if (const auto policy = from.choice("imagePullPolicy", {"Always", "IfNotPresent", "Never"});
        policy && policy->value != "Always")
        complaints_.warning("RB1172", fmt::format("imagePullPolicy '{}' has no effect here", policy->value),
                            policy->span,
                            "a registry is asked for the digest each time; what is here already isn't sent again");
    pass(from, {"terminationMessagePath", "terminationMessagePolicy", "resizePolicy"});
    from.finish();
    return result;
}

std::vector<PodContainer> PodReader::containers(Fields& from, const std::string& name) {
    std::vector<PodContainer> result;
    for (const auto& item : maps(from, name)) {
        auto next = container(item);
        const auto same = [&](const PodContainer& other) { return other.name == next.name; };
        for (const auto* list : {&result, &pod_.init_containers})
            if (const auto found = std::find_if(list->begin(), list->end(), same);
                found != list->end() && !next.name.empty()) {
                auto& error = complaints_.error("RB1171", fmt::format("two containers are called '{}'", next.name),
                                                next.span, "give each a name of its own");
                error.notes.push_back({"the other one", found->span});
            }
        result.push_back(std::move(next));
    }
    return result;
}

void PodReader::volumes(Fields& from) {
    for (const auto& item : maps(from, "volumes")) {
        auto volume = fields(item, "a volume");
        PodVolume result;
        result.span = item->span;
        const auto called = name(volume, "data");
        const auto empty = volume.take("emptyDir");
        if (empty && !is_null(*empty)) {
            if (is_map(complaints_, empty, "'emptyDir'")) {
                auto options = fields(empty, "'emptyDir'");
                if (const auto medium = options.choice("medium", {"", "Memory"}); medium && medium->value == "Memory")
                    result.kind = PodVolume::Kind::memory;
                leave(options, {{"sizeLimit", "limits are a cluster's"}});
                options.finish();
            }
        }
        if (auto host = map(volume, "hostPath")) {
            result.kind = PodVolume::Kind::host;
            if (host->required("path", "write: path: /srv/data")) result.path = path(*host, "path", item->span);
            if (const auto type = host->choice("type", {"", "Directory", "DirectoryOrCreate", "File", "FileOrCreate"}))
                result.type = type->value;
            host->finish();
            if (empty) wrong(item->span, "a volume is either emptyDir or hostPath", "keep one of them");
        } else if (!empty) {
            bool refused = false;
            for (const auto* other :
                 {"configMap", "secret", "persistentVolumeClaim", "projected", "downwardAPI", "nfs"})
                if (volume.take(other)) {
                    wrong(volume.key_span(other), fmt::format("there is no cluster that would have a '{}'", other),
                          "put the files into a folder and name it by hostPath, or use emptyDir");
                    refused = true;
                }
            if (!refused)
                wrong(item->span, fmt::format("the volume '{}' is neither emptyDir nor hostPath", called),
                      "write: emptyDir: {}");
        }
        volume.finish();
        if (!pod_.volumes.emplace(called, std::move(result)).second)
            wrong(item->span, fmt::format("two volumes are called '{}'", called));
    }
}

void PodReader::check_mounts(const PodContainer& container) {
    std::vector<std::string> names;
    for (const auto& [name, volume] : pod_.volumes) names.push_back(name);
    for (const auto& mount : container.mounts)
        if (!mount.volume.empty() && !pod_.volumes.contains(mount.volume)) {
            auto& error = complaints_.error("RB1171", fmt::format("there is no volume '{}'", mount.volume), mount.span,
                                            "volumes are listed under the pod's 'volumes'");
            complaints_.suggest(error, mount.volume, names);
        }
}

void PodReader::spec(Fields& from) {
    if (auto context = map(from, "securityContext")) {
        constexpr std::int64_t most = 4294967294;
        if (const auto id = number(*context, "runAsUser", 0, most)) user_ = std::to_string(*id);
        if (const auto id = number(*context, "runAsGroup", 0, most)) group_ = std::to_string(*id);
        leave(*context, {{"fsGroup", "volumes keep their owners"},
                         {"supplementalGroups", "a process has its user's groups"},
                         {"sysctls", "the kernel's settings are the host's"},
                         {"seccompProfile", "there is none"}});
        never_root_ = flag(*context, "runAsNonRoot", false);
        leave(*context,
              {{"seLinuxOptions", "containers have no profile"}, {"appArmorProfile", "containers have no profile"}});
        pass(*context, {"fsGroupChangePolicy", "windowsOptions"});
        context->finish();
    }
    volumes(from);
    pod_.init_containers = containers(from, "initContainers");
    const auto place = from.key_span("containers");
    pod_.containers = containers(from, "containers");
    if (pod_.containers.empty() && !complaints_.has_errors())
        complaints_.error("RB1171", "a pod needs containers", place, "list them under 'containers'");
    for (const auto* list : {&pod_.init_containers, &pod_.containers})
        for (const auto& container : *list) check_mounts(container);
    pod_.host_network = flag(from, "hostNetwork", false);
    if (const auto name = from.text("hostname")) pod_.hostname = name->value;
    pod_.grace_seconds =
        static_cast<unsigned>(number(from, "terminationGracePeriodSeconds", 0, 86400).value_or(pod_.grace_seconds));
    // Kubernetes' own default is Always; only who writes it down expects it.
    if (const auto policy = from.choice("restartPolicy", {"Always", "OnFailure", "Never"});
        policy && policy->value != "Never")
        complaints_.warning("RB1172", "a container that ends is not started again here", policy->span,
                            "Pebble starts its services again");
    leave(from, {{"shareProcessNamespace", "each container has processes of its own"},
                 {"hostPID", "each container has processes of its own"},
                 {"hostIPC", "each container has its own"},
                 {"hostAliases", "containers have the host's /etc/hosts, or an empty one"},
                 {"dnsConfig", "containers ask the host's name servers"},
                 {"activeDeadlineSeconds", "a pod runs until it is stopped"},
                 {"ephemeralContainers", "`rockbuild exec` runs what is needed"},
                 {"setHostnameAsFQDN", "the host's name is the pod's, or `hostname`"},
                 {"runtimeClassName", "containers are run by runc"},
                 {"dnsPolicy", "containers ask the host's name servers"},
                 {"imagePullSecrets", "`rockbuild login REGISTRY` gives credentials"}});
    pass(from, {"affinity", "automountServiceAccountToken", "enableServiceLinks", "nodeName", "nodeSelector",
                "overhead", "preemptionPolicy", "priority", "priorityClassName", "readinessGates", "schedulerName",
                "serviceAccount", "serviceAccountName", "subdomain", "tolerations", "topologySpreadConstraints", "os"});
    from.finish();
}

PodReading PodReader::read(const YamlReading& yaml) {
    const auto result = [&] {
        PodReading reading;
        reading.diagnostics = std::move(complaints_.all());
        std::stable_sort(
            reading.diagnostics.begin(), reading.diagnostics.end(),
            [](const Diagnostic& a, const Diagnostic& b) { return a.span && b.span && a.span->begin < b.span->begin; });
        const auto& all = reading.diagnostics;
        if (std::none_of(all.begin(), all.end(), [](const auto& item) { return item.severity == Severity::error; }))
            reading.pod = std::move(pod_);
        return reading;
    };
    complaints_.all() = yaml.diagnostics;
    if (!yaml.root || yaml.root->kind != YamlNode::Kind::map) {
        if (!complaints_.has_errors())
            complaints_.error("RB1170", "this is no Pod: there is no map of keys and values",
                              Span{complaints_.file(), {}, {}}, "a manifest begins with apiVersion: v1, kind: Pod");
        return result();
    }
    auto top = fields(yaml.root, "the pod");
    const auto version = top.text("apiVersion"), kind = top.text("kind");
    if (!kind || kind->value != "Pod" || !version || version->value != "v1") {
        complaints_.error("RB1170", fmt::format("this is no Pod but {}", kind ? "a " + kind->value : "something else"),
                          kind ? kind->span : yaml.root->span, "write apiVersion: v1, kind: Pod");
        return result();
    }
    if (auto metadata = map(top, "metadata")) {
        pod_.name = pod_.hostname = name(*metadata, "web");
        pass(*metadata, {"labels", "annotations", "namespace", "generateName", "uid", "creationTimestamp"});
        metadata->finish();
    } else if (!complaints_.has_errors()) {
        complaints_.error("RB1171", "the pod needs 'metadata' with a name", yaml.root->span,
                          "write: metadata: {name: web}");
    }
    top.take("status");
    if (auto from = map(top, "spec")) spec(*from);
    else if (!complaints_.has_errors())
        complaints_.error("RB1171", "the pod needs 'spec' with its containers", yaml.root->span);
    top.finish();
    return result();
}

}  // namespace

PodReading read_pod(std::string_view text, const std::string& file) {
    return PodReader(file).read(read_yaml(text, file));
}

}  // namespace rockbuild
