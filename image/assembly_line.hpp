// The packer's threads: each worker takes the next piece from the cutter, reads its contents and encodes it; the
// calling thread hands the finished pieces to the sink in their order.
//
// A ring of 2 × threads + 2 places bounds what is in memory: a worker that finds no free place waits. The order in
// which pieces are taken is the cutter's, the order in which they are sunk is the same, so the number of threads
// changes no byte. The diff ID is hashed in the calling thread: with SHA instructions that is a tenth of one core
// beside two encoders, and becomes the limit only beyond a dozen of them.
#pragma once

#include "image/blob_sink.hpp"
#include "image/entry_source.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace rockbuild {

struct Assembly {
    unsigned threads = 1;                         // workers
    std::function<void(std::uint64_t)> progress;  // bytes of the tar that are sunk; called from the calling thread
};

/// Everything of `source` into `sink`, which is not finished. RB0700: a content is not what the tree says; RB0702: the
/// stop token was raised (exit 130); and what source and sink fail with.
Result<void> assemble(EntrySource& source, BlobSink& sink, const Assembly& assembly, const std::stop_token& stop);

}  // namespace rockbuild
