// The scheduler alone, on tasks that only compute: the order of running may be any, the values may not.
#include "parts/graph.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

using namespace rockbuild;

namespace {

Value value(const std::string& text) { return Value::known(sha256(text)); }

/// A task that writes the hash of all that it reads.
Slot hashed(
    Graph& graph, std::vector<Slot> reads, const std::string& name, double estimate = 0,
    std::function<void()> meanwhile = [] {}) {
    const auto result = graph.slot();
    Task task;
    task.budget = name.size() % 2 == 0 ? Budget::network : Budget::cores;
    task.reads = reads;
    task.writes = {result};
    task.estimate = estimate;
    task.act = [=](TaskSlots& slots) -> Result<void> {
        meanwhile();
        auto text = name;
        for (const auto read : reads) text += slots[read].digest->hex();
        slots.set(result, value(text));
        return {};
    };
    graph.add(std::move(task));
    return result;
}

Task failing(const std::string& code, Slot reads, ExitCode exit = ExitCode::failure) {
    Task task;
    task.reads = {reads};
    task.act = [=](TaskSlots&) -> Result<void> { return fail(code, "no", "", exit); };
    return task;
}

}  // namespace

TEST_CASE("any number of threads gives the values of the sequence") {
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::vector<std::vector<Digest>> results;
        for (const unsigned threads : {1U, 2U, 7U}) {
            std::mt19937 random(seed);
            Graph graph;
            std::vector<Slot> slots{graph.constant(value("start"))};
            for (int i = 0; i < 60; ++i) {
                std::vector<Slot> reads;
                for (unsigned n = random() % 4; n > 0; --n) reads.push_back(slots[random() % slots.size()]);
                slots.push_back(hashed(graph, reads, "task" + std::to_string(i), static_cast<double>(random() % 5)));
            }
            REQUIRE(graph.run({threads, threads}, {}));
            auto& result = results.emplace_back();
            for (const auto slot : slots) result.push_back(*graph.value(slot)->digest);
        }
        CHECK(results[0] == results[1]);
        CHECK(results[0] == results[2]);
    }
}

TEST_CASE("of the tasks that could run, the head of the longest path goes first") {
    Graph graph;
    std::vector<std::string> order;
    const auto start = graph.constant(value(""));
    const auto note = [&](const char* name) { return [&order, name] { order.emplace_back(name); }; };
    hashed(graph, {start}, "a", 1, note("short"));
    const auto b = hashed(graph, {start}, "b", 1, note("head"));
    hashed(graph, {start}, "c", 3, note("middle"));
    hashed(graph, {b}, "d", 5, note("tail"));
    REQUIRE(graph.run({1, 1}, {}));
    CHECK(order == std::vector<std::string>{"head", "tail", "middle", "short"});
}

TEST_CASE("tasks of the two budgets run beside each other, those of one only as many as it allows") {
    Graph graph;
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    const auto start = graph.constant(value(""));
    for (int i = 0; i < 12; ++i)
        hashed(graph, {start}, "x", 0, [&] {
            const int here = ++now;
            for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) continue;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            --now;
        });
    REQUIRE(graph.run({3, 1}, {}));
    CHECK(most <= 3);
}

TEST_CASE("the first task's error is told, and not that of one that was only stopped") {
    for (int repeat = 0; repeat < 20; ++repeat) {
        Graph graph;
        const auto start = graph.constant(value(""));
        Task stopped;
        stopped.act = [&graph](TaskSlots&) -> Result<void> {
            while (!graph.stop().stop_requested()) std::this_thread::yield();
            return fail("RB0111", "interrupted", "", ExitCode::interrupted);
        };
        graph.add(std::move(stopped));
        graph.add(failing("RB1050", start));
        const auto never = hashed(graph, {start}, "later", -1);
        const auto done = graph.run({2, 1}, {});
        REQUIRE_FALSE(done);
        CHECK(done.error().code == "RB1050");
        (void)never;
    }
}

TEST_CASE("a stop from outside reaches the tasks, and nothing new starts") {
    Graph graph;
    std::stop_source outside;
    const auto start = graph.constant(value(""));
    const auto first = hashed(graph, {start}, "first", 0, [&] { outside.request_stop(); });
    const auto second = hashed(graph, {first}, "other", 0);
    const auto done = graph.run({2, 2}, outside.get_token());
    REQUIRE_FALSE(done);
    CHECK(done.error().exit == ExitCode::interrupted);
    CHECK(graph.value(first));
    CHECK_FALSE(graph.value(second));
}

TEST_CASE("a task can read only what it declared, and write only its own") {
    Graph graph;
    const auto declared = graph.constant(value("a"));
    const auto hidden = graph.constant(value("b"));
    Task task;
    task.reads = {declared};
    task.act = [hidden](TaskSlots& slots) -> Result<void> {
        (void)slots[hidden];
        return {};
    };
    graph.add(std::move(task));
    CHECK_THROWS_AS(graph.run({1, 1}, {}), std::logic_error);

    Graph other;
    Task thief;
    const auto its = hashed(other, {other.constant(value(""))}, "x");
    thief.act = [its](TaskSlots& slots) -> Result<void> {
        slots.set(its, value("stolen"));
        return {};
    };
    other.add(std::move(thief));
    CHECK_THROWS_AS(other.run({1, 1}, {}), std::logic_error);

    Graph third;
    Task early;
    early.reads = {third.slot()};
    CHECK_THROWS_AS(third.add(std::move(early)), std::logic_error);
}

TEST_CASE("a task alone may take all cores, tasks beside each other share them") {
    Graph graph;
    std::mutex mutex;
    std::vector<unsigned> shares;
    const auto sharing = [&](std::vector<Slot> reads) {
        Task task;
        task.reads = std::move(reads);
        const auto result = graph.slot();
        task.writes = {result};
        task.act = [&, result](TaskSlots& slots) -> Result<void> {
            const auto share = slots.share_of_cores();
            const std::lock_guard guard(mutex);
            shares.push_back(share);
            slots.set(result, value(""));
            return {};
        };
        graph.add(std::move(task));
        return result;
    };
    const auto alone = sharing({});
    std::vector<Slot> many;
    for (int i = 0; i < 4; ++i) many.push_back(sharing({alone}));
    sharing(many);
    REQUIRE(graph.run({4, 1}, {}));
    REQUIRE(shares.size() == 6);
    CHECK(shares.front() == 4);
    CHECK(shares.back() == 4);
    for (std::size_t i = 1; i < 5; ++i) CHECK(shares[i] <= 4);
    CHECK(*std::min_element(shares.begin(), shares.end()) == 1);
}
