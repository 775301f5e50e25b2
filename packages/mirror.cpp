// Which Debian mirror this machine uses: what its apt has in sources.list and sources.list.d, one-line and deb822 style.
#include "packages/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace rockbuild {

namespace {

struct Source {
    std::string uri;
    std::vector<std::string> suites;
    fs::path file;
};

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
}

/// `deb [options] URI SUITE COMPONENT…`
void read_one_line(const std::string& text, const fs::path& file, std::vector<Source>& sources) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        line = line.substr(0, line.find('#'));
        auto fields = words(line);
        if (fields.empty() || fields.front() != "deb") continue;
        fields.erase(fields.begin());
        if (!fields.empty() && fields.front().starts_with('[')) {
            while (!fields.empty() && !fields.front().ends_with(']')) fields.erase(fields.begin());
            if (!fields.empty()) fields.erase(fields.begin());
        }
        if (fields.size() >= 2) sources.push_back({fields[0], {fields[1]}, file});
    }
}

/// Stanzas of `Field: value`, continued by lines that begin with a blank.
void read_deb822(const std::string& text, const fs::path& file, std::vector<Source>& sources) {
    std::map<std::string, std::string> stanza;
    std::string field;
    const auto close = [&] {
        const auto types = words(stanza["types"]);
        const bool disabled = stanza["enabled"] == "no" || stanza["enabled"] == "false";
        if (!disabled && std::find(types.begin(), types.end(), "deb") != types.end())
            for (const auto& uri : words(stanza["uris"])) sources.push_back({uri, words(stanza["suites"]), file});
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
            std::transform(field.begin(), field.end(), field.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            stanza[field] = line.substr(colon + 1);
        } else {
            stanza[field] += " " + line;
        }
        // Values are compared without the blanks around them.
        auto& value = stanza[field];
        value.erase(0, value.find_first_not_of(" \t"));
    }
    close();
}

std::vector<Source> host_sources(const fs::path& apt) {
    std::vector<Source> sources;
    if (const auto text = read_file_if_any(apt / "sources.list"); text && *text) read_one_line(**text, apt / "sources.list", sources);
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator it(apt / "sources.list.d", error), end; !error && it != end; it.increment(error)) files.push_back(it->path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        const auto text = read_file(file);
        if (!text) continue;
        if (file.extension() == ".sources") read_deb822(*text, file, sources);
        else if (file.extension() == ".list") read_one_line(*text, file, sources);
    }
    return sources;
}

std::string trimmed(std::string uri) {
    while (uri.ends_with('/')) uri.pop_back();
    return uri;
}

/// `http://host/debian` → `http://host/debian-security`, as mirrors lay it out; none for an address of another shape.
std::string security_beside(const std::string& main) {
    const auto uri = trimmed(main);
    return uri.ends_with("/debian") ? uri + "-security" : std::string();
}

bool is_address(const std::string& text) {
    return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("file:");
}

}  // namespace

Result<Mirror> find_mirror(const std::string& release, const std::string& chosen, const std::string& chosen_by, const fs::path& host_apt) {
    if (!chosen.empty()) {
        if (!is_address(chosen))
            return fail("RB0802", fmt::format("the mirror '{}' of {} is no address", chosen, chosen_by),
                        "give one that begins with http://, https:// or file:", ExitCode::usage);
        return Mirror{trimmed(chosen), security_beside(chosen), chosen_by};
    }
    Mirror mirror;
    for (const auto& source : host_sources(host_apt)) {
        if (!is_address(source.uri)) continue;
        for (const auto& suite : source.suites) {
            if (suite == release && mirror.main.empty()) {
                mirror.main = trimmed(source.uri);
                mirror.origin = source.file.native();
            }
            if (suite == release + "-security" && mirror.security.empty()) mirror.security = trimmed(source.uri);
        }
    }
    if (mirror.main.empty())
        return fail("RB0801", fmt::format("this machine's apt knows no mirror with Debian's {}", release),
                    "name one with --mirror URL, ROCKBUILD_DEBIAN_MIRROR, or `mirror:` in the configuration file", ExitCode::unable);
    if (mirror.security.empty()) mirror.security = security_beside(mirror.main);
    return mirror;
}

}  // namespace rockbuild
