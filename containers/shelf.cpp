#include "containers/shelf.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

Json encode_probe(const HttpProbe& probe) {
    Json headers = Json::array();
    for (const auto& [name, value] : probe.headers) headers.push_back({name, value});
    return {{"url", probe.url}, {"headers", std::move(headers)}, {"timeout_s", probe.timeout_seconds}};
}

HttpProbe decode_probe(const Json& json) {
    HttpProbe probe{json.at("url"), {}, json.at("timeout_s")};
    for (const auto& header : json.at("headers")) probe.headers.emplace_back(header.at(0), header.at(1));
    return probe;
}

std::string encode(const ContainerRecord& record) {
    Json json{{"schema", "rockbuild.container/1"},
              {"name", record.name},
              {"image", record.image},
              {"digest", record.digest},
              {"network", record.network},
              {"created", record.created},
              {"writable", record.writable.native()},
              {"sidecar", record.sidecar},
              {"detached", record.detached},
              {"pod", record.pod},
              {"members", record.members},
              {"memory", record.memory.native()}};
    if (record.grace) json["grace_s"] = *record.grace;
    if (record.readiness) json["readiness"] = encode_probe(*record.readiness);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// An unreadable record is one of a container that never came to life.
ContainerRecord decode(const std::string& text, const std::string& name) {
    ContainerRecord record;
    record.name = name;
    try {
        const auto json = Json::parse(text);
        record.image = json.value("image", "");
        record.digest = json.value("digest", "");
        record.network = json.value("network", "");
        record.created = json.value("created", std::int64_t{0});
        record.writable = json.value("writable", "");
        record.sidecar = json.value("sidecar", "");
        record.detached = json.value("detached", false);
        record.pod = json.value("pod", "");
        record.members = json.value("members", std::vector<std::string>());
        record.memory = json.value("memory", "");
        if (json.contains("grace_s")) record.grace = json["grace_s"].get<unsigned>();
        if (json.contains("readiness")) record.readiness = decode_probe(json["readiness"]);
    } catch (const Json::exception&) {
        record.image.clear();
    }
    return record;
}

Result<void> check_name(const std::string& name) {
    if (is_container_name(name)) return {};
    return fail("RB1158", fmt::format("a container can't be called '{}'", name),
                "a name has letters, digits, '_', '.', '-', begins with a letter or digit, and has at most 63",
                ExitCode::usage);
}

std::unexpected<Diagnostic> runs_already(const std::string& name) {
    return fail("RB1151", fmt::format("'{}' runs already", name),
                fmt::format("`rockbuild stop {}` ends it; or choose another --name", name));
}

bool is_alive(const RuncContainer& container) { return container.status != "stopped"; }

}  // namespace

bool is_container_name(const std::string& name) {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return !name.empty() && name.size() <= 63 && first.find(name[0]) != std::string_view::npos &&
           name.find_first_not_of(std::string(first) + "_.-") == std::string::npos;
}

std::string name_for(const std::string& reference) {
    auto path = reference;
    const bool layout = path.starts_with("oci:");
    for (const std::string_view transport : {"oci:", "oci-archive:"})
        if (path.starts_with(transport)) path.erase(0, transport.size());
    auto name = fs::path(path).lexically_normal().filename().native();
    if (layout) name = name.substr(0, name.rfind(':'));
    name = name.substr(0, name.find('_'));
    if (name.ends_with(".rock")) name.erase(name.size() - 5);
    return is_container_name(name) && name.size() < 56 ? name : "rock";
}

fs::path runtime_folder(const Host& host, const fs::path& cache) {
    if (const auto folder = host.variable("XDG_RUNTIME_DIR")) return fs::path(*folder) / "rockbuild";
    if (host.uid == 0) return "/run/rockbuild/0";
    return cache / "run";
}

Result<Shelf> Shelf::open(const fs::path& root, const std::map<std::string, std::string>& environment) {
    for (const auto* part : {"containers", "locks", "runc"}) TRY_VOID(make_folders(root / part));
    struct stat status{};
    if (::stat(root.c_str(), &status) != 0) return system_error("look at", root, errno);
    if (status.st_uid != ::geteuid())
        return fail("RB1160", fmt::format("'{}' belongs to another user", root.native()),
                    "set XDG_RUNTIME_DIR to a folder of yours", ExitCode::unable);
    ::chmod(root.c_str(), 0700);
    return Shelf(root, TRY(Runc::find(environment, root / "runc")));
}

