#include "image/blob_sink.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("both digests come of one pass") {
    const Scratch scratch;
    BlobSink sink(get(scratch.store->writer()));
    get(sink.add("ab", "1"));
    get(sink.add("c", "23"));
    CHECK(sink.uncompressed_size() == 3);
    const auto sunk = get(sink.finish());
    // sha256sum of "abc" and of "123".
    CHECK(sunk.diff_id.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sunk.blob.digest.hex() == "a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3");
    CHECK(sunk.blob.size == 3);
    CHECK(sunk.uncompressed_size == 3);
    CHECK(get(scratch.store->read(sunk.blob.digest)) == "123");
}
