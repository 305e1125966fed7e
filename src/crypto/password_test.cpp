#include "crypto/password.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace drydock::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Password, is_known_by_its_hash_alone) {
    Passwords passwords;
    const auto hash = passwords.hash("correct horse", Limits{});
    ASSERT_TRUE(hash);
    EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
    EXPECT_TRUE(*passwords.verify(*hash, "correct horse", Limits{}));
    EXPECT_FALSE(*passwords.verify(*hash, "correct horsf", Limits{}));
    EXPECT_NE(*hash, *passwords.hash("correct horse", Limits{}));
    EXPECT_FALSE(needs_rehash(*hash));
    EXPECT_FALSE(*passwords.verify_unknown("correct horse", Limits{}));
}

TEST(Password, spends_on_nobody_what_it_spends_on_somebody) {
    Passwords passwords;
    const auto hash = *passwords.hash("correct horse", Limits{});
    const auto nobody = hash_of_nobody();
    // The parameters and lengths decide the work, and libsodium reads it as a hash (else it would not begin to work).
    EXPECT_EQ(nobody.substr(0, 31), hash.substr(0, 31));
    EXPECT_EQ(nobody.size(), hash.size());
    EXPECT_FALSE(needs_rehash(nobody));
    EXPECT_TRUE(needs_rehash(nobody.substr(0, nobody.rfind('$'))));
    EXPECT_FALSE(*passwords.verify(nobody, "", Limits{}));
}

TEST(Password, asks_for_a_new_hash_where_the_old_one_is_weak_or_foreign) {
    EXPECT_TRUE(needs_rehash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAA"));
    EXPECT_TRUE(needs_rehash("$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHRzYWx0$AAAA"));
    EXPECT_TRUE(needs_rehash("$2b$12$abc"));
    EXPECT_TRUE(needs_rehash(""));
}

TEST(Password, does_not_compute_what_a_forged_row_asks_for) {
    Passwords passwords;
    for (const auto* const hash :
         {"$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA",
          "$argon2id$v=19$m=65536,t=99999,p=1$c2FsdA$AAAA",
          "$2b$12$abc",
          ""}) {
        const auto checked = passwords.verify(hash, "x", Limits{});
        ASSERT_FALSE(checked) << hash;
        EXPECT_EQ(checked.error().code, ErrorCode::internal);
    }
    EXPECT_FALSE(passwords.hash(std::string(2000, 'x'), Limits{}));
}

// A deadline that is over lets in who finds a place free, and nobody who must wait.
TEST(Password, turns_away_whom_it_has_no_place_for) {
    Passwords one{1};
    int others = 0;
    std::vector<Result<std::string>> hashes(6);
    {
        std::vector<std::jthread> threads;
        for (auto& hash : hashes) {
            threads.emplace_back([&] { hash = one.hash("x", {.deadline = Limits::Clock::now()}); });
        }
    }
    int made = 0;
    for (const auto& hash : hashes) {
        if (hash) ++made;
        if (!hash && hash.error().code != ErrorCode::unavailable) ++others;
    }
    EXPECT_GE(made, 1);
    EXPECT_EQ(others, 0);
    EXPECT_TRUE(one.hash("x", {.deadline = Limits::Clock::now()})) << "every place was given back";
}

TEST(PasswordPolicy, takes_long_ones_of_any_kind) {
    for (const auto* const password :
         {"tragic otter velvet",
          "Gr\xC3\xBC\xC3\x9F"
          "e aus dem Norden",
          "8f4h2k9d1m3x",
          "aaaaaaab cdefg!",
          "            x y z 1"}) {
        const auto checked = check_password_policy(password, "anna@example.com");
        EXPECT_TRUE(checked) << password << ": " << checked.error().message;
    }
}

TEST(PasswordPolicy, counts_characters_and_not_bytes) {
    EXPECT_FALSE(check_password_policy("\xC3\xBC\xC3\xA4\xC3\xB6\xC3\x9F\xC3\xA9\xC3\xA8", ""));
    EXPECT_THAT(check_password_policy("elevenchars", "").error().message, HasSubstr("11 characters"));
    EXPECT_FALSE(check_password_policy(std::string(300, 'x'), ""));
}

TEST(PasswordPolicy, refuses_those_that_are_tried_first) {
    for (const auto* const password :
         {"Password1234",
          "passwordpassword",
          "PASSWORD!2345",
          "123456789012",
          "qwertyuiopas",
          "abcdefghijkl",
          "aaaaaaaaaaaa",
          "abcabcabcabc",
          "anna.berg2026!",
          "anna.berg@example.com",
          "!!anna.berg!!",
          "Administrator1",
          "correcthorsebatterystaple",
          "drydock12345",
          "tab\tinside here",
          "\xFF\xFE invalid bytes",
          "ababababcbab"}) {
        const auto checked = check_password_policy(password, "Anna.Berg@example.com");
        ASSERT_FALSE(checked) << password;
        EXPECT_THAT(checked.error().message + checked.error().detail, Not(HasSubstr(password)));
    }
}

}  // namespace
}  // namespace drydock::crypto
