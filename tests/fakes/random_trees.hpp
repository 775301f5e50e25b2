// Small random trees and deltas from a seed, over few names, so that they often meet.
#pragma once

#include "fakes/trees.hpp"

#include <random>

namespace rockbuild::fakes {

class RandomTrees {
public:
    explicit RandomTrees(unsigned seed) : random_(seed) {}

    Tree tree() { return Tree::of(entries(false)); }
    /// Also whiteouts and opaque folders; in the form that reading an upper side gives.
    Tree delta() { return fold(Tree(), Tree::of(entries(true))); }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    std::string path() {
        std::string result(1, static_cast<char>('a' + below(3)));
        for (unsigned depth = below(3); depth > 0; --depth)
            result += std::string("/") + static_cast<char>('a' + below(3));
        return result;
    }

    std::vector<Entry> entries(bool marks) {
        std::vector<Entry> result;
        for (unsigned count = below(8); count > 0; --count) {
            const auto at = path();
            switch (below(marks ? 6 : 4)) {
                case 0:
                    result.push_back(folder(at, 0700 + below(2)));
                    break;
                case 1:
                    result.push_back(file(at, std::to_string(below(2))));
                    break;
                case 2:
                    result.push_back(link_to(at, std::string(1, static_cast<char>('a' + below(2)))));
                    break;
                case 3:
                    result.push_back(file(at, "x", 04755));
                    break;
                case 4:
                    result.push_back(whiteout(at));
                    break;
                default:
                    result.push_back(folder(at));
                    result.back().opaque = true;
            }
        }
        return result;
    }

    std::mt19937 random_;
};

}  // namespace rockbuild::fakes
