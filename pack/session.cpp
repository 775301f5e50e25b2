#include "pack/session.hpp"

#include "pack/client_settings.hpp"
#include "store/garbage.hpp"
#include "toolchains/go_toolchain.hpp"
#include "toolchains/node_toolchain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rockbuild {

namespace {

constexpr const char* ca_inside = "/run/rockbuild/ca.crt";

/// Variables that only say how the network is reached: given to steps, in no key (DESIGN.md §3.1). Those of package
/// clients are in client_settings.cpp.
constexpr const char* forwarded[] = {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy",
                                     "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"};

constexpr const char* ca_variables[] = {"SSL_CERT_FILE",      "CURL_CA_BUNDLE",      "PIP_CERT",
                                        "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
                                        "CARGO_HTTP_CAINFO"};

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

LockedValue locked_base(const Base& base) {
    return {{{"tree", base.tree.str()}, {"packages", base.packages.str()}}, {}, {}};
}

}  // namespace

std::string project_note(const std::filesystem::path& project_dir) {
    std::error_code error;
    const auto whole = fs::weakly_canonical(project_dir, error);
    return "project/" + sha256((error ? project_dir : whole).native()).hex();
}

std::filesystem::path logs_folder(const std::filesystem::path& cache, const std::filesystem::path& project_dir) {
    return cache / "logs" / project_note(project_dir).substr(8, 12);
}

Result<std::unique_ptr<Session>> Session::open(IdSpace& ids, const Project& project, const PackOptions& options,
                                               std::shared_ptr<LockKeeper> lock, const Host& host, EventSink& events,
                                               const std::stop_token& stop) {
    std::unique_ptr<Session> session(new Session(ids, project, options, host, events, std::move(lock), stop));
    session->store_ = TRY(Store::open(options.cache, StoreUse::shared,
                                      [&] { events.message("the store is being cleared up: waiting"); }));
    session->checkouts_ = std::make_unique<Checkouts>(*session->store_, ids);
    session->http_ = make_http(host.environment);
    if (const auto text = host.variable("SOURCE_DATE_EPOCH")) {
        session->source_date_ = number(*text);
        if (!session->source_date_)
            return fail("RB1202", fmt::format("SOURCE_DATE_EPOCH is '{}', which is no number of seconds", *text),
                        "set it to whole seconds since 1970, or unset it", ExitCode::usage);
    } else session->commit_time_ = std::async(std::launch::async, [&self = *session] { return self.commit_time(); });
    return session;
}

Session::~Session() = default;

std::int64_t Session::created() const { return source_date_ ? *source_date_ : commit_time_.get(); }

/// The date of the project's last commit; default_time outside a repository.
std::int64_t Session::commit_time() const {
    // The folder may belong to another user than ours; git is only asked for a date here.
    Command command{{"git", "-c", "safe.directory=*", "-C", options_.project_dir.native(), "log", "-1", "--format=%ct"},
                    host_.environment};
    command.timeout_seconds = 10;
    const auto finished = HostProcesses().run(command, stop_);
    if (!finished || finished->code != 0) return default_time;
    return number(finished->output.substr(0, finished->output.find('\n'))).value_or(default_time);
}

Job Session::job(const Project& project, const Build& build) const {
    Job job{project, build.platform, build.build_on, options_.project_dir, {}, default_time, {}, false, false};
    job.project_note = project_note(options_.project_dir);
    job.time = source_date_.value_or(default_time);
    job.clamp = source_date_;
    job.offline = options_.offline;
    job.refresh = options_.refresh;
    return job;
}

Result<void> Session::remember_uses(bool whole) {
    std::error_code error;
    const auto folder = fs::weakly_canonical(options_.project_dir, error);
    // Runs that asked for other platforms keep their own.
    const auto note = fmt::format("uses/{}/{}", sha256(options_.platform + "\n" + options_.build_for).short_hex(),
                                  project_note(options_.project_dir).substr(8));
    const auto before = TRY(store_->note(note)).value_or("");
    auto uses = store_->used();
    if (!whole) {
        const auto known = read_uses(before);
        uses.insert(uses.end(), known.begin(), known.end());
        std::ranges::sort(uses);
        uses.erase(std::ranges::unique(uses).begin(), uses.end());
    }
    const auto text = uses_text(error ? options_.project_dir : folder, uses);
    return text == before ? Result<void>() : store_->put_note(note, text);
}

