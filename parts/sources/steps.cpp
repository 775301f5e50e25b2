#include "parts/sources.hpp"

#include "parts/sources/archive.hpp"
#include "parts/sources/checksum.hpp"
#include "parts/sources/git_tree.hpp"
#include "parts/sources/resolved.hpp"
#include "project/language.hpp"
#include "project/variables.hpp"
#include "support/key.hpp"
#include "support/relpath.hpp"
#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

/// Sources beyond are nobody's.
constexpr std::uint64_t most_fetched = 32ULL << 30;

std::string text_or_empty(const std::optional<PlacedText>& text) { return text ? text->value : std::string(); }

/// "https" of "https://…"; empty for a path.
std::string scheme_of_source(const std::string& source) {
    const auto end = source.find("://");
    const auto scheme = source.substr(0, end);
    const bool is_one = end != std::string::npos && end > 0 && std::ranges::all_of(scheme, [](unsigned char c) {
                            return std::isalnum(c) || c == '+' || c == '-' || c == '.';
                        });
    return is_one ? scheme : std::string();
}

/// The name and the password in an address, with the @ behind them; empty if there are none.
std::string secret_of(const std::string& source) {
    const auto scheme = scheme_of_source(source);
    const auto begin = scheme.size() + 3;
    const auto at = scheme.empty() ? std::string::npos : source.rfind('@', source.find('/', begin));
    return at == std::string::npos || at < begin ? std::string() : source.substr(begin, at + 1 - begin);
}

std::string shown_source(std::string source) {
    if (const auto secret = secret_of(source); !secret.empty()) source.erase(source.find(secret), secret.size());
    return source;
}

/// Errors of a source have its place, and show no secret of its address.
std::unexpected<Diagnostic> at_source(Diagnostic error, const Part& part) {
    if (!error.span) error.span = part.source->span;
    if (const auto secret = secret_of(part.source->value); !secret.empty())
        for (auto at = error.message.find(secret); at != std::string::npos; at = error.message.find(secret))
            error.message.erase(at, secret.size());
    return std::unexpected(std::move(error));
}

Result<Digest> download(const Workshop& workshop, const Part& part, const std::stop_token& stop) {
    const auto folder = TRY(workshop.store.temporary());
    const auto path = folder.path() / "source";
    Download file;
    file.url = part.source->value;
    file.to = path;
    file.most = most_fetched;
    const auto subject = part.name + ":pull";
    TRY_VOID(workshop.outside.http.fetch(
        {file}, [&](auto done, auto total) { workshop.events.progress(subject, done, total); }, stop));
    const auto fd = TRY(open_file(path, O_RDONLY | O_CLOEXEC));
    return TRY(workshop.store.put_file(fd.get(), path)).digest;
}

Result<std::optional<Digest>> noted_digest(const Store& store, const std::string& note) {
    const auto text = TRY(store.note(note));
    if (!text) return std::nullopt;
    const auto digest = Digest::parse(*text);
    return digest ? std::optional(*digest) : std::nullopt;
}

std::unexpected<Diagnostic> not_known_offline(const Part& part, std::string_view what) {
    return fail("RB1071",
                fmt::format("{} of '{}' isn't in the store, and --offline forbids to ask for it", what,
                            shown_source(part.source->value)),
                "run once without --offline");
}

/// Is it the whole name of a commit, and of another?
bool names_another_commit(std::string name, const std::string& commit) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::size_t sha1_digits = 40;
    return name.size() == sha1_digits && name.find_first_not_of("0123456789abcdef") == std::string::npos &&
           name != commit;
}

/// The note by which a resolution's tree is found again.
std::string tree_note(const Digest& resolution) { return "source/" + resolution.hex(); }

/// What `file` sources are called in the step: all behind the last slash, a query with it, as upstream.
Result<std::string> basename_of(const std::string& source) {
    const auto name = source.substr(source.rfind('/') + 1);
    if (name.empty() || name == "." || name == ".." || !RelPath::parse(name))
        return fail("RB1080", fmt::format("'{}' ends with no file's name", shown_source(source)),
                    "name the file itself, or fetch it in override-pull");
    return name;
}

}  // namespace

