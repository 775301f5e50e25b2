// Whether an archive's index, which apt fetches, verifies and reads in half a second, is what apt has already. The
// index is what its signed heads (InRelease) say, so these few bytes of the mirror tell.
#pragma once

#include "support/result.hpp"
#include "system/http.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

class VerifiedIndex {
public:
    /// Of apt's world in the folder `state`, verified with the keys in `keyring`.
    VerifiedIndex(std::filesystem::path state, std::filesystem::path keyring)
        : state_(std::move(state)), keyring_(std::move(keyring)) {}

    /// Did apt verify just the index that has these heads now, within the last day, with the keys that there are, and
    /// are its files as it left them? They are fetched into `folder`. False in doubt, and where they can't be had: it
    /// is for apt to say why. RB0111 if it was `stop`.
    Result<bool> is_current(const std::vector<std::string>& heads, Http& http, const std::filesystem::path& folder,
                            const std::stop_token& stop) const;
    /// What apt has now was verified now.
    Result<void> keep() const;
    Result<void> forget() const;

private:
    std::filesystem::path file() const { return state_ / "verified"; }
    Result<std::vector<std::filesystem::path>> lists() const;
    Result<std::string> description(const std::vector<std::filesystem::path>& heads) const;

    std::filesystem::path state_;
    std::filesystem::path keyring_;
};

}  // namespace rockbuild
