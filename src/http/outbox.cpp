#include "http/outbox.h"

#include <utility>

namespace drydock::http {

void Outbox::wake() {
    if (std::exchange(woken_, true)) return;
    wake_();
}

bool Outbox::push(Bytes bytes) {
    const std::lock_guard lock{mutex_};
    if (gone_ || closing_ || broken_) return false;
    if (waiting_ + bytes->size() > window_) {
        broken_ = true;
        wake();
        return false;
    }
    waiting_ += bytes->size();
    pieces_.push_back(std::move(bytes));
    wake();
    return true;
}

void Outbox::close() {
    const std::lock_guard lock{mutex_};
    if (gone_ || closing_) return;
    closing_ = true;
    wake();
}

void Outbox::abort() {
    const std::lock_guard lock{mutex_};
    if (gone_) return;
    broken_ = true;
    wake();
}

bool Outbox::open() const {
    const std::lock_guard lock{mutex_};
    return !gone_ && !closing_ && !broken_;
}

Result<> Outbox::write(std::string_view bytes) {
    if (bytes.empty()) return {};
    auto piece = std::make_shared<const std::string>(bytes);
    std::unique_lock lock{mutex_};
    // A piece larger than the window goes alone.
    const auto may_go = [&] { return gone_ || broken_ || waiting_ == 0 || waiting_ + bytes.size() <= window_; };
    const bool forever = limits_.deadline == Limits::Clock::time_point::max();
    const bool in_time = forever ? room_.wait(lock, limits_.stop, may_go)
                                 : room_.wait_until(lock, limits_.stop, limits_.deadline, may_go);
    if (!in_time && !limits_.stop.stop_requested())
        return Error{.code = ErrorCode::deadline_exceeded, .message = "the client took the answer too slowly"};
    if (gone_ || broken_ || limits_.stop.stop_requested())
        return Error{.code = ErrorCode::cancelled, .message = "the client has gone"};
    waiting_ += piece->size();
    pieces_.push_back(std::move(piece));
    wake();
    return {};
}

Outbox::Taken Outbox::take() {
    const std::lock_guard lock{mutex_};
    woken_ = false;
    return {.pieces = std::exchange(pieces_, {}), .last = closing_, .broken = broken_};
}

void Outbox::sent(std::size_t bytes) {
    {
        const std::lock_guard lock{mutex_};
        waiting_ -= bytes;
    }
    room_.notify_all();
}

void Outbox::detach() {
    {
        const std::lock_guard lock{mutex_};
        gone_ = true;
        wake_ = [] {};
        pieces_.clear();
    }
    room_.notify_all();
}

}  // namespace drydock::http