std::string_view source_kind(const Part& part) {
    const auto* type = source_type_of(text_or_empty(part.source_type), text_or_empty(part.source));
    return type == nullptr ? "local" : type->name;
}

bool is_source_path(const Part& part) {
    if (!part.source) return false;
    return source_kind(part) == "git" ? is_git_path(part.source->value) : scheme_of_source(part.source->value).empty();
}

std::mutex& SourceSteps::turn(const std::string& name) {
    const std::lock_guard guard(mutex_);
    return turns_[name];
}

bool SourceSteps::is_stale(const std::string& note, bool anew) {
    if (!(job_.refresh || anew) || planning_) return false;
    const std::lock_guard guard(mutex_);
    return refreshed_.insert(note).second;
}

Result<Value> SourceSteps::resolve(const Part& part, const std::stop_token& stop) {
    if (!part.source) return Value::known(TRY(workshop_.store.put_tree({})));
    const auto kind = source_kind(part);
    auto value = kind == "local" ? resolve_local(part)
                 : kind == "git" ? resolve_git(part, stop)
                                 : resolve_file(part, stop);
    if (!value) return at_source(std::move(value).error(), part);
    return value;
}

Result<Value> SourceSteps::resolve_local(const Part& part) {
    const auto folder = job_.project_dir / from_project(part.source->value);
    LocalRead read{folder, {"*.rock", ".craft"}};
    // Writing the lock must not change what it locks.
    if ((folder / "").lexically_normal() == (job_.project_dir / "").lexically_normal())
        read.ignore.insert(read.ignore.end(), {Lock::file_name, Lock::half_written});
    return Value::known(TRY(read_local(workshop_.store, read, job_.time)));
}

Result<Value> SourceSteps::resolve_file(const Part& part, const std::stop_token& stop) {
    const auto& source = part.source->value;
    auto& store = workshop_.store;
    std::optional<Checksum> checksum;
    if (part.source_checksum) checksum = TRY(parse_checksum(*part.source_checksum));
    ResolvedSource resolved;
    resolved.kind = source_kind(part);
    resolved.mode = 0644;
    if (const auto scheme = scheme_of_source(source); scheme.empty()) {
        const auto file = TRY(read_local_file(store, job_.project_dir / from_project(source)));
        if (!file)
            return fail("RB1080", fmt::format("there is no file '{}'", source),
                        "paths of sources are relative to the project's folder");
        if (checksum) TRY_VOID(verify_checksum(store, file->content.digest, *checksum, source));
        resolved.file = file->content.digest;
        resolved.mode = file->mode;
    } else if (scheme != "http" && scheme != "https") {
        return fail("RB1070", fmt::format("sources aren't fetched by '{}'", scheme),
                    "write http:// or https://, a path in the project, or source-type: git");
    } else {
        const auto digest = TRY(resolve_address(part, checksum, stop));
        if (!digest) return Value::ask_network();
        resolved.file = *digest;
    }
    // What says nothing of the files stays out, so that the key does too.
    if (resolved.kind == "file") resolved.name = TRY(basename_of(source));
    else resolved.mode = 0;
    if (resolved.kind != "deb") resolved.time = job_.time;
    if (resolved.kind == "tar" || resolved.kind == "deb") resolved.clamp = job_.clamp;
    return Value::known(TRY(store.put(resolved.encode())).digest);
}

Result<std::optional<Digest>> SourceSteps::resolve_address(const Part& part, const std::optional<Checksum>& checksum,
                                                           const std::stop_token& stop) {
    LockRequest request{"file", {{"url", shown_source(part.source->value)}}, {part.name}, part.source->span};
    if (part.source_checksum) request.asks["checksum"] = part.source_checksum->value;
    const auto locked = TRY(workshop_.lock->ask(request));
    // What the project's file says itself counts more than what stands in a lock.
    auto digest = checksum ? checksum->sha256() : std::nullopt;
    if (locked.value) {
        if (digest) return digest;
        const auto given = TRY(Digest::parse(locked.value->fields.at("sha256")));
        if (checksum && workshop_.store.has(given))
            TRY_VOID(verify_checksum(workshop_.store, given, *checksum, shown_source(part.source->value)));
        workshop_.lock->gave(request, given.str());
        return given;
    }
    if (!digest) digest = TRY(remembered_file(part, checksum, locked.anew, stop));
    if (digest) workshop_.lock->resolved(request, {{{"sha256", digest->str()}}, {}, {}});
    return digest;
}

