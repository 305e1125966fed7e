#include "lint/parse_ahead.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace drydock::lint {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kBatchesAhead = 4;
// Below this, a thread costs more than it gives.
constexpr std::size_t kFew = 256;

class Queue {
public:
    using Batch = std::vector<sql::Parsed>;

    void put(Batch batch) {
        std::unique_lock lock{mutex_};
        room_.wait(lock, [this] { return batches_.size() < kBatchesAhead || closed_; });
        batches_.push_back(std::move(batch));
        filled_.notify_one();
    }
    // Empty when there will be no more.
    Batch take() {
        std::unique_lock lock{mutex_};
        filled_.wait(lock, [this] { return !batches_.empty() || closed_; });
        if (batches_.empty()) return {};
        auto batch = std::move(batches_.front());
        batches_.pop_front();
        room_.notify_one();
        return batch;
    }
    void close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        filled_.notify_all();
        room_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<Batch> batches_;
    bool closed_ = false;
};

void parse_all(std::span<const std::string_view> statements, Queue& queue) {
    for (std::size_t first = 0; first < statements.size(); first += kBatch) {
        Queue::Batch batch;
        for (std::size_t i = first; i < std::min(first + kBatch, statements.size()); ++i) {
            batch.push_back(sql::parse(statements[i]));
        }
        queue.put(std::move(batch));
    }
}

}  // namespace

std::string parse_ahead(
    std::span<const std::string_view> statements, const std::function<void(std::size_t, const sql::Parsed&)>& visit
) {
    if (statements.size() < kFew) return sql::for_each_tree(statements, visit);
    Queue queue;
    std::string trouble;
    std::jthread parser{[&] {
        trouble = sql::on_big_stack([&] { parse_all(statements, queue); });
        queue.close();
    }};
    auto problem = sql::on_big_stack([&] {
        std::size_t next = 0;
        for (auto batch = queue.take(); !batch.empty(); batch = queue.take()) {
            for (const auto& parsed : batch) visit(next++, parsed);
        }
    });
    queue.close();  // where there was no stack to visit on, nobody takes what is parsed
    parser.join();
    return problem.empty() ? trouble : problem;
}

}  // namespace drydock::lint
