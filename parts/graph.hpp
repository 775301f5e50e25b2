// A build as a graph: *slots*, each of which comes to hold one Value, and *tasks*, each of which writes some slots from
// what others hold. It is laid out in upstream's sequence, so that a task reads only slots of tasks before it: the
// sequence is one right order, and every other order that respects the slots gives the same values.
//
// A task sees the slots that it declared and no others, so a graph that runs right once runs right with any number of
// threads.
#pragma once

#include "parts/value.hpp"
#include "support/result.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

class Slot {
    friend class Graph;
    friend class TaskSlots;
    friend class GraphRun;
    std::size_t index_ = 0;
};

/// What a running task may do with the graph.
class TaskSlots {
public:
    /// One of the slots that the task declared to read; anything else is a bug and throws
    /// std::logic_error.
    const Value& operator[](Slot slot) const;
    /// One of the slots that the task declared to write; a task that ends well has written all of them.
    void set(Slot slot, Value value);
    /// How many cores a process should take for itself, by how much is done beside it.
    unsigned share_of_cores() const;

private:
    friend class Graph;
    friend class GraphRun;
    TaskSlots(class Graph& graph, std::size_t task, const class GraphRun* run)
        : graph_(graph), task_(task), run_(run) {}

    Graph& graph_;
    std::size_t task_;
    const GraphRun* run_;
};

/// What a task waits for mostly, and so what it is counted against.
enum class Budget : std::uint8_t { cores, network };

struct Task {
    Budget budget = Budget::cores;
    std::vector<Slot> reads;
    std::vector<Slot> writes;
    double estimate = 0;  // seconds that it will take
    std::function<Result<void>(TaskSlots&)> act;
};

/// How many tasks of each budget run at once.
struct Crew {
    unsigned cores = 1;
    unsigned network = 8;
};

class Graph {
public:
    Slot constant(Value value);
    Slot slot();
    /// All that it reads is written by tasks added before, or constant.
    void add(Task task);

    /// Runs every task once all that it reads is written; of those that could run, the one at the head of the longest
    /// remaining path by estimates. After a failure, or when `stop` is requested, nothing new starts and the tasks'
    /// own token (see stop()) is stopped; the error is that of the first task, in the order they were added, that did
    /// not fail just for having been stopped. RB0111 if it was `stop`.
    Result<void> run(const Crew& crew, const std::stop_token& stop);

    /// For what tasks wait in: stopped when the graph's run has to end.
    std::stop_token stop() const { return stop_.get_token(); }

    /// After run(): none if the run did not get there.
    std::optional<Value> value(Slot slot) const { return values_[slot.index_]; }

private:
    friend class TaskSlots;
    friend class GraphRun;

    std::vector<Task> tasks_;
    std::vector<std::optional<Value>> values_;
    std::vector<std::optional<std::size_t>> writers_;  // of each slot; none: a constant
    std::stop_source stop_;
};

}  // namespace rockbuild
