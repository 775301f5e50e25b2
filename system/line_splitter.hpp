// Bytes as they arrive from a pipe, cut into lines. A line longer than the bound is handed on in pieces, so that a
// program that writes without newlines can't make us hold all of it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rockbuild {

class LineSplitter {
public:
    static constexpr std::size_t longest_line = 65536;  // bytes

    /// `take` gets each line without its newline. It may be empty: the bytes are dropped then.
    explicit LineSplitter(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

    void feed(std::string_view bytes);
    /// The end of the stream: hands on a last line that had no newline.
    void finish();

private:
    std::function<void(std::string_view)> take_;
    std::string rest_;
};

}  // namespace rockbuild