Result<std::optional<RuncContainer>> Shelf::runtime(const std::string& name) const {
    for (auto& container : TRY(runc_.list()))
        if (container.name == name) return std::optional(std::move(container));
    return std::optional<RuncContainer>();
}

Result<std::vector<ContainerStatus>> Shelf::list() const {
    const auto known = TRY(runc_.list());
    std::vector<ContainerStatus> list;
    std::error_code error;
    for (fs::directory_iterator it(root_ / "containers", error), end; !error && it != end; it.increment(error)) {
        ContainerStatus status;
        status.folder = it->path();
        const auto name = it->path().filename().native();
        status.record = decode(read_file(it->path() / "container.json").value_or(""), name);
        const auto found = std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.name == name; });
        if (found != known.end() && is_alive(*found)) {
            status.state = found->status;
            status.pid = found->pid;
        } else {
            const auto lock = TRY(FileLock::try_acquire(lock_path(name), FileLock::Kind::exclusive));
            status.state = lock ? "ended" : "starting";
        }
        list.push_back(std::move(status));
    }
    for (auto& pod : list)
        if (std::any_of(list.begin(), list.end(),
                        [&](const auto& one) { return one.pid > 0 && one.record.pod == pod.record.name; }))
            pod.state = "running";
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.record.name < b.record.name; });
    return list;
}

Result<ContainerStatus> Shelf::find(const std::string& name) const {
    auto list = TRY(this->list());
    std::vector<std::string> names;
    for (auto& status : list) {
        if (status.record.name == name) return std::move(status);
        names.push_back(status.record.name);
    }
    auto error = fail("RB1151", fmt::format("there is no container '{}'", name), "`rockbuild ps` lists the containers");
    error.error().suggestions = suggestions(name, names);
    return error;
}

Result<ContainerStatus> Shelf::find_running(const std::string& name) const {
    auto status = TRY(find(name));
    if (status.pid > 0) return status;
    if (!status.record.members.empty()) {
        auto error = fail("RB1151", fmt::format("'{}' is a pod", name), "name one of its containers", ExitCode::usage);
        error.error().suggestions = status.record.members;
        return error;
    }
    return fail("RB1151", fmt::format("the container '{}' has ended", name),
                fmt::format("its log: {}", (status.folder / "log").native()));
}

Result<void> Shelf::expect_free(const std::string& name) const {
    TRY_VOID(check_name(name));
    for (const auto& status : TRY(list()))
        if (status.record.name == name && status.state != "ended") return runs_already(name);
    return {};
}

Result<Shelf::Place> Shelf::take(const std::string& name, const std::string& base, const Remover& remove) const {
    if (!name.empty()) TRY_VOID(check_name(name));
    for (unsigned number = 1;; ++number) {
        const auto wanted = !name.empty() ? name : number == 1 ? base : fmt::format("{}-{}", base, number);
        auto lock = TRY(FileLock::try_acquire(lock_path(wanted), FileLock::Kind::exclusive));
        const auto known = TRY(runtime(wanted));
        if (!lock || (known && is_alive(*known))) {
            if (name.empty()) continue;
            return runs_already(wanted);
        }
        TRY_VOID(clear(wanted, remove));
        TRY_VOID(make_folders(folder(wanted)));
        return Place{wanted, folder(wanted), *std::move(lock)};
    }
}

Result<void> Shelf::write(const ContainerRecord& record) const {
    return write_file(folder(record.name) / "container.json", encode(record));
}

Result<void> Shelf::clear(const std::string& name, const Remover& remove) const {
    if (const auto known = TRY(runtime(name))) TRY_VOID(runc_.remove(name, known));
    const auto record = decode(read_file(folder(name) / "container.json").value_or(""), name);
    if (!record.members.empty())
        for (const auto& status : TRY(list()))
            if (status.record.pod == name) TRY_VOID(clear(status.record.name, remove));
    for (const auto& written : {record.writable, record.memory})
        if (!written.empty()) TRY_VOID(remove(written));
    return remove_tree(folder(name));
}

Result<FileLock> Shelf::wait_for_lock(const std::string& name) const {
    return FileLock::acquire(lock_path(name), FileLock::Kind::exclusive);
}

}  // namespace rockbuild
