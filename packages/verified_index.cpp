#include "packages/verified_index.hpp"

#include "system/file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <set>

namespace rockbuild {

namespace {

/// As apt limits it for itself.
constexpr std::uint64_t most_bytes = 10'000'000;

}  // namespace

Result<bool> VerifiedIndex::is_current(const std::vector<std::string>& heads, Http& http, const fs::path& folder,
                                       const std::stop_token& stop) const {
    const auto known = TRY(read_file_if_any(file()));
    std::error_code error;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(file(), error);
    if (!known || error || age > std::chrono::days(1) || age < std::chrono::days(0)) return false;
    std::vector<Download> downloads;
    std::vector<fs::path> files;
    for (const auto& head : heads) {
        auto& download = downloads.emplace_back();
        download.url = head;
        download.to = folder / std::to_string(files.size());
        download.most = most_bytes;
        download.tries = 1;
        download.fresh = true;
        files.push_back(download.to);
    }
    if (const auto fetched = http.fetch(downloads, {}, stop); !fetched) {
        if (fetched.error().exit == ExitCode::interrupted) return std::unexpected(fetched.error());
        return false;
    }
    return TRY(description(files)) == *known;
}

Result<void> VerifiedIndex::keep() const {
    std::vector<fs::path> heads;
    for (const auto& list : TRY(lists()))
        if (list.native().ends_with("_InRelease")) heads.push_back(list);
    return write_file(file(), TRY(description(heads)));
}

Result<void> VerifiedIndex::forget() const {
    std::error_code error;
    fs::remove(file(), error);
    return error ? system_error("remove", file(), error.value()) : Result<void>();
}

Result<std::vector<fs::path>> VerifiedIndex::lists() const {
    const auto folder = state_ / "lists";
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->is_regular_file(error)) files.push_back(it->path());
    if (error) return system_error("read", folder, error.value());
    return files;
}

/// A line for the keys, for each head's bytes, for each file that apt has: whatever their order, for apt names its
/// copies in its own way.
Result<std::string> VerifiedIndex::description(const std::vector<fs::path>& heads) const {
    std::set<std::string> lines{"keys " + sha256(TRY(read_file(keyring_))).hex()};
    for (const auto& head : heads) lines.insert("head " + sha256(TRY(read_file(head))).hex());
    for (const auto& list : TRY(lists())) {
        std::error_code error;
        const auto size = fs::file_size(list, error);
        const auto time = fs::last_write_time(list, error).time_since_epoch().count();
        lines.insert(fmt::format("file {} {} {}", list.filename().native(), size, time));
    }
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace rockbuild
