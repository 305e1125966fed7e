#include "health/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace drydock::health {

void Timer::unlink() {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel(Time start, std::chrono::milliseconds tick) : start_(start), tick_(tick) {
    for (auto& head : slots_) head.next_ = head.previous_ = &head;
}

void TimerWheel::append(Timer& head, Timer& timer) {
    timer.previous_ = head.previous_;
    timer.next_ = &head;
    head.previous_->next_ = &timer;
    head.previous_ = &timer;
}

void TimerWheel::set(Timer& timer, Time when) {
    cancel(timer);
    const auto late = std::chrono::ceil<std::chrono::milliseconds>(when - start_);
    timer.tick_ = std::max<std::int64_t>((late.count() + tick_.count() - 1) / tick_.count(), done_ + 1);
    const auto slot = slot_of(timer.tick_);
    append(slots_[slot], timer);
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::cancel(Timer& timer) {
    if (!timer.is_set()) return;
    timer.unlink();
    // Most alarms are cancelled: a slot that they leave empty must wake nobody.
    const auto slot = slot_of(timer.tick_);
    if (slots_[slot].next_ == &slots_[slot]) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

// Those of a slot that are due move to another list; the rest is of a later round.
void TimerWheel::collect(std::size_t slot, std::int64_t until, Timer& due) {
    Timer& head = slots_[slot];
    for (Timer* timer = head.next_; timer != &head;) {
        Timer* const following = timer->next_;
        if (timer->tick_ <= until) {
            timer->unlink();
            append(due, *timer);
        }
        timer = following;
    }
    if (head.next_ == &head) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

void TimerWheel::advance(Time now, const std::function<void(Timer&)>& due) {
    const auto until = (now - start_) / tick_;
    if (until <= done_) return;
    Timer list;
    list.next_ = list.previous_ = &list;
    const auto first = std::max(done_ + 1, until - static_cast<std::int64_t>(kSlots) + 1);
    for (auto tick = first; tick <= until; ++tick) {
        const auto slot = slot_of(tick);
        if ((occupied_[slot / 64] >> (slot % 64) & 1) != 0) collect(slot, until, list);
    }
    done_ = until;
    while (list.next_ != &list) {
        Timer& timer = *list.next_;
        timer.unlink();
        due(timer);
    }
}

std::optional<TimerWheel::Time> TimerWheel::next() const {
    const auto begin = slot_of(done_ + 1);
    for (std::size_t i = 0; i <= occupied_.size(); ++i) {
        const auto word = (begin / 64 + i) % occupied_.size();
        auto bits = occupied_[word];
        if (i == 0) bits &= ~std::uint64_t{0} << (begin % 64);
        if (i == occupied_.size()) bits &= (std::uint64_t{1} << (begin % 64)) - 1;
        if (bits == 0) continue;
        const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        const auto ahead = static_cast<std::int64_t>((slot + kSlots - begin) % kSlots);
        return start_ + (done_ + 1 + ahead) * tick_;
    }
    return std::nullopt;
}

}  // namespace drydock::health
