// How Pebble comes into the store: built in the sandbox from a module and checksums that we ship, or taken from a file
// or a download that the user chose. In each case the bytes are looked at as an ELF file and then asked for their
// version, alone in a sandbox without a network, before they become the tree that rocks take.
#include "toolchains/pebble_binary.hpp"

#include "image/archive_stream.hpp"
#include "image/layer_reader.hpp"
#include "support/elf.hpp"
#include "system/file.hpp"
#include "system/host.hpp"
#include "toolchains/go_toolchain.hpp"
#include "toolchains/made_once.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <sstream>
#include <utility>

namespace rockbuild {

namespace {

// Raised when the way of building or the tree's layout changes.
constexpr std::uint32_t recipe = 1;

constexpr std::string_view copyright =
    "Pebble is the program /usr/bin/pebble of this image.\n"
    "Source: https://github.com/canonical/pebble\n"
    "Copyright: Canonical Ltd.\n"
    "Licence: GNU General Public License, version 3; its text is in GPL-3 beside this file.\n";

struct Choice {
    enum class Kind : std::uint8_t { build, file, address } kind = Kind::build;
    std::string place;
    Digest sha256;
};

Result<Choice> understand(const PebbleChoice& text) {
    if (text.empty()) return Choice{};
    if (text.find("://") == std::string::npos) return Choice{Choice::Kind::file, text, {}};
    for (const std::string_view mark : {"#sha256:", "@sha256:"})
        if (const auto at = text.rfind(mark); at != std::string::npos) {
            const auto digest = Digest::parse(std::string_view(text).substr(at + 1));
            if (digest) return Choice{Choice::Kind::address, text.substr(0, at), *digest};
        }
    return fail("RB0905", fmt::format("the Pebble at '{}' has no digest", text),
                "write it as URL#sha256:<64 hex digits>", ExitCode::usage);
}

/// The scratch folder of one run in the sandbox; it goes through the id space that owns its files.
class Scratch {
public:
    static Result<Scratch> make(const PebbleMaker& maker) {
        std::string name = (TRY(maker.scratch()) / "pebble-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr)
            return system_error("make a folder in", fs::path(name).parent_path(), errno);
        for (const auto* folder : {"root", "out"}) TRY_VOID(make_folders(fs::path(name) / folder / "upper"));
        return Scratch(maker.checkouts, name);
    }
    ~Scratch() {
        if (!path_.empty()) (void)checkouts_->remove(path_);
    }
    Scratch(Scratch&& other) noexcept : checkouts_(other.checkouts_), path_(std::exchange(other.path_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    fs::path upper(const char* name) const { return path_ / name / "upper"; }

private:
    Scratch(Checkouts& checkouts, fs::path path) : checkouts_(&checkouts), path_(std::move(path)) {}
    Checkouts* checkouts_;
    fs::path path_;
};

Result<Entry> file_entry(Store& store, std::string path, std::string_view text, std::uint32_t mode) {
    Entry entry;
    entry.path = std::move(path);
    entry.mode = mode;
    const auto blob = TRY(store.put(text));
    entry.digest = blob.digest;
    entry.size = blob.size;
    return entry;
}

/// What go's last words mean: a module that can't be had, one that isn't the pinned one, or a build that failed.
Diagnostic build_failure(int code, std::vector<std::string> last_lines) {
    const auto say = [&](std::initializer_list<std::string_view> words) {
        return std::ranges::any_of(last_lines, [&](std::string_view line) {
            return std::ranges::any_of(words, [&](auto word) { return line.find(word) != std::string_view::npos; });
        });
    };
    Diagnostic failure{.code = "RB0904",
                       .message = fmt::format("Pebble can't be built: go ended with code {}", code),
                       .hint = "give a Pebble with --pebble FILE"};
    if (say({"checksum mismatch", "SECURITY ERROR"})) {
        failure.code = "RB0902";
        failure.message = "a Go module of Pebble isn't the pinned one: its digest differs";
        failure.hint = "check what GOPROXY serves, or give a Pebble with --pebble FILE";
    } else if (say({"dial tcp", "proxyconnect", "no such host", "i/o timeout", "TLS handshake",
                    "tls: ", "x509: ", "connection refused", "connection reset", "unexpected EOF", "404 Not Found",
                    "410 Gone", "403 Forbidden", "502 Bad Gateway", "503 Service", "module lookup disabled"})) {
        failure.code = "RB0903";
        failure.message = "the Go modules of Pebble can't be fetched";
        failure.hint = "check the network, GOPROXY and the proxy variables, or give a Pebble with --pebble FILE";
        failure.exit = ExitCode::remote_timeout;
    }
    failure.excerpt = std::move(last_lines);
    return failure;
}

/// Who can't have a toolchain can have a Pebble.
template <class T>
Result<T> or_bring_pebble(Result<T> result) {
    if (!result)
        result.error().hint +=
            result.error().hint.empty() ? "give a Pebble with --pebble FILE" : ", or give a Pebble with --pebble FILE";
    return result;
}

Result<WheelPin> pinned_go(const PebbleMaker& maker) {
    return or_bring_pebble(wheel_pin(maker.data, go_tool, "latest", read_host().arch));
}

/// Builds the program in the sandbox: debian@12 below, the toolchain at /opt/go, the pins read-only, caches of its own.
Result<std::string> build(const PebbleMaker& maker, const Arch& arch, const std::stop_token& stop) {
    const auto pin = TRY(pinned_go(maker));
    const auto base = TRY(maker.build_base());
    const auto toolchain = TRY(or_bring_pebble(go_toolchain(maker, pin, stop)));
    std::vector<Entry> pin_files;
    for (const auto* name : {"go.mod", "go.sum"})
        pin_files.push_back(TRY(file_entry(maker.store, name, TRY(read_file(maker.data / "pebble" / name)), 0644)));
    const auto pins = TRY(maker.store.put_tree(Tree::of(std::move(pin_files))));
    const auto empty = TRY(maker.store.put_tree({}));
    const auto scratch = TRY(Scratch::make(maker));
    SandboxRun run;
    const auto add = [&](const char* inside, const Digest& tree, const char* upper) -> Result<void> {
        auto& mount = run.trees.emplace_back();
        mount.inside = inside;
        mount.lowers.push_back(TRY(maker.checkouts.folder(tree)));
        if (upper != nullptr) mount.upper = scratch.upper(upper);
        return {};
    };
    TRY_VOID(add("/", base.tree, "root"));
    TRY_VOID(add("/opt/go", toolchain, nullptr));
    TRY_VOID(add("/root/pebble", pins, nullptr));
    TRY_VOID(add("/root/out", empty, "out"));
    auto transport = TRY(maker.transport());
    run.files = std::move(transport.files);
    run.environment = std::move(transport.environment);
    for (const auto& [name, value] :
         std::initializer_list<std::pair<const char*, std::string>>{{"PATH", "/opt/go/bin:/usr/bin:/bin"},
                                                                    {"HOME", "/root"},
                                                                    {"GOTOOLCHAIN", "local"},
                                                                    {"GOFLAGS", "-mod=readonly"},
                                                                    {"CGO_ENABLED", "0"},
                                                                    {"GOOS", "linux"},
                                                                    {"GOARCH", std::string(arch.oci)},
                                                                    {"GOARM", "7"},
                                                                    {"GOPATH", "/root/go"},
                                                                    {"GOCACHE", "/root/cache"}})
        run.environment[name] = value;
    run.arguments = {"/opt/go/bin/go",
                     "build",
                     "-trimpath",
                     "-buildvcs=false",
                     "-ldflags",
                     "-s -w",
                     "-o",
                     "/root/out/pebble",
                     "github.com/canonical/pebble/cmd/pebble"};
    run.working_dir = "/root/pebble";
    std::deque<std::string> last;
    run.on_output = [&](std::string_view line) {
        maker.events.log("pebble", std::string(line));
        last.emplace_back(line);
        constexpr std::size_t excerpt = 20;
        if (last.size() > excerpt) last.pop_front();
    };
    const auto code = TRY(TRY(maker.sandbox())->run(run, stop));
    if (code != 0) return std::unexpected(build_failure(code, {last.begin(), last.end()}));
    const auto out = TRY(maker.checkouts.read_upper(scratch.upper("out"), {}, 0));
    const auto* program = out.find("pebble");
    if (program == nullptr) return fail("RB0904", "go built no Pebble", "", ExitCode::internal);
    return maker.store.read(program->digest);
}

/// The program in a download: itself, or `pebble` inside a release tarball.
Result<std::string> fetch(const PebbleMaker& maker, const Choice& choice, const std::stop_token& stop) {
    const auto folder = TRY(maker.store.temporary());
    const auto file = folder.path() / "pebble";
    TRY_VOID(maker.http.fetch(
        {{choice.place, file, choice.sha256, 0}},
        [&](auto done, auto total) { maker.events.progress("pebble", done, total); }, stop));
    auto bytes = TRY(read_file(file));
    if (read_elf(bytes)) return bytes;
    auto tar = TarReader::open_file(file.native());
    constexpr std::uint64_t most_bytes = 1ULL << 30;
    auto tree = tar ? read_layer(*tar, maker.store, {most_bytes}, choice.place) : Result<Tree>(Tree());
    if (tree)
        for (const auto& entry : tree->entries())
            if (entry.type == EntryType::file && (entry.path == "pebble" || entry.path.ends_with("/pebble")))
                return maker.store.read(entry.digest);
    return fail("RB0901", fmt::format("'{}' is neither a program nor a tarball with a file 'pebble'", choice.place),
                "give a release of Pebble for Linux", ExitCode::bad_data);
}

/// It is asked inside the sandbox, alone in its root: whose bytes it is nobody knows yet.
Result<void> check_answer(const PebbleMaker& maker, const Digest& tree, const std::string& place,
                          const std::stop_token& stop) {
    const auto scratch = TRY(Scratch::make(maker));
    SandboxRun run;
    run.trees = {{"/", {TRY(maker.checkouts.folder(tree))}, scratch.upper("root")}};
    run.arguments = {"/usr/bin/pebble", "version", "--client"};
    run.network = Network::none;
    std::string said;
    run.on_output = [&](std::string_view line) { said += std::string(line) + "\n"; };
    const auto code = TRY(TRY(maker.sandbox())->run(run, stop));
    if (code == 0 && said.size() > 1 && said[0] == 'v' && said[1] >= '0' && said[1] <= '9') return {};
    return fail("RB0901",
                fmt::format("{} doesn't answer `version --client` as Pebble does: it says '{}' (code {})", place,
                            said.substr(0, said.find('\n')), code),
                "give the real Pebble (Debian's package of that name is another program)", ExitCode::bad_data);
}

}  // namespace

Result<Key> pebble_key(const PebbleMaker& maker, const PebbleChoice& text, const Arch& arch) {
    const auto choice = TRY(understand(text));
    KeyWriter key("pebble", recipe);
    key.field("architecture", arch.debian);
    switch (choice.kind) {
        case Choice::Kind::build:
            key.field("go.mod", sha256(TRY(read_file(maker.data / "pebble/go.mod"))));
            key.field("go.sum", sha256(TRY(read_file(maker.data / "pebble/go.sum"))));
            key.field("toolchain", TRY(pinned_go(maker)).requirement);
            break;
        case Choice::Kind::file: {
            const auto bytes = read_file(choice.place);
            if (!bytes)
                return fail("RB0905",
                            fmt::format("the Pebble '{}' can't be read: {}", choice.place, bytes.error().message),
                            "check --pebble", ExitCode::no_input);
            key.field("file", sha256(*bytes));
            break;
        }
        case Choice::Kind::address:
            key.field("file", choice.sha256);
            break;
    }
    return key.finish();
}

Result<std::string> pebble_origin(const PebbleMaker& maker, const PebbleChoice& text) {
    const auto choice = TRY(understand(text));
    if (choice.kind == Choice::Kind::file) return std::string("a file");
    if (choice.kind == Choice::Kind::address) return choice.place;
    constexpr std::string_view require = "require ";
    std::istringstream lines(TRY(read_file(maker.data / "pebble/go.mod")));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(require)) return line.substr(require.size());
    return fail("RB0905", "the pinned module of Pebble can't be read", "install rockbuild anew");
}

Result<Digest> make_pebble(const PebbleMaker& maker, const PebbleChoice& text, const Arch& arch,
                           const std::stop_token& stop) {
    const auto note = "pebble/" + TRY(pebble_key(maker, text, arch)).digest.hex();
    return made_once(maker, note, "pebble", "pebble", [&]() -> Result<Digest> {
        const auto choice = TRY(understand(text));
        const auto bytes = choice.kind == Choice::Kind::build  ? TRY(build(maker, arch, stop))
                           : choice.kind == Choice::Kind::file ? TRY(read_file(choice.place))
                                                               : TRY(fetch(maker, choice, stop));
        const auto place =
            choice.kind == Choice::Kind::build ? std::string("the built Pebble") : fmt::format("'{}'", choice.place);
        if (const auto fault = static_program_fault(bytes, arch.elf_machine); !fault.empty())
            return fail("RB0901", fmt::format("{} can't be the Pebble of a rock for {}: {}", place, arch.debian, fault),
                        "give a static build for that architecture", ExitCode::bad_data);
        const auto licence = TRY(read_file(maker.data / "pebble/GPL-3"));
        std::vector<Entry> files;
        files.push_back(TRY(file_entry(maker.store, "usr/bin/pebble", bytes, 0755)));
        files.push_back(TRY(file_entry(maker.store, "usr/share/doc/pebble/GPL-3", licence, 0644)));
        files.push_back(TRY(file_entry(maker.store, "usr/share/doc/pebble/copyright", copyright, 0644)));
        const auto tree = TRY(maker.store.put_tree(Tree::of(std::move(files))));
        // A program for another machine can't be asked here.
        if (arch == read_host().arch) TRY_VOID(check_answer(maker, tree, place, stop));
        return tree;
    });
}

}  // namespace rockbuild
