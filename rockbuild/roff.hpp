// Text as roff, the language of man pages: what is written is what is read, whatever characters it has.
#pragma once

#include <string>
#include <string_view>

namespace rockbuild {

/// Within a line: dashes and quotes as they are typed, no character with a meaning, ASCII alone.
std::string roff_text(std::string_view text);

/// The argument of a macro, in quotes.
std::string roff_argument(std::string_view text);

/// Filled paragraphs, parted by empty lines; what stands between backticks is bold.
std::string roff_paragraphs(std::string_view text);

/// Lines as they stand, without the indent of four that marks an example in a page.
std::string roff_example(std::string_view text);

/// How a command is called: what is in capitals stands for something else.
std::string roff_usage(std::string_view text);

}  // namespace rockbuild
