#include "pebble/image_lints.hpp"

#include "pebble/command.hpp"
#include "pebble/image_programs.hpp"
#include "pebble/image_users.hpp"
#include "pebble/layer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr std::uint32_t daemon_id = 584792;  // upstream's first shared user (spec/rockcraft-yaml.md §11.7)

class Linter {
public:
    Linter(const PebblePlan& plan, const RockImage& image, const Users& users)
        : plan_(plan),
          image_(image),
          users_(users),
          programs_(image.store, image.root, image.arch.elf_machine, image.arch.triplet) {
        if (image.runs_as_daemon) pebbles_ = {daemon_id, daemon_id};
    }

    Result<Diagnostics> all() {
        for (const auto& [name, service] : plan_.services)
            if (!service.faulty) TRY_VOID(lint_service(name, service));
        for (const auto& [name, check] : plan_.checks)
            if (!check.faulty && check.exec) TRY_VOID(lint_check(name, *check.exec));
        lint_folder();
        lint_environment();
        return std::move(found_);
    }

private:
    void warn(std::string code, std::string object, std::string message, const Span& place, std::string hint) {
        auto& item = found_.emplace_back();
        item.code = std::move(code);
        item.severity = Severity::warning;
        item.object = std::move(object);
        item.message = std::move(message);
        item.span = place;
        item.hint = std::move(hint);
    }

    /// Who something runs as; none if the image doesn't know the user or the group (users.hpp tells).
    std::optional<Identity> identity_of(const std::string& object, const Account& account) {
        auto identity = pebbles_;
        std::optional<std::int64_t> uid;
        if (is_filled(account.user)) {
            const auto user = users_.user(account.user->value);
            if (!user) return std::nullopt;
            uid = user->uid;
        } else if (account.user_id) {
            uid = account.user_id->value;
        }
        if (uid) identity.uid = static_cast<std::uint32_t>(*uid);
        if (is_filled(account.group)) {
            const auto group = users_.group(account.group->value);
            if (!group) return std::nullopt;
            identity.gid = static_cast<std::uint32_t>(group->gid);
        } else if (account.group_id) {
            identity.gid = static_cast<std::uint32_t>(account.group_id->value);
        } else if (uid) {
            // The group of the first line with this id, whoever's it is.
            const auto user = users_.user_of(*uid);
            if (!user) return std::nullopt;
            identity.gid = static_cast<std::uint32_t>(user->gid);
        }
        if (pebbles_.uid != 0 && identity.uid != pebbles_.uid)
            warn("RB0660", object,
                 fmt::format("Pebble runs as _daemon_ in this rock, and can't start anything as uid {}", identity.uid),
                 is_filled(account.user) ? account.user->span : account.user_id->span,
                 "leave the user out, or `run-user`");
        return identity;
    }

    /// The places where a start's parts were written.
    struct Places {
        std::string object;
        const Span& command;
        const std::optional<PlacedText>& working_dir;
    };

    Result<void> lint_start(const Places& places, Start start) {
        const auto& working_dir = places.working_dir;
        if (is_filled(working_dir)) {
            start.folder = working_dir->value.starts_with('/') ? working_dir->value : "/" + working_dir->value;
            if (!programs_.may_enter(start.folder, start.identity)) {
                warn("RB0666", places.object,
                     fmt::format("the working directory '{}' is no folder of the image that uid {} may enter",
                                 working_dir->value, start.identity.uid),
                     working_dir->span, "let a part make it, or name another");
                if (!start.program.starts_with('/')) return {};
            }
        }
        if (const auto fault = TRY(programs_.fault(start)))
            warn(fault->code, places.object, fault->message, places.command, fault->hint);
        return {};
    }

    std::optional<std::string> image_path() const {
        const auto found = image_.environment.find("PATH");
        return found == image_.environment.end() ? std::nullopt : std::optional(found->second);
    }

    static void add(std::map<std::string, std::string>& environment, const PlacedEntries& entries) {
        for (const auto& [name, entry] : entries) environment[name] = entry.value;
    }

    /// What a service's processes get: the image's environment, the workload's, its own.
    std::map<std::string, std::string> environment_of(const Service& service) const {
        auto environment = image_.environment;
        if (const auto* workload = workload_of(service)) add(environment, workload->environment);
        add(environment, service.environment);
        return environment;
    }

    const Workload* workload_of(const Service& service) const {
        if (!service.workload) return nullptr;
        const auto found = plan_.workloads.find(service.workload->value);
        return found == plan_.workloads.end() ? nullptr : &found->second;
    }

    const Account& account_of(const Service& service) const {
        const auto* workload = workload_of(service);
        return workload == nullptr ? service.account : workload->account;
    }

    Result<void> lint_service(const std::string& name, const Service& service) {
        const auto object = "services." + name;
        const auto identity = identity_of(object, account_of(service));
        if (!service.command || !identity) return {};
        std::string problem;
        const auto command = parse_pebble_command(service.command->value, problem);
        if (!command || command->words.empty()) return {};
        return lint_start({object, service.command->span, service.working_dir},
                          {command->words.front(), "/", image_path(), environment_of(service), *identity});
    }

