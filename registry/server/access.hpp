// Who may ask the embedded registry: users of an htpasswd file (bcrypt), or anybody; and, on a loopback address that
// asks for no password, only requests that name it so: a web page in a browser of this machine can't talk its way in
// by a name of its own that points here.
#pragma once

#include "support/digest.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rockbuild {

enum class Admission : std::uint8_t { admitted, refused, busy };

class PasswordFile {
public:
    /// `user:$2y$…` lines. RB1531 (exit 65) with the line for anything else.
    static Result<PasswordFile> parse(std::string_view text, const std::string& name);

    /// Whether the value of an Authorization header names a user and the right password. A bcrypt takes long on
    /// purpose, and runs where other connections wait: one is computed at a time (busy: come again), and its answer is
    /// kept by a hash of what was asked, a right one for a minute, a wrong one for five seconds.
    Admission admits(const std::string& authorization, double now);

private:
    std::map<std::string, std::string> hashes_;  // by user
    struct Answer {
        bool is_right = false;
        double until = 0;
    };
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    std::unique_ptr<std::mutex> computing_ = std::make_unique<std::mutex>();
    std::map<Digest, Answer> answers_;
};

/// True if a Host header's value is a name of this machine alone.
bool is_local_host_header(std::string_view value);

}  // namespace rockbuild