Result<Mirror> Session::mirror() {
    const std::lock_guard guard(first_need_);
    if (!mirror_)
        mirror_ =
            TRY(find_mirror(TRY(base_kind(project_.build_base.value)).release, options_.mirror, options_.mirror_by));
    return *mirror_;
}

Result<Sandbox*> Session::sandbox() {
    const std::lock_guard guard(first_need_);
    if (!sandbox_) sandbox_ = TRY(open_sandbox({options_.cache / "scratch"}));
    return sandbox_.get();
}

LockRequest Session::base_request(const BaseKind& kind, const Arch& arch) const {
    const bool is_base = project_.base.value == kind.name;
    return {"base",
            {{"name", kind.name}, {"architecture", std::string(arch.debian)}},
            {},
            (is_base ? project_.base : project_.build_base).span};
}

/// The base that the lock names, else the one that is used now, if it is there.
Result<std::optional<Base>> Session::known(const BaseKind& kind, const Arch& arch) {
    if (kind.name == "bare") return known_base(*store_, kind, arch);
    const auto request = base_request(kind, arch);
    const auto locked = TRY(lock_->ask(request));
    if (!locked.value) {
        if (locked.anew) return std::nullopt;
        auto base = TRY(known_base(*store_, kind, arch));
        if (base) lock_->resolved(request, locked_base(*base));
        return base;
    }
    auto base = TRY(known_base(*store_, kind, arch, TRY(Digest::parse(locked.value->fields.at("packages")))));
    if (base) TRY_VOID(check_locked(request, *locked.value, *base));
    return base;
}

Result<void> Session::check_locked(const LockRequest& request, const LockedValue& locked, const Base& base) const {
    const auto value = locked_base(base);
    if (value == locked) return {};
    const bool same_packages = value.fields.at("packages") == locked.fields.at("packages");
    return lock_->other_than_locked(request, same_packages ? "this rockbuild makes another base of the same packages"
                                                           : "the archive has other packages by now");
}

/// The same, made if it isn't there: from what the archive has now, so a lock may say that it's another.
Result<Base> Session::need(const BaseKind& kind, const Arch& arch, const std::stop_token& stop) {
    const std::lock_guard guard(making_base_);
    if (auto base = TRY(known(kind, arch))) return *std::move(base);
    const auto request = base_request(kind, arch);
    const auto locked = TRY(lock_->ask(request)).value;
    // Whatever comes of a lock, other projects go on with the base that they have.
    auto base = TRY(make(kind, arch, stop, !locked));
    if (locked) TRY_VOID(check_locked(request, *locked, base));
    else lock_->resolved(request, locked_base(base));
    return base;
}

Result<Base> Session::make(const BaseKind& kind, const Arch& arch, const std::stop_token& stop, bool for_all) {
    if (options_.offline)
        return fail("RB1203",
                    fmt::format("the base {} isn't in the store, and --offline forbids to make it", kind.name),
                    "run once without --offline");
    return make_base(
        {*store_, processes_, host_.environment, options_.cache / "scratch", events_, options_.parallel, for_all}, kind,
        arch, TRY(mirror()), "/usr/share/keyrings/debian-archive-keyring.gpg", stop);
}

Result<Base> Session::base(const Arch& arch) { return need(TRY(base_kind(project_.base.value)), arch, stop_); }

/// Private copies of what steps need to reach the network (DESIGN.md §7 "Trust between host and steps").
Result<SandboxTransport> Session::transport() {
    const std::lock_guard guard(first_transport_);
    if (transport_) return *transport_;
    const auto bundle = host_.variable("SSL_CERT_FILE").value_or("/etc/ssl/certs/ca-certificates.crt");
    const auto certificates = TRY(read_file_if_any(bundle)).value_or("");
    auto transport = client_settings(host_, certificates);
    auto& files = transport.files;
    files.push_back({"/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n", 0644});
    if (auto resolver = TRY(read_file_if_any("/etc/resolv.conf")))
        files.push_back({"/etc/resolv.conf", std::move(*resolver), 0644});
    if (!certificates.empty()) files.push_back({ca_inside, certificates, 0644});
    files.push_back({"/etc/apt/apt.conf.d/99rockbuild-transport",
                     fmt::format("Acquire::https::CAInfo \"{}\";\n", ca_inside), 0644});
    // Only a machine with a mirror has lists to give; a build that needs none must not fail for that.
    if (const auto from = mirror()) {
        files.push_back({"/etc/apt/mirrors/debian.list", from->main + "\n", 0644});
        if (!from->security.empty())
            files.push_back({"/etc/apt/mirrors/debian-security.list", from->security + "\n", 0644});
    }
    for (const auto* name : forwarded)
        if (const auto value = host_.variable(name)) transport.environment[name] = *value;
    for (const auto* name : ca_variables) transport.environment[name] = ca_inside;
    return transport_.emplace(std::move(transport));
}

