#include "registry/server/access.hpp"

#include "registry/base64.hpp"
#include "registry/reference.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr double right_seconds = 60;
constexpr double wrong_seconds = 5;
constexpr std::size_t most_answers = 4096;

bool is_right(const std::string& password, const std::string& hash) {
    crypt_data data{};
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), &data);
    return made != nullptr && hash.size() == std::string_view(made).size() &&
           CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

}  // namespace

Result<PasswordFile> PasswordFile::parse(std::string_view text, const std::string& name) {
    PasswordFile file;
    std::uint32_t number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto colon = line.find(':');
        const auto hash = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        const bool is_bcrypt = hash.starts_with("$2y$") || hash.starts_with("$2b$") || hash.starts_with("$2a$");
        constexpr std::size_t bcrypt_length = 60;
        if (colon == 0 || !is_bcrypt || hash.size() != bcrypt_length) {
            // Without a span: what stands there may be a password.
            return fail("RB1531", fmt::format("{}:{}: this is no user with a bcrypt hash", name, number),
                        "write the line with `htpasswd -B FILE USER`", ExitCode::bad_data);
        }
        file.hashes_[std::string(line.substr(0, colon))] = hash;
    }
    if (file.hashes_.empty())
        return fail("RB1531", fmt::format("'{}' names no user", name), "add one with `htpasswd -B FILE USER`",
                    ExitCode::bad_data);
    return file;
}

Admission PasswordFile::admits(const std::string& authorization, double now) {
    constexpr std::size_t scheme_length = 6;
    auto scheme = authorization.substr(0, scheme_length);
    std::ranges::transform(scheme, scheme.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (scheme != "basic ") return Admission::refused;
    const auto pair = base64_decode(authorization.substr(scheme_length));
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) return Admission::refused;
    const auto key = sha256(authorization);
    const auto answered = [&]() -> std::optional<Admission> {
        const std::lock_guard guard(*mutex_);
        const auto found = answers_.find(key);
        if (found == answers_.end() || found->second.until <= now) return std::nullopt;
        return found->second.is_right ? Admission::admitted : Admission::refused;
    };
    if (const auto answer = answered()) return *answer;
    const std::unique_lock computing(*computing_, std::try_to_lock);
    if (!computing) return answered().value_or(Admission::busy);
    const auto found = hashes_.find(pair->substr(0, colon));
    const bool is_known = found != hashes_.end();
    // Of a user who isn't there somebody else's hash is computed, so that the time says nothing.
    const bool right =
        is_right(pair->substr(colon + 1), is_known ? found->second : hashes_.begin()->second) && is_known;
    const std::lock_guard guard(*mutex_);
    std::erase_if(answers_, [&](const auto& item) { return item.second.until <= now; });
    if (right || answers_.size() < most_answers) answers_[key] = {right, now + (right ? right_seconds : wrong_seconds)};
    return right ? Admission::admitted : Admission::refused;
}

bool is_local_host_header(std::string_view value) { return is_loopback(value); }

}  // namespace rockbuild
