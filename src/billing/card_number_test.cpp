#include "billing/card_number.h"

#include <gtest/gtest.h>

namespace drydock::billing {
namespace {

TEST(CardNumber, IsFoundHoweverItIsWritten) {
    for (const auto* const text :
         {"4111111111111111",
          "4111 1111 1111 1111",
          "4111-1111-1111-1111",
          "4111.1111.1111.1111",
          "4111  1111 - 1111\t1111",
          "4111\xc2\xa0"
          "1111\xc2\xa0"
          "1111\xc2\xa0"
          "1111",
          "card:5555555555554444;",
          "378282246310005",
          "a6011111111111117b",
          "4222222222222",
          "2223003122003222"}) {
        EXPECT_TRUE(contains_card_number(text)) << text;
        EXPECT_FALSE(refuse_card_numbers({"acme", text}));
    }
}

TEST(CardNumber, IsNotWhatAProviderCallsACard) {
    for (const auto* const text :
         {"pm_1NO6mA2eZvKYlo2CEydeHsKT",
          "4111111111111112",
          "",
          "1234567890123",
          "tok_000000000000000000000000000",
          "9111111111111111",
          "41111111111111111111111",
          "4242",
          "411111111111"}) {
        EXPECT_FALSE(contains_card_number(text)) << text;
        EXPECT_TRUE(refuse_card_numbers({text}));
    }
}

TEST(CardNumber, IsNotRepeatedInTheRefusal) {
    const auto refused = refuse_card_numbers({"4111111111111111"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        (refused.error().message + refused.error().hint + refused.error().detail).find("4111"), std::string::npos
    );
}

}  // namespace
}  // namespace drydock::billing
