#pragma once

#include <initializer_list>
#include <string_view>

#include "base/result.h"

namespace drydock::billing {

// Whether a text holds 13 to 19 digits, however they are spaced, that begin as a payment card's do and pass the Luhn
// check. At least as strict as platform.contains_card_number.
bool contains_card_number(std::string_view text);

// An Error that does not repeat the text, where one of them does: before it gets to a server and its log.
Result<> refuse_card_numbers(std::initializer_list<std::string_view> texts);

}  // namespace drydock::billing
