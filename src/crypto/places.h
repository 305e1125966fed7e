#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::crypto {

// So many may be at work at once; the others wait, each within its own limits. Outlives its places.
class Places {
public:
    class Place {
    public:
        Place(Place&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
        Place& operator=(Place&&) = delete;
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (from_ != nullptr) from_->give_back();
        }

    private:
        friend class Places;
        explicit Place(Places& from) : from_(&from) {}
        Places* from_;
    };

    explicit Places(unsigned count) : free_(count) {}
    // One that is free is given even when the time is over. Error: deadline_exceeded or cancelled.
    Result<Place> take(const Limits& limits);

private:
    void give_back();

    std::mutex mutex_;
    std::condition_variable_any freed_;
    unsigned free_;
};

}  // namespace drydock::crypto