PebbleMaker Session::pebble_maker(const std::stop_token& stop) {
    return {*store_,
            *checkouts_,
            processes_,
            *http_,
            events_,
            options_.data,
            host_.environment,
            [this] { return sandbox(); },
            [this]() -> Result<fs::path> { return TRY(sandbox())->scratch(); },
            [this, stop]() -> Result<Base> {
                // Pebble's bytes don't depend on it, so it isn't what the lock speaks of.
                const auto kind = TRY(base_kind("debian@12"));
                if (auto base = TRY(known_base(*store_, kind, host_.arch))) return *std::move(base);
                return make(kind, host_.arch, stop);
            },
            [this] { return transport(); }};
}

Result<Key> Session::pebble_key_of(const Arch& arch) {
    const auto maker = pebble_maker({});
    auto key = TRY(pebble_key(maker, options_.pebble, arch));
    const LockRequest request{"pebble",
                              {{"architecture", std::string(arch.debian)},
                               {"origin", TRY(pebble_origin(maker, options_.pebble))},
                               {"pins", key.digest.str()}},
                              {},
                              project_.name.span};
    if (!TRY(lock_->ask(request)).value) lock_->resolved(request, {});
    return key;
}

PackageArchive& Session::archive(const std::string& release, const Arch& arch) {
    auto& archive = archives_[fmt::format("{}-{}", release, arch.debian)];
    if (!archive) {
        PackageArchive::Setup setup;
        setup.release = release;
        setup.arch = arch;
        setup.helper = options_.libexec / "rockbuild-apt";
        setup.state = options_.cache / "apt" / fmt::format("{}-{}", release, arch.debian);
        setup.environment = host_.environment;
        archive =
            PackageArchive::open(std::move(setup), [this] { return mirror(); }, *store_, *http_, processes_, events_);
    }
    return *archive;
}

Result<std::unique_ptr<Workshop>> Session::workshop(const Build& build) {
    const auto arch = build.platform.build_for;
    lock_->enter(build.platform.label, std::string(build.build_on.debian));
    const auto build_kind = TRY(base_kind(project_.build_base.value));
    const auto kind = TRY(base_kind(project_.base.value));
    const PebbleChoice choice = options_.pebble;
    const auto source = [this](const BaseKind& which, const Arch& for_arch) {
        return BaseSource{[this, which, for_arch] { return known(which, for_arch); },
                          [this, which, for_arch](const std::stop_token& stop) { return need(which, for_arch, stop); }};
    };
    std::unique_ptr<Workshop> workshop(new Workshop{
        *store_,
        *checkouts_,
        events_,
        [this] { return sandbox(); },
        [this]() -> Result<fs::path> { return TRY(sandbox())->scratch(); },
        source(kind, arch),
        source(build_kind, host_.arch),
        archive(std::string(build_kind.release), arch),
        archive(std::string(build_kind.release), host_.arch),
        {[this, arch] { return pebble_key_of(arch); },
         [this, choice, arch](const std::stop_token& stop) -> Result<Digest> {
             return TRY(make_pebble(pebble_maker(stop), choice, arch, stop));
         }},
        {[this](const std::string& track) { return wheel_pin(options_.data, go_tool, track, host_.arch); },
         [this](const WheelPin& pin, const std::stop_token& stop) {
             return go_toolchain(pebble_maker(stop), pin, stop);
         }},
        {[this](const std::string& track) { return wheel_pin(options_.data, node_tool, track, host_.arch); },
         [this](const WheelPin& pin, const std::stop_token& stop) {
             return node_toolchain(pebble_maker(stop), pin, stop);
         }},
        [this] { return transport(); },
        logs_folder(options_.cache, options_.project_dir),
        {*http_, processes_, host_.environment},
        options_.parallel});
    workshop->lock = lock_;
    return workshop;
}

}  // namespace rockbuild
