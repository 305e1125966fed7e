#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace drydock::http {

// Threads that run tasks in the order they came, with a bound on how many wait.
class Workers {
public:
    using Task = std::function<void()>;
    Workers(unsigned threads, std::size_t most_waiting);
    ~Workers() { stop(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    bool submit(Task task);  // false: too many wait, or it is over
    // What waits is dropped, what runs is waited for.
    void stop();
    std::size_t waiting() const;
    std::size_t running() const;

private:
    void work();

    const std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> tasks_;
    std::size_t running_ = 0;
    bool over_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace drydock::http
