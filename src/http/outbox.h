#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "http/message.h"

namespace drydock::http {

// What waits to be sent on a stream: filled by any thread, emptied by the connection. Outlives the connection where a
// producer still holds it; detach() cuts the tie.
class Outbox final : public Sink, public StreamWriter, public std::enable_shared_from_this<Outbox> {
public:
    // `wake` tells the connection that there is something to do; it is called under the lock and must only post.
    Outbox(std::size_t window, std::function<void()> wake) : window_(window), wake_(std::move(wake)) {}

    bool push(Bytes bytes) override;
    void close() override;
    bool open() const override;
    Result<> write(std::string_view bytes) override;
    void limit(const Limits& limits) { limits_ = limits; }

    // For the connection.
    struct Taken {
        std::deque<Bytes> pieces;
        bool last = false;    // nothing comes after these
        bool broken = false;  // the client has fallen behind, or the producer failed: cut it off
    };
    Taken take();
    void sent(std::size_t bytes);  // makes room
    void abort();                  // from the producer's side: what was sent is not all
    void detach();                 // the client is gone

private:
    void wake();

    const std::size_t window_;
    mutable std::mutex mutex_;
    std::condition_variable_any room_;
    std::function<void()> wake_;
    std::deque<Bytes> pieces_;
    std::size_t waiting_ = 0;  // bytes taken or not, until they are sent
    bool woken_ = false;
    bool closing_ = false;
    bool broken_ = false;
    bool gone_ = false;
    Limits limits_{};
};

}  // namespace drydock::http
