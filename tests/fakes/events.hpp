// Keeps what was said.
#pragma once

#include "support/event.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace rockbuild::fakes {

class KeptEvents final : public EventSink {
public:
    void on(const Event& event) override {
        const std::lock_guard guard(mutex_);
        if (event.type == EventType::message) messages_.push_back(event.text);
    }
    std::vector<std::string> messages() const {
        const std::lock_guard guard(mutex_);
        return messages_;
    }
    std::size_t count(std::string_view words) const {
        const auto all = messages();
        return static_cast<std::size_t>(
            std::ranges::count_if(all, [&](const auto& text) { return text.find(words) != std::string::npos; }));
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
};

}  // namespace rockbuild::fakes
