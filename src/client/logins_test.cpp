#include "client/logins.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "client/api.h"
#include "testing/surroundings.h"

namespace drydock::client {
namespace {

class LoginsTest : public ::testing::Test {
protected:
    std::filesystem::path file() const { return folder_.path() / "config" / "logins.json"; }
    testing::TempFolder folder_;
    Logins logins_{file()};
};

TEST_F(LoginsTest, EachServerHasItsOwn) {
    EXPECT_FALSE(logins_.find("https://a").value());
    ASSERT_TRUE(logins_.keep("https://a", {.access_token = Secret{"1"}, .email = "a@example.org"}));
    ASSERT_TRUE(logins_.keep("https://b", {.access_token = Secret{"2"}, .organization = "lab"}));
    EXPECT_EQ(logins_.find("https://a").value()->email, "a@example.org");
    EXPECT_EQ(logins_.find("https://b").value()->organization, "lab");
    ASSERT_TRUE(logins_.forget("https://a"));
    EXPECT_FALSE(logins_.find("https://a").value());
    EXPECT_EQ(logins_.find("https://b").value()->access_token.reveal(), "2");
}

TEST_F(LoginsTest, NobodyElseCanReadThem) {
    ASSERT_TRUE(logins_.keep("https://a", {.access_token = Secret{"1"}}));
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file()).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(std::filesystem::status(file().parent_path()).permissions(), perms::owner_all);
}

TEST_F(LoginsTest, AFileOfAnotherKindIsNotOverwritten) {
    std::filesystem::create_directories(file().parent_path());
    ASSERT_TRUE(write_file(file(), "not JSON"));
    EXPECT_FALSE(logins_.find("https://a"));
    EXPECT_FALSE(logins_.keep("https://a", {}));
    EXPECT_EQ(read_file(file()).value(), "not JSON");
}

TEST(Encoded, LeavesOnlyWhatNoAddressTakesForSomethingElse) {
    EXPECT_EQ(encoded("a-b.c_d~1"), "a-b.c_d~1");
    EXPECT_EQ(encoded("a/b?c=d&e f\xC3\xA4"), "a%2Fb%3Fc%3Dd%26e%20f%C3%A4");
}

}  // namespace
}  // namespace drydock::client
