#include "billing/card_number.h"

#include <algorithm>
#include <string>

namespace drydock::billing {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool passes_luhn(std::string_view digits) {
    int total = 0;
    bool twice = false;
    for (auto i = digits.size(); i-- > 0; twice = !twice) {
        const int digit = (digits[i] - '0') * (twice ? 2 : 1);
        total += digit / 10 + digit % 10;
    }
    return total % 10 == 0;
}

bool is_card_number(std::string_view digits) {
    return digits.size() >= 13 && digits.size() <= 19 && digits[0] >= '2' && digits[0] <= '6' && passes_luhn(digits);
}

// Runs of digits that only such characters stand between, and no more than so many, count as one.
bool has_run(std::string_view text, std::string_view between, std::size_t most) {
    std::string run;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_digit(text[i])) {
            run += text[i];
            continue;
        }
        const auto next = text.find_first_not_of(between, i);
        if (!run.empty() && next != std::string_view::npos && next - i >= 1 && next - i <= most &&
            is_digit(text[next])) {
            i = next - 1;
            continue;
        }
        if (is_card_number(run)) return true;
        run.clear();
    }
    return is_card_number(run);
}

}  // namespace

bool contains_card_number(std::string_view text) {
    // One character between, as people write it; then whatever separates: what looks like a card either way is refused.
    constexpr std::string_view kAny = " -._/,:\t\r\n\xc2\xa0";
    return has_run(text, "", 0) || has_run(text, " -", 1) || has_run(text, kAny, text.size());
}

Result<> refuse_card_numbers(std::initializer_list<std::string_view> texts) {
    if (std::ranges::none_of(texts, contains_card_number)) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "this looks like a card number: drydock keeps none",
        .hint = "Give the card to the payment provider, and here the token that it returns."
    };
}

}  // namespace drydock::billing
