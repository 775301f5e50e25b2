// Who may ask the embedded registry: users of an htpasswd file (bcrypt), or anybody; and, on a loopback address that
// asks for no password, only requests that name it so: a web page in a browser of this machine can't talk its way in
// by a name of its own that points here.
#pragma once

#include "support/digest.hpp"
#include "support/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rockbuild {

class PasswordFile {
public:
    /// `user:$2y$…` lines. RB1531 (exit 65) with the line for anything else.
    static Result<PasswordFile> parse(std::string_view text, const std::string& name);

    /// True if the value of an Authorization header names a user and the right password. A right answer is remembered
    /// for a minute, as a hash, so that each request need not cost a bcrypt.
    bool admits(const std::string& authorization, double now);

private:
    std::map<std::string, std::string> hashes_;  // by user
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    std::map<Digest, double> remembered_;  // until when
};

/// True if a Host header's value is a name of this machine alone.
bool is_local_host_header(std::string_view value);

}  // namespace rockbuild
