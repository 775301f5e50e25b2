// Each budget has its own threads and its own queue of tasks that could run, ordered by the remaining path. A thread
// that ends a task takes the next from its queue itself, so a chain of small tasks costs no switch between threads.
#include "parts/graph.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace rockbuild {

namespace {

constexpr std::size_t budgets = 2;

std::size_t queue_of(Budget budget) { return static_cast<std::size_t>(budget); }

}  // namespace

/// One run of a graph: who waits for whom, and what could run now.
class GraphRun {
public:
    GraphRun(Graph& graph, const Crew& crew) : graph_(graph), crew_(crew) {
        const auto& tasks = graph.tasks_;
        waits_.resize(tasks.size());
        readers_.resize(tasks.size());
        path_.resize(tasks.size());
        for (std::size_t task = 0; task < tasks.size(); ++task) {
            std::set<std::size_t> writers;
            for (const auto slot : tasks[task].reads)
                if (const auto writer = graph.writers_[slot.index_]) writers.insert(*writer);
            waits_[task] = writers.size();
            for (const auto writer : writers) readers_[writer].push_back(task);
        }
        // Readers come after writers, so from the back every reader's path is known.
        for (std::size_t task = tasks.size(); task-- > 0;) {
            for (const auto reader : readers_[task]) path_[task] = std::max(path_[task], path_[reader]);
            path_[task] += tasks[task].estimate;
        }
        for (std::size_t task = 0; task < tasks.size(); ++task)
            if (waits_[task] == 0) make_ready(task);
        left_ = tasks.size();
    }

    Result<void> work(const std::stop_token& stop) {
        const std::stop_callback on_stop(stop, [this] {
            const std::lock_guard guard(mutex_);
            halt();
        });
        {
            std::vector<std::jthread> threads;
            const std::array<unsigned, budgets> wanted{crew_.cores, crew_.network};
            for (std::size_t queue = 0; queue < budgets; ++queue) {
                const auto all =
                    std::ranges::count(graph_.tasks_, queue, [](const Task& task) { return queue_of(task.budget); });
                const auto count = std::min<std::size_t>(std::max(1U, wanted[queue]), static_cast<std::size_t>(all));
                for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this, queue] { serve(queue); });
            }
        }
        if (thrown_) std::rethrow_exception(thrown_);
        if (error_) return std::unexpected(std::move(error_->second));
        if (left_ > 0) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
        return {};
    }

    unsigned share_of_cores() const {
        const std::lock_guard guard(mutex_);
        const auto queue = queue_of(Budget::cores);
        const auto beside = std::max<std::size_t>(1, running_[queue] + ready_[queue].size());
        return std::max(1U, crew_.cores / static_cast<unsigned>(std::min<std::size_t>(beside, crew_.cores)));
    }

private:
    /// Longest path first, then upstream's order.
    struct Before {
        const std::vector<double>& path;
        bool operator()(std::size_t a, std::size_t b) const { return path[a] != path[b] ? path[a] > path[b] : a < b; }
    };

    void make_ready(std::size_t task) { ready_[queue_of(graph_.tasks_[task].budget)].insert(task); }

    void halt() {
        halted_ = true;
        graph_.stop_.request_stop();
        for (auto& wake : wake_) wake.notify_all();
    }

    void serve(std::size_t queue) {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_[queue].wait(lock, [&] { return halted_ || left_ == 0 || !ready_[queue].empty(); });
            if (halted_ || left_ == 0) return;
            const auto task = *ready_[queue].begin();
            ready_[queue].erase(ready_[queue].begin());
            ++running_[queue];
            lock.unlock();
            auto done = act(task);
            lock.lock();
            --running_[queue];
            if (done && *done) settle(task, queue);
            else if (done) take_error(task, std::move(*done).error());
            else halt();
        }
    }

    /// None if it threw: then the run's caller gets the exception, as if it had called the task itself.
    std::optional<Result<void>> act(std::size_t task) {
        try {
            TaskSlots slots(graph_, task, this);
            return graph_.tasks_[task].act(slots);
        } catch (...) {
            const std::lock_guard guard(mutex_);
            if (!thrown_) thrown_ = std::current_exception();
            return std::nullopt;
        }
    }

    void settle(std::size_t task, std::size_t own_queue) {
        --left_;
        for (const auto reader : readers_[task])
            if (--waits_[reader] == 0) {
                make_ready(reader);
                const auto queue = queue_of(graph_.tasks_[reader].budget);
                // This thread takes one of its own queue itself.
                if (queue != own_queue || ready_[queue].size() > 1) wake_[queue].notify_one();
            }
        if (left_ == 0)
            for (auto& wake : wake_) wake.notify_all();
    }

    void take_error(std::size_t task, Diagnostic error) {
        const auto rank = [](const auto& found) {
            return std::pair(found.second.exit == ExitCode::interrupted, found.first);
        };
        auto found = std::pair(task, std::move(error));
        if (!error_ || rank(found) < rank(*error_)) error_ = std::move(found);
        halt();
    }

    Graph& graph_;
    Crew crew_;
    mutable std::mutex mutex_;
    std::array<std::condition_variable, budgets> wake_;
    std::vector<std::size_t> waits_;                 // of each task: writers that haven't ended
    std::vector<std::vector<std::size_t>> readers_;  // of each task: those that wait for it
    std::vector<double> path_;                       // of each task: seconds to the end, itself included
    std::array<std::set<std::size_t, Before>, budgets> ready_{std::set<std::size_t, Before>(Before{path_}),
                                                              std::set<std::size_t, Before>(Before{path_})};
    std::array<std::size_t, budgets> running_{};
    std::size_t left_ = 0;
    bool halted_ = false;
    std::optional<std::pair<std::size_t, Diagnostic>> error_;
    std::exception_ptr thrown_;
};

const Value& TaskSlots::operator[](Slot slot) const {
    const auto& reads = graph_.tasks_[task_].reads;
    const auto declared =
        std::any_of(reads.begin(), reads.end(), [&](const Slot& read) { return read.index_ == slot.index_; });
    if (!declared) throw std::logic_error("a task reads a slot that it did not declare");
    return graph_.values_[slot.index_].value();
}

void TaskSlots::set(Slot slot, Value value) {
    if (graph_.writers_[slot.index_] != task_) throw std::logic_error("a task writes another task's slot");
    graph_.values_[slot.index_] = std::move(value);
}

unsigned TaskSlots::share_of_cores() const { return run_->share_of_cores(); }

Slot Graph::constant(Value value) {
    const auto result = slot();
    values_.back() = std::move(value);
    return result;
}

Slot Graph::slot() {
    Slot slot;
    slot.index_ = values_.size();
    values_.emplace_back();
    writers_.emplace_back();
    return slot;
}

void Graph::add(Task task) {
    for (const auto slot : task.reads)
        if (!writers_[slot.index_] && !values_[slot.index_]) throw std::logic_error("a task reads what nobody writes");
    for (const auto slot : task.writes) writers_[slot.index_] = tasks_.size();
    tasks_.push_back(std::move(task));
}

Result<void> Graph::run(const Crew& crew, const std::stop_token& stop) { return GraphRun(*this, crew).work(stop); }

}  // namespace rockbuild
