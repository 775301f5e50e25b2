#include "rockbuild/roff.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

TEST_CASE("roff text has no character with a meaning") {
    CHECK(roff_text("a\\n --b 'c' \"d\" `e` ~f ^g") ==
          "a\\en \\-\\-b \\(aqc\\(aq \\(dqd\\(dq \\(gae\\(ga \\(tif \\(hag");
    CHECK(roff_text("… é 😀") == "\\[u2026] \\[u00E9] \\[u1F600]");
    CHECK(roff_argument("say \"x\"") == "\"say \\(dqx\\(dq\"");
}

TEST_CASE("no line of roff becomes a request") {
    CHECK(roff_paragraphs(".TH is text\n'so too'") == "\\&.TH is text \\(aqso too\\(aq\n");
    CHECK(roff_example("    .dot\n    'quote'\n      deeper\n\n    end") ==
          ".nf\n\\&.dot\n\\&\\(aqquote\\(aq\n  deeper\n\nend\n.fi\n");
}

TEST_CASE("roff paragraphs are filled, parted by empty lines, bold between backticks") {
    CHECK(roff_paragraphs("one\ntwo  three\n\n`rockbuild\nps` lists") ==
          "one two three\n.PP\n\\fBrockbuild ps\\fR lists\n");
    CHECK(roff_paragraphs("").empty());
    const auto dot_at_the_break = roff_paragraphs(std::string(76, 'x') + " .file is a name");
    CHECK(dot_at_the_break == std::string(76, 'x') + "\n\\&.file is a name\n");
}

TEST_CASE("in a usage, capitals stand for something else") {
    CHECK(roff_usage("IMAGE [ARGS…] | --pod FILE") == "\\fIIMAGE\\fR [\\fIARGS\\fR\\[u2026]] | \\-\\-pod \\fIFILE\\fR");
}
