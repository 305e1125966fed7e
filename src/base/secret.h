#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace drydock {

// A text that must not be shown. It has no operator<< and no formatter; its bytes are wiped when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
        return *this;
    }
    ~Secret() { wipe(); }

    bool empty() const { return text_.empty(); }
    // Named so that each place that opens a secret can be found.
    const std::string& reveal() const { return text_; }

private:
    void wipe();
    std::string text_;
};

}  // namespace drydock
