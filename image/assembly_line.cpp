#include "image/assembly_line.hpp"

#include "image/piece_cutter.hpp"
#include "image/piece_encoder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> damaged(const Digest& digest) {
    return fail("RB0700", fmt::format("the store's blob {} is not of the size that the tree says", digest.str()),
                "run `rockbuild clean` and build again");
}

/// Appends the stretch of the content, which is read where it lies: a large file is never whole in memory.
Result<void> read_content(const EntrySource& source, const Stretch& stretch, std::string& tar) {
    const auto fd = TRY(source.open(stretch.digest));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return system_error("read", stretch.digest.str(), errno);
    if (!std::cmp_equal(status.st_size, stretch.whole)) return damaged(stretch.digest);
    const auto begin = tar.size();
    tar.resize(begin + stretch.length);
    for (std::uint64_t done = 0; done < stretch.length;) {
        const auto count = ::pread(fd.get(), tar.data() + begin + done, stretch.length - done,
                                   static_cast<off_t>(stretch.offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("read", stretch.digest.str(), errno);
        if (count == 0) return damaged(stretch.digest);
        done += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<void> read_piece(const EntrySource& source, const Piece& piece, std::string& tar) {
    tar.clear();
    tar.reserve(piece.size);
    for (const auto& stretch : piece.stretches) {
        tar += stretch.bytes;
        if (stretch.length > 0) TRY_VOID(read_content(source, stretch, tar));
        tar.append(stretch.zeros, '\0');
    }
    return {};
}

/// What passes between the workers and the calling thread; all but `places`' contents under the mutex.
class Line {
public:
    Line(EntrySource& source, std::size_t places, const std::stop_token& stop)
        : source_(source), cutter_(source), places_(places), stop_(stop) {}

    void work() {
        PieceEncoder encoder;
        while (auto taken = take()) {
            auto& place = places_[taken->ticket % places_.size()];
            const auto read = read_piece(source_, taken->piece, place.tar);
            if (!read) return fail_with(read.error());
            place.encoded.assign(encoder.encode(place.tar));
            const std::lock_guard lock(mutex_);
            place.ready = true;
            changed_.notify_all();
        }
    }

    Result<void> sink_all(BlobSink& sink, const std::function<void(std::uint64_t)>& progress) {
        for (;;) {
            auto* place = TRY(next_place());
            if (place == nullptr) return {};
            TRY_VOID(sink.add(place->tar, place->encoded));
            if (progress) progress(sink.uncompressed_size());
            const std::lock_guard lock(mutex_);
            place->ready = false;
            ++sunk_;
            changed_.notify_all();
        }
    }

    /// No worker begins another piece.
    void close() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

private:
    struct Place {
        std::string tar;
        std::string encoded;
        bool ready = false;
    };
    struct Taken {
        std::size_t ticket;
        Piece piece;
    };

    std::optional<Taken> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || taken_ < sunk_ + places_.size(); });
        if (ended_) return std::nullopt;
        if (stop_.stop_requested()) {
            set_error(fail("RB0702", "packing was interrupted", {}, ExitCode::interrupted).error());
            return std::nullopt;
        }
        auto piece = cutter_.next();
        if (!piece) {
            set_error(piece.error());
            return std::nullopt;
        }
        if (!*piece) {
            ended_ = true;
            changed_.notify_all();
            return std::nullopt;
        }
        return Taken{taken_++, std::move(**piece)};
    }

    /// The next piece in order; null after the last.
    Result<Place*> next_place() {
        std::unique_lock lock(mutex_);
        auto& place = places_[sunk_ % places_.size()];
        changed_.wait(lock, [&] { return error_ || place.ready || (ended_ && sunk_ == taken_); });
        if (error_) return std::unexpected(*error_);
        return place.ready ? &place : nullptr;
    }

    void fail_with(const Diagnostic& diagnostic) {
        const std::lock_guard lock(mutex_);
        set_error(diagnostic);
    }
    void set_error(const Diagnostic& diagnostic) {
        if (!error_) error_ = diagnostic;
        ended_ = true;
        changed_.notify_all();
    }

    EntrySource& source_;
    PieceCutter cutter_;
    std::vector<Place> places_;
    std::stop_token stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t taken_ = 0;
    std::size_t sunk_ = 0;
    bool ended_ = false;
    std::optional<Diagnostic> error_;
};

}  // namespace

Result<void> assemble(EntrySource& source, BlobSink& sink, const Assembly& assembly, const std::stop_token& stop) {
    const auto threads = std::max(1U, assembly.threads);
    Line line(source, 2 * std::size_t{threads} + 2, stop);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([&line] { line.work(); });
    auto result = line.sink_all(sink, assembly.progress);
    line.close();
    return result;  // the workers are joined first
}

}  // namespace rockbuild
