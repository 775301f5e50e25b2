// The files beside a project file, in memory.
#pragma once

#include "project/project_files.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace rockbuild::test {

class FakeFiles : public ProjectFiles {
public:
    /// Paths with contents; a path that ends with '/' is a folder, those above a file are folders too.
    FakeFiles(std::initializer_list<std::pair<const std::string, std::string>> files) : files_(files) {}

    void add(const std::string& path, const std::string& text) { files_[path] = text; }
    FakeFiles& executable(const std::string& path) {
        executables_.insert(path);
        return *this;
    }
    /// What a real folder may hold besides: a lost link, a socket.
    FakeFiles& odd(const std::string& path, Kind kind) {
        odd_[path] = kind;
        return *this;
    }

    Kind kind(const std::string& path) const override {
        if (const auto found = odd_.find(path); found != odd_.end()) return found->second;
        if (files_.contains(path)) return Kind::file;
        const auto below = path.ends_with('/') ? path : path + "/";
        const auto next = files_.lower_bound(below);
        return next != files_.end() && next->first.starts_with(below) ? Kind::folder : Kind::nothing;
    }
    std::uint64_t size(const std::string& path) const override { return files_.at(path).size(); }
    Result<std::string> read(const std::string& path) const override { return files_.at(path); }
    bool is_executable(const std::string& path) const override { return executables_.contains(path); }
    std::vector<std::string> names(const std::string& folder) const override {
        const auto prefix = folder == "." ? std::string() : folder + "/";
        std::set<std::string> found;
        for (const auto& [path, text] : files_)
            if (path.starts_with(prefix))
                found.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
        return {found.begin(), found.end()};
    }
    std::string shown(const std::string& path) const override { return path; }

private:
    std::map<std::string, std::string> files_;
    std::set<std::string> executables_;
    std::map<std::string, Kind> odd_;
};

}  // namespace rockbuild::test
