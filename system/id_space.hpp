// Work on files that belong to many users, without being root: a process in a user namespace in which uid 0…N are ours
// (root: the host's own ids, and no process). Unpacking a root file system and reading what a step wrote happen there.
//
// The process is started while the program has one thread, and forks a child for each request: no lock of ours can be
// held in it. Requests and answers are bytes; what they mean is the handler's business.
#pragma once

#include "support/result.hpp"
#include "system/id_map.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rockbuild {

class IdSpace {
public:
    /// Runs in the id space, in a process that has nothing of the caller's state.
    using Handler = std::function<Result<std::string>(std::string_view request)>;

    /// Call it before any thread is made. RB0121 if newuidmap and subordinate ids are missing *and* even a single-id
    /// namespace is refused.
    static Result<std::unique_ptr<IdSpace>> open(Handler handler);

    virtual ~IdSpace() = default;
    IdSpace(const IdSpace&) = delete;
    IdSpace& operator=(const IdSpace&) = delete;

    /// Runs the handler there and returns its answer or its diagnostic. Thread-safe; calls run side by side.
    virtual Result<std::string> call(std::string_view request) = 0;
    virtual const IdMap& map() const = 0;

protected:
    IdSpace() = default;
};

}  // namespace rockbuild
