#include "health/scram.h"

#include <gtest/gtest.h>

namespace drydock::health {
namespace {

// The example of RFC 7677, section 3.
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

class ScramTest : public ::testing::Test {
protected:
    Wires wires_;
    Scram scram_{"SHA256", "user", Secret{"pencil"}, "rOprNGfwEbeRWgbNEkqO"};
};

TEST_F(ScramTest, SaysWhatTheStandardSays) {
    EXPECT_EQ(scram_.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(
        scram_.final(kServerFirst, wires_),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    EXPECT_TRUE(scram_.verified("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    EXPECT_FALSE(scram_.verified("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    EXPECT_FALSE(scram_.verified("e=other-error"));
    EXPECT_FALSE(scram_.verified(""));
}

TEST_F(ScramTest, RefusesAServerThatMakesNoSenseOrAsksForTooMuchWork) {
    for (const auto* const odd : {
             "",
             "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
             "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
             "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
             "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000000",
             "r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096",
             "r=rOprNGfwEbeRWgbNEkqOx,i=4096",
         }) {
        EXPECT_FALSE(scram_.final(odd, wires_)) << odd;
    }
}

TEST(ScramNames, AreEscaped) {
    EXPECT_EQ((Scram{"SHA1", "a=b,c", Secret{"x"}, "n"}.first()), "n,,n=a=3Db=2Cc,r=n");
}

}  // namespace
}  // namespace drydock::health
