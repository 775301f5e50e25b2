// The files of Debian packages as trees: one, all of a resolution, and what upstream mends in them.
#pragma once

#include "packages/archive.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace rockbuild {

/// The files of a .deb that lies in the store, without running its scripts (dpkg-deb --extract): owners, modes, links,
/// times (clamped to `clamp` if given) as the package has them. RB0820 for a damaged one.
Result<Tree> unpack_deb(Store& store, const Digest& deb, const std::optional<std::int64_t>& clamp);

/// All packages of a resolution as one tree: unpacked in name order, a later package wins.
Result<Tree> unpack_all(Store& store, const Resolution& resolution, const std::optional<std::int64_t>& clamp);

/// Unpacks packages on threads of its own while others are on their way; what it has done by its end, unpack_deb()
/// finds done. It says nothing of a damaged one: whoever needs that is told.
class UnpackAhead {
public:
    explicit UnpackAhead(Store& store) : store_(store) {}

    /// Ends when those are done that are being unpacked; the rest is left.
    ~UnpackAhead();
    UnpackAhead(const UnpackAhead&) = delete;
    UnpackAhead& operator=(const UnpackAhead&) = delete;

    void take(const Digest& deb);

private:
    void work(const std::stop_token& stop);

    Store& store_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Digest> waiting_;
    std::vector<std::jthread> threads_;  // begun when there is something to do
};

/// What upstream mends in an install folder after packages were unpacked there (spec/parts-lifecycle.md §15.3):
/// absolute links that lead inside become relative, setuid and setgid go, first lines that name a python become
/// independent of where it lies, sitecustomize.py goes. It never looks at the host; `.pc` files keep their prefix,
/// since our trees are not built at their paths on the disk.
Result<Tree> normalise(Store& store, const Tree& tree);

}  // namespace rockbuild