Result<std::optional<Digest>> SourceSteps::remembered_file(const Part& part, const std::optional<Checksum>& checksum,
                                                           bool anew, const std::stop_token& stop) {
    auto& store = workshop_.store;
    const auto note = "source-file/" + KeyWriter("source file", 1)
                                           .field("url", part.source->value)
                                           .field("checksum", text_or_empty(part.source_checksum))
                                           .finish()
                                           .digest.hex();
    const std::lock_guard guard(turn(note));
    if (!is_stale(note, anew))
        if (const auto known = TRY(noted_digest(store, note))) return known;
    if (planning_) return std::nullopt;
    if (job_.offline) return not_known_offline(part, "the file");
    const auto got = TRY(download(workshop_, part, stop));
    if (checksum) TRY_VOID(verify_checksum(store, got, *checksum, shown_source(part.source->value)));
    TRY_VOID(store.put_note(note, got.str()));
    return got;
}

Result<Value> SourceSteps::resolve_git(const Part& part, const std::stop_token& stop) {
    GitMirror mirror(workshop_, TRY(git_address(part.source->value, job_.project_dir)), part.name + ":pull", stop);
    LockRequest request{"git", {{"repository", mirror.address().shown}}, {part.name}, part.source->span};
    for (const auto& [name, wish] : {std::pair{"branch", &part.source_branch}, std::pair{"tag", &part.source_tag},
                                     std::pair{"commit", &part.source_commit}})
        if (*wish) request.asks[name] = (*wish)->value;
    const auto locked = TRY(workshop_.lock->ask(request));
    std::optional<ResolvedSource> found;
    if (locked.value) {
        found.emplace();
        found->kind = "git";
        found->url = mirror.address().shown;
        found->commit = locked.value->fields.at("commit");
        if (part.source_commit && names_another_commit(part.source_commit->value, found->commit)) {
            auto error = fail(
                "RB1092",
                fmt::format("{} holds the commit {} where source-commit says another", Lock::file_name, found->commit),
                fmt::format("run `rockbuild lock --update {}`", part.name));
            error.error().span = part.source_commit->span;
            return error;
        }
        if (const auto branch = locked.value->fields.find("branch"); branch != locked.value->fields.end())
            found->branch = branch->second;
        found->tags = locked.value->tags;
        workshop_.lock->gave(request, found->commit);
    } else {
        found = TRY(remembered_commit(part, mirror, locked.anew));
        if (!found) return Value::ask_network();
        LockedValue value{{{"commit", found->commit}}, {}, found->tags};
        if (!found->branch.empty()) value.fields["branch"] = found->branch;
        workshop_.lock->resolved(request, std::move(value));
    }
    found->time = job_.time;
    if (part.source_submodules) {
        found->submodules.emplace();
        for (const auto& path : *part.source_submodules) found->submodules->push_back(path.value);
    }
    return Value::known(TRY(workshop_.store.put(found->encode())).digest);
}

