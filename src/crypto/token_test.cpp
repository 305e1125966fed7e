#include "crypto/token.h"

#include <set>
#include <string>

#include <gmock/gmock.h>

namespace drydock::crypto {
namespace {

using ::testing::MatchesRegex;

TEST(Token, has_a_form_that_scanners_know) {
    for (const auto kind :
         {TokenKind::refresh,
          TokenKind::api,
          TokenKind::invite,
          TokenKind::setup,
          TokenKind::reset,
          TokenKind::session,
          TokenKind::stream}) {
        const auto token = new_token(kind);
        EXPECT_THAT(token.reveal(), MatchesRegex("ddk_[a-z]_[A-Za-z0-9_-]{49}"));
        EXPECT_TRUE(is_token(token.reveal(), kind));
        EXPECT_EQ(token_kind(token.reveal()), kind);
    }
    EXPECT_EQ(new_token(TokenKind::api).reveal().substr(0, 6), "ddk_p_");
}

TEST(Token, is_never_the_same) {
    std::set<std::string> seen;
    for (int n = 0; n < 100; ++n) seen.insert(new_token(TokenKind::refresh).reveal());
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Token, is_known_as_mistyped_in_any_character) {
    const auto token = new_token(TokenKind::refresh).reveal();
    EXPECT_FALSE(is_token(token, TokenKind::api));
    for (std::size_t at = 0; at < token.size(); ++at) {
        auto changed = token;
        changed[at] = changed[at] == 'p' ? 'q' : 'p';
        ASSERT_FALSE(is_token(changed, TokenKind::refresh)) << at;
        ASSERT_FALSE(token_kind(changed)) << at;
        ASSERT_FALSE(token_kind(token.substr(0, at)));
    }
    EXPECT_FALSE(token_kind(token + "A"));
    EXPECT_FALSE(token_kind(""));
}

TEST(Token, is_stored_as_a_hash_of_all_of_it) {
    const auto token = new_token(TokenKind::refresh).reveal();
    auto other_kind = token;
    other_kind[4] = 'p';
    EXPECT_EQ(token_hash(token).size(), 32U);
    EXPECT_EQ(token_hash(token), token_hash(std::string{token}));
    EXPECT_NE(token_hash(token), token_hash(other_kind));
}

}  // namespace
}  // namespace drydock::crypto
