#include "health/network_watch.h"

#include <set>

namespace drydock::health {

void NetworkWatch::count(const Seen& seen, int by) {
    if (!seen.silent) {
        alive_ += by;
        return;
    }
    silent_ += by;
    if (seen.first) fell_ += by;
}

void NetworkWatch::forget(Time now) {
    while (!seen_.empty() && seen_.front().at + options_.span < now) {
        count(seen_.front(), -1);
        seen_.pop_front();
    }
}

bool NetworkWatch::begins() const {
    if (fell_ < options_.least || fell_ <= options_.share * (fell_ + alive_)) return false;
    // One server that dies takes all its databases with it. That is no matter of the network.
    std::set<std::uint64_t> addresses;
    for (const auto& one : seen_) {
        if (one.silent && one.first) addresses.insert(one.address);
        if (addresses.size() >= options_.addresses) return true;
    }
    return false;
}

bool NetworkWatch::ends(Time now) const {
    return now - *since_ > options_.longest || (alive_ > 0 && silent_ < options_.calm * (silent_ + alive_));
}

bool NetworkWatch::note(Time now, bool silent, bool first, std::uint64_t address) {
    forget(now);
    seen_.push_back({now, address, silent, first});
    count(seen_.back(), 1);
    if (since_) {
        if (!ends(now)) return false;
        believed_ = now - *since_ > options_.longest;
        since_.reset();
        return true;
    }
    if (believed_ && alive_ > 0 && silent_ < options_.calm * (silent_ + alive_)) believed_ = false;
    if (!silent || believed_ || !begins()) return false;
    since_ = now;
    return true;
}

}  // namespace drydock::health
