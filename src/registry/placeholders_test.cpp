#include "registry/placeholders.h"

#include <map>

#include <gmock/gmock.h>

namespace drydock::registry {
namespace {

using ::testing::HasSubstr;

TEST(Placeholders, AreFilledIn) {
    const Placeholders values = [](std::string_view name) -> std::optional<std::string> {
        if (name == "PW") return "p@ss/w";
        if (name == "URL") return "redis://:x@h/0";
        return {};
    };
    EXPECT_EQ(fill_in("a ${PW} b", values).value(), "a p@ss/w b");
    EXPECT_EQ(fill_in("redis://:${PW}@h", values, true).value(), "redis://:p%40ss%2Fw@h");
    EXPECT_EQ(fill_in("${URL}", values, true).value(), "redis://:x@h/0");
    EXPECT_EQ(fill_in("$${PW} $5", values).value(), "${PW} $5");
    EXPECT_THAT(fill_in("${NONE}", values).error().message, HasSubstr("${NONE}"));
    EXPECT_FALSE(fill_in("${PW", values));
    EXPECT_FALSE(fill_in("${}", values));
}

}  // namespace
}  // namespace drydock::registry
