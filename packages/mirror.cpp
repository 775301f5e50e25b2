// Which Debian mirror this machine uses: what its apt has in sources.list and sources.list.d, one-line and deb822
// style. Other archives use Debian's names of suites too, so an entry is weighed: Debian's keyring weighs most, then no
// keyring of its own, then an address that ends in /debian. A machine with another release of Debian has a mirror for
// this one.
#include "packages/archive.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <sstream>

namespace rockbuild {

namespace {

struct Source {
    std::string uri;
    std::vector<std::string> suites;
    std::vector<std::string> components;
    std::string signed_by;
    fs::path file;
};

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
}

bool holds(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// `deb [options] URI SUITE COMPONENT…`
void read_one_line(const std::string& text, const fs::path& file, std::vector<Source>& sources) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        line = line.substr(0, line.find('#'));
        Source source;
        source.file = file;
        if (const auto open = line.find('['), close = line.find(']'); open < close && close != std::string::npos) {
            constexpr std::string_view key = "signed-by=";
            for (const auto& option : words(line.substr(open + 1, close - open - 1)))
                if (option.starts_with(key)) source.signed_by = option.substr(key.size());
            line.replace(open, close - open + 1, " ");
        }
        const auto fields = words(line);
        if (fields.size() < 3 || fields[0] != "deb") continue;
        source.uri = fields[1];
        source.suites = {fields[2]};
        source.components.assign(fields.begin() + 3, fields.end());
        sources.push_back(std::move(source));
    }
}

/// Stanzas of `Field: value`, continued by lines that begin with a blank.
void read_deb822(const std::string& text, const fs::path& file, std::vector<Source>& sources) {
    std::map<std::string, std::string> stanza;
    std::string field;
    const auto close = [&] {
        static const std::vector<std::string> no{"no", "false", "0", "off", "without", "disable"};
        const auto enabled = words(stanza["enabled"]);
        if (holds(words(stanza["types"]), "deb") && (enabled.empty() || !holds(no, enabled.front())))
            for (const auto& uri : words(stanza["uris"]))
                sources.push_back(
                    {uri, words(stanza["suites"]), words(stanza["components"]), stanza["signed-by"], file});
        stanza.clear();
        field.clear();
    };
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        if (words(line).empty()) {
            close();
            continue;
        }
        const auto colon = line.find(':');
        if (line.front() != ' ' && line.front() != '\t' && colon != std::string::npos) {
            field = line.substr(0, colon);
            std::transform(field.begin(), field.end(), field.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            stanza[field] = line.substr(colon + 1);
        } else {
            stanza[field] += " " + line;
        }
    }
    close();
}

bool is_address(const std::string& text) {
    const bool is_one_word =
        std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) || std::iscntrl(c); });
    return is_one_word && (text.starts_with("http://") || text.starts_with("https://") || text.starts_with("file:/"));
}

/// apt's `mirror+file:PATH` names a file that lists addresses, the best first.
std::string first_of_list(const std::string& uri) {
    constexpr std::string_view prefix = "mirror+file:";
    if (!uri.starts_with(prefix)) return uri;
    const auto text = read_file(uri.substr(prefix.size()));
    if (!text) return {};
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);)
        if (const auto fields = words(line); !fields.empty() && is_address(fields.front())) return fields.front();
    return {};
}

std::vector<Source> host_sources(const fs::path& apt) {
    std::vector<Source> sources;
    if (const auto text = read_file_if_any(apt / "sources.list"); text && *text)
        read_one_line(**text, apt / "sources.list", sources);
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator it(apt / "sources.list.d", error), end; !error && it != end; it.increment(error))
        files.push_back(it->path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        const auto text = read_file(file);
        if (!text) continue;
        if (file.extension() == ".sources") read_deb822(*text, file, sources);
        else if (file.extension() == ".list") read_one_line(*text, file, sources);
    }
    for (auto& source : sources) source.uri = first_of_list(source.uri);
    std::erase_if(sources, [](const auto& source) { return !is_address(source.uri); });
    return sources;
}

std::string trimmed(std::string uri) {
    while (uri.ends_with('/')) uri.pop_back();
    return uri;
}

/// `http://host/debian` → `http://host/debian-security`, as mirrors lay it out, also where a date follows; none for an
/// address of another shape.
std::string security_beside(const std::string& main) {
    auto uri = trimmed(main) + "/";
    constexpr std::string_view name = "/debian/";
    const auto at = uri.rfind(name);
    if (at == std::string::npos) return {};
    uri.insert(at + name.size() - 1, "-security");
    return trimmed(uri);
}

bool has_debian_keyring(const Source& source) { return source.signed_by.find("debian-archive") != std::string::npos; }

/// How likely an entry whose suite has a fitting name is Debian's own; 0: not at all.
int weight(const Source& source) {
    if (!holds(source.components, "main")) return 0;
    const bool has_usual_name = trimmed(source.uri).ends_with("/debian");
    if (has_debian_keyring(source)) return 4;
    if (words(source.signed_by).empty()) return has_usual_name ? 3 : 2;
    return has_usual_name ? 1 : 0;
}

/// A suite of Debian's main archive, whatever the release.
bool is_of_main_archive(const Source& source, const std::string& suite) {
    static constexpr std::array names{"bullseye", "bookworm",  "trixie",  "forky",    "duke",
                                      "stable",   "oldstable", "testing", "unstable", "sid"};
    const auto name = suite.substr(0, suite.find_first_of("-/"));
    const bool is_security = suite.ends_with("-security") || suite.ends_with("/updates");
    return !is_security && (has_debian_keyring(source) || std::find(names.begin(), names.end(), name) != names.end());
}

/// The heaviest entry with a suite that fits, the first of equals; null if there is none.
template <class Fits>
const Source* best(const std::vector<Source>& sources, int least, const Fits& fits) {
    const Source* found = nullptr;
    for (const auto& source : sources)
        if (std::any_of(source.suites.begin(), source.suites.end(),
                        [&](const auto& suite) { return fits(source, suite); }))
            if (weight(source) >= least && (found == nullptr || weight(source) > weight(*found))) found = &source;
    return found;
}

}  // namespace

Result<Mirror> find_mirror(const std::string& release, const std::string& chosen, const std::string& chosen_by,
                           const fs::path& host_apt) {
    if (!chosen.empty()) {
        if (!is_address(chosen))
            return fail("RB0802", fmt::format("the mirror '{}' of {} is no address", chosen, chosen_by),
                        "give one that begins with http://, https:// or file:", ExitCode::usage);
        return Mirror{trimmed(chosen), security_beside(chosen), chosen_by};
    }
    const auto sources = host_sources(host_apt);
    const auto suite_is = [](std::string name) {
        return [name = std::move(name)](const Source&, const std::string& suite) { return suite == name; };
    };
    constexpr int likely = 2;
    const auto* main = best(sources, 1, suite_is(release));
    if (main == nullptr) main = best(sources, likely, is_of_main_archive);
    if (main == nullptr)
        return fail("RB0801", fmt::format("this machine's apt knows no mirror with Debian's {}", release),
                    "name one with --mirror URL, ROCKBUILD_DEBIAN_MIRROR, or `mirror:` in the configuration file",
                    ExitCode::unable);
    const auto* security = best(sources, 1, suite_is(release + "-security"));
    return Mirror{trimmed(main->uri), security != nullptr ? trimmed(security->uri) : security_beside(main->uri),
                  main->file.native()};
}

}  // namespace rockbuild