Result<std::optional<ResolvedSource>> SourceSteps::remembered_commit(const Part& part, GitMirror& mirror, bool anew) {
    auto& store = workshop_.store;
    const GitWish wish{text_or_empty(part.source_branch), text_or_empty(part.source_tag),
                       text_or_empty(part.source_commit)};
    const auto& address = mirror.address();
    const auto note = "git/" + KeyWriter("git source", 1)
                                   .field("repository", address.is_local ? address.fetch : address.shown)
                                   .field("branch", wish.branch)
                                   .field("tag", wish.tag)
                                   .field("commit", wish.commit)
                                   .finish()
                                   .digest.hex();
    const std::lock_guard guard(turn(note));
    if (!is_stale(note, anew))
        if (const auto digest = TRY(noted_digest(store, note)); digest && store.has(*digest))
            if (auto known = ResolvedSource::decode(TRY(store.read(*digest)))) return known;
    if (planning_) return std::nullopt;
    if (job_.offline) return not_known_offline(part, "the commit");
    TRY_VOID(mirror.update());
    auto found = TRY(mirror.find(wish));
    TRY_VOID(store.put_note(note, TRY(store.put(found.encode())).digest.str()));
    return found;
}

Result<Value> SourceSteps::known(const Part& part, const Value& resolution) {
    if (!resolution || !part.source || source_kind(part) == "local") return resolution;
    if (const auto tree = TRY(noted_digest(workshop_.store, tree_note(*resolution.digest)));
        tree && workshop_.store.has(*tree))
        return Value::known(*tree);
    return Value{};
}

Result<Digest> SourceSteps::fetch(const Part& part, const Digest& resolution, const std::stop_token& stop) {
    if (!part.source || source_kind(part) == "local") return resolution;
    const std::lock_guard guard(turn(tree_note(resolution)));
    if (const auto tree = TRY(known(part, Value::known(resolution)))) return *tree.digest;
    const auto source = ResolvedSource::decode(TRY(workshop_.store.read(resolution)));
    if (!source) return fail("RB1071", "what the source stands for was noted by another version", "pack again");
    auto made = make(part, *source, stop);
    if (!made) {
        const auto name = source->kind == "git" ? source->commit : source->file.str();
        return at_source(workshop_.lock->told(std::move(made).error(), name), part);
    }
    TRY_VOID(workshop_.store.put_note(tree_note(resolution), made->str()));
    return made;
}

Result<Digest> SourceSteps::make(const Part& part, const ResolvedSource& source, const std::stop_token& stop) {
    auto& store = workshop_.store;
    if (source.kind == "git") {
        GitMirror mirror(workshop_, TRY(git_address(part.source->value, job_.project_dir)), part.name + ":pull", stop);
        return store.put_tree(TRY(git_tree(workshop_, job_, mirror, source, part, stop)));
    }
    if (!store.has(source.file)) {
        if (job_.offline) return not_known_offline(part, "the file");
        const auto got = TRY(download(workshop_, part, stop));
        if (part.source_checksum)
            TRY_VOID(verify_checksum(store, got, TRY(parse_checksum(*part.source_checksum)),
                                     shown_source(part.source->value)));
        if (got != source.file)
            return fail("RB1081",
                        fmt::format("'{}' gives another file than it did before: {} instead of {}",
                                    shown_source(part.source->value), got.str(), source.file.str()),
                        "take the new one with --refresh, and say which it is to be with source-checksum");
    }
    if (source.kind == "deb") return store.put_tree(TRY(unpack_deb_source(store, source)));
    if (source.kind == "tar" || source.kind == "zip") return store.put_tree(TRY(unpack_archive(store, source, stop)));
    Entry file;
    file.path = source.name;
    file.mode = source.mode;
    file.mtime = source.time;
    file.digest = source.file;
    file.size = TRY(store.read(source.file)).size();
    return store.put_tree(Tree::of({file}));
}

Result<Tree> source_subtree(const Tree& source, const Part& part) {
    if (!part.source_subdir) return source;
    const auto path = RelPath::from_archive(part.source_subdir->value);
    const auto inner = path ? resolve(source, path->str()) : std::nullopt;
    const auto* entry = inner ? source.find(*inner) : nullptr;
    if (inner && inner->empty()) return source;
    if (entry == nullptr || entry->type != EntryType::folder) {
        auto error = fail(
            "RB1082", fmt::format("the source of part '{}' has no folder '{}'", part.name, part.source_subdir->value),
            "source-subdir is a path below the source");
        error.error().span = part.source_subdir->span;
        return error;
    }
    return subtree(source, *inner);
}

}  // namespace rockbuild
