#include "http/workers.h"

#include <utility>

namespace drydock::http {

Workers::Workers(unsigned threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

bool Workers::submit(Task task) {
    {
        const std::lock_guard lock{mutex_};
        // A free thread takes the task at once: only what finds none counts as waiting.
        const auto free = threads_.size() - running_;
        if (over_ || tasks_.size() >= most_waiting_ + free) return false;
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

void Workers::stop() {
    std::deque<Task> dropped;
    {
        const std::lock_guard lock{mutex_};
        over_ = true;
        dropped.swap(tasks_);
    }
    wake_.notify_all();
    threads_.clear();  // joins
}

std::size_t Workers::waiting() const {
    const std::lock_guard lock{mutex_};
    return tasks_.size();
}

std::size_t Workers::running() const {
    const std::lock_guard lock{mutex_};
    return running_;
}

void Workers::work() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [this] { return over_ || !tasks_.empty(); });
        if (over_) return;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        ++running_;
        lock.unlock();
        task();
        task = nullptr;  // what it held goes before the next wait
        lock.lock();
        --running_;
    }
}

}  // namespace drydock::http