    /// A check's own settings go before those of the service that it names as its context.
    Result<void> lint_check(const std::string& name, const ExecCheck& exec) {
        const auto object = "checks." + name;
        if (!exec.command) return {};
        std::string problem;
        const auto command = split_pebble_words(exec.command->value, problem);
        if (!command || command->words.empty()) return {};
        auto account = exec.account;
        auto working_dir = exec.working_dir;
        auto environment = image_.environment;
        if (is_filled(exec.service_context)) {
            const auto context = plan_.services.find(exec.service_context->value);
            if (context == plan_.services.end()) return {};
            const bool own = is_filled(account.user) || account.user_id || is_filled(account.group) || account.group_id;
            if (!own) account = account_of(context->second);
            if (!is_filled(working_dir)) working_dir = context->second.working_dir;
            environment = environment_of(context->second);
        }
        add(environment, exec.environment);
        const auto identity = identity_of(object, account);
        if (!identity) return {};
        return lint_start({object, exec.command->span, working_dir},
                          {command->words.front(), "/", image_path(), environment, *identity});
    }

    /// May Pebble's own user do with `path` what `bits` (4 read, 2 write, 1 enter) say?
    bool allows(const std::string& path, std::uint32_t bits) const {
        if (pebbles_.uid == 0) return true;
        const auto real = resolve(image_.root, path);
        const auto* entry = real ? image_.root.find(*real) : nullptr;
        if (entry == nullptr) return true;
        if (!programs_.may_enter("/" + std::string(parent_of(*real)), pebbles_)) return false;
        const unsigned shift = entry->uid == pebbles_.uid ? 6 : entry->gid == pebbles_.gid ? 3 : 0;
        return ((entry->mode >> shift) & bits) == bits;
    }

    bool is_folder(const std::string& path) const {
        const auto real = resolve(image_.root, path);
        const auto* entry = real ? image_.root.find(*real) : nullptr;
        return entry != nullptr && entry->type == EntryType::folder;
    }

    /// Elsewhere Pebble finds neither the rock's own layer nor those of its parts.
    void lint_environment() {
        const auto found = image_.environment.find("PEBBLE");
        if (found == image_.environment.end() || found->second.empty()) return;
        const auto folder = resolve(image_.root, found->second).value_or(found->second);
        if (folder == resolve(image_.root, pebble_folder).value_or(pebble_folder)) return;
        warn("RB0672", "plan",
             fmt::format("the image's environment sets PEBBLE to '{}': Pebble looks for its layers there, and not in "
                         "'/{}', where the rock's are",
                         found->second, pebble_folder),
             image_.name, "leave PEBBLE out of `environment`");
    }

    void lint_folder() {
        const std::string folder = pebble_folder;
        if (image_.root.find(folder + "/.pebble.state") != nullptr)
            warn("RB0669", "plan",
                 fmt::format("the image has a state of Pebble's, '/{}/.pebble.state': it belongs to whoever ran Pebble "
                             "when the part was built, and Pebble won't start as anybody else",
                             folder),
                 image_.name,
                 "don't run Pebble in a part, or remove the file: `prime: [-" + folder + "/.pebble.state]`");
        constexpr std::uint32_t read = 4, write = 2, enter = 1;
        if (!allows(folder, read | write | enter))
            warn("RB0670", "plan",
                 fmt::format("_daemon_, as whom Pebble runs in this rock, may not write to '/{}'", folder), image_.name,
                 "leave the folder's mode as it is: 1777");
        const auto layers = resolve(image_.root, folder + "/layers");
        if (!layers) return;
        const auto [begin, end] = image_.root.range(*layers);
        for (auto i = begin; i < end; ++i) {
            const auto& entry = image_.root.entries()[i];
            if (!allows(entry.path, is_folder(entry.path) ? read | enter : read))
                warn("RB0670", "plan",
                     fmt::format("_daemon_, as whom Pebble runs in this rock, may not read '/{}'", entry.path),
                     image_.name, "give it a mode that everybody may read: `permissions` of the part that brings it");
        }
    }

    const PebblePlan& plan_;
    const RockImage& image_;
    const Users& users_;
    ImagePrograms programs_;
    Identity pebbles_;  // as whom Pebble runs
    Diagnostics found_;
};

}  // namespace

Result<Diagnostics> lint_image(const std::vector<PebbleLayer>& layers, const PebblePlan& plan, const RockImage& image) {
    const ImagePrograms files(image.store, image.root, image.arch.elf_machine, image.arch.triplet);
    const auto passwd = TRY(files.text("etc/passwd")).value_or("");
    const auto group = TRY(files.text("etc/group")).value_or("");
    const ImageUsers users(passwd, group);
    auto found = check_users(layers, plan, users);
    for (auto& item : TRY(Linter(plan, image, users).all())) found.push_back(std::move(item));
    return found;
}

}  // namespace rockbuild
