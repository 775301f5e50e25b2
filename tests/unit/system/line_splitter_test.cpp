#include "system/line_splitter.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace rockbuild;

TEST_CASE("lines are cut wherever the bytes were") {
    std::vector<std::string> lines;
    LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
    splitter.feed("one\ntw");
    splitter.feed("o\n\nthree");
    CHECK(lines == std::vector<std::string>{"one", "two", ""});
    splitter.finish();
    splitter.finish();
    CHECK(lines == std::vector<std::string>{"one", "two", "", "three"});
}

TEST_CASE("a line without end is handed on in pieces") {
    std::vector<std::size_t> sizes;
    LineSplitter splitter([&](std::string_view line) { sizes.push_back(line.size()); });
    splitter.feed(std::string(LineSplitter::longest_line + 10, 'x'));
    splitter.feed(std::string(LineSplitter::longest_line, 'y') + "\n");
    CHECK(sizes == std::vector<std::size_t>{LineSplitter::longest_line, LineSplitter::longest_line, 10});
}
