#include "crypto/sealed.h"

#include <functional>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "base/random.h"

namespace drydock::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr std::string_view kSecret = "postgresql://app:geheim@db/shop";

Place place() {
    return {
        .table = "platform.databases",
        .column = "connection_string_encrypted",
        .organization = "a0000000-0000-4000-8000-000000000001",
        .project = "20000000-0000-4000-8000-000000000002",
        .row = "30000000-0000-4000-8000-000000000003",
        .version = 4
    };
}

std::vector<Place> other_places() {
    std::vector<Place> places(7, place());
    places[0].table = "platform.credentials";
    places[1].column = "connection_string";
    places[2].organization.back() = '2';
    places[3].project.back() = '1';
    places[4].row.back() = '4';
    places[5].version = 3;
    places[6].organization.clear();
    return places;
}

Keyring ring(std::string_view keys) {
    return *Keyring::load({.text = Secret{std::string{keys}}}, Limits{});
}

const std::string kOne = "k1 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n";
const std::string kTwo = "k2 2102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n";

class Sealed : public ::testing::Test {
protected:
    DataKey key_ = DataKey::generate(random_uuid());
};

TEST_F(Sealed, opens_where_it_was_sealed) {
    for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 5000U}) {
        const std::string plain(size, '\x80');
        EXPECT_EQ(open(key_, *seal(key_, plain, place()), place())->reveal(), plain);
        EXPECT_EQ(open_columns(key_, *seal_columns(key_, plain, place()), place())->reveal(), plain);
    }
}

RC_GTEST_PROP(Sealed_, any_bytes_come_back, (const std::string& plain, const std::string& row)) {
    const auto key = DataKey::generate(random_uuid());
    auto where = place();
    where.row = "r" + row;
    RC_ASSERT(open(key, *seal(key, plain, where), where)->reveal() == plain);
    RC_ASSERT(open_columns(key, *seal_columns(key, plain, where), where)->reveal() == plain);
}

TEST_F(Sealed, has_the_form_that_the_tables_demand) {
    const std::regex column{"^ddk1\\.[A-Za-z0-9_-]{162,}$"};  // databases_connection_string_encrypted_check
    for (const std::size_t size : {0U, 1U, 63U, 64U, 200U}) {
        EXPECT_TRUE(std::regex_match(*seal(key_, std::string(size, 'x'), place()), column));
        const auto columns = *seal_columns(key_, std::string(size, 'x'), place());  // credentials_seal_check
        EXPECT_EQ(columns.nonce.size(), 24U);
        EXPECT_GE(columns.ciphertext.size(), 80U);
        EXPECT_EQ((columns.ciphertext.size() - 16) % 64, 0U);
    }
}

TEST_F(Sealed, hides_lengths_below_a_block_and_differs_each_time) {
    EXPECT_EQ(seal(key_, "a", place())->size(), seal(key_, std::string(63, 'a'), place())->size());
    EXPECT_LT(seal(key_, "a", place())->size(), seal(key_, std::string(64, 'a'), place())->size());
    EXPECT_NE(*seal(key_, "a", place()), *seal(key_, "a", place()));
}

TEST_F(Sealed, opens_in_no_other_place) {
    const auto text = *seal(key_, kSecret, place());
    const auto columns = *seal_columns(key_, kSecret, place());
    for (const auto& other : other_places()) {
        const auto opened = open(key_, text, other);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::conflict);
        EXPECT_THAT(opened.error().message, HasSubstr("another table, column, organization, project, row or version"));
        EXPECT_FALSE(open_columns(key_, columns, other));
    }
    auto capital = place();
    capital.organization = "A0000000-0000-4000-8000-000000000001";
    EXPECT_TRUE(open(key_, text, capital));
}

TEST_F(Sealed, does_not_open_where_any_bit_was_changed) {
    const auto text = *seal(key_, kSecret, place());
    const auto bytes = *from_base64url(text.substr(5));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto changed = bytes;
        changed[bit / 8] = static_cast<char>(static_cast<unsigned char>(changed[bit / 8]) ^ (1U << (bit % 8)));
        ASSERT_FALSE(open(key_, "ddk1." + base64url(changed), place())) << bit;
    }
    const auto columns = *seal_columns(key_, kSecret, place());
    for (std::size_t at = 0; at < columns.ciphertext.size(); ++at) {
        auto changed = columns;
        changed.ciphertext[at] ^= 1;
        ASSERT_FALSE(open_columns(key_, changed, place())) << at;
    }
    for (std::size_t at = 0; at < columns.nonce.size(); ++at) {
        auto changed = columns;
        changed.nonce[at] ^= 1;
        ASSERT_FALSE(open_columns(key_, changed, place())) << at;
    }
}

TEST_F(Sealed, does_not_open_when_cut_anywhere) {
    const auto text = *seal(key_, kSecret, place());
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto opened = open(key_, text.substr(0, size), place());
        ASSERT_FALSE(opened) << size;
        EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument) << size;
    }
    EXPECT_FALSE(open(key_, text + "A", place()));
    auto columns = *seal_columns(key_, kSecret, place());
    columns.ciphertext.resize(columns.ciphertext.size() - 64);
    EXPECT_FALSE(open_columns(key_, columns, place()));
    columns.ciphertext.clear();
    EXPECT_FALSE(open_columns(key_, columns, place()));
}

TEST_F(Sealed, names_what_is_wrong_with_the_key) {
    const auto text = *seal(key_, kSecret, place());
    const auto stranger = DataKey::generate(random_uuid());
    const auto other_id = open(stranger, text, place());
    ASSERT_FALSE(other_id);
    EXPECT_EQ(other_id.error().code, ErrorCode::not_found);
    EXPECT_THAT(other_id.error().message, HasSubstr(key_.id()));
    const auto other_bytes = open(DataKey::generate(key_.id()), text, place());
    ASSERT_FALSE(other_bytes);
    EXPECT_THAT(other_bytes.error().message, HasSubstr("is not the key"));
    EXPECT_FALSE(open_columns(DataKey::generate(key_.id()), *seal_columns(key_, kSecret, place()), place()));
    EXPECT_EQ(*sealing_key_id(text), key_.id());
}

TEST_F(Sealed, names_an_unknown_algorithm) {
    auto bytes = *from_base64url(seal(key_, kSecret, place())->substr(5));
    bytes[0] = 2;
    EXPECT_THAT(open(key_, "ddk1." + base64url(bytes), place()).error().message, HasSubstr("algorithm 2"));
    auto columns = *seal_columns(key_, kSecret, place());
    columns.algorithm = 2;
    EXPECT_THAT(open_columns(key_, columns, place()).error().message, HasSubstr("algorithm 2"));
}

TEST_F(Sealed, does_not_pass_one_form_for_the_other) {
    const auto bytes = *from_base64url(seal(key_, kSecret, place())->substr(5));
    const SealedColumns columns{
        .data_key_id = key_.id(), .nonce = bytes.substr(17, 24), .ciphertext = bytes.substr(73)
    };
    EXPECT_FALSE(open_columns(key_, columns, place()));
}

TEST_F(Sealed, refuses_places_that_are_none) {
    auto where = place();
    where.project = "shop";
    EXPECT_FALSE(seal(key_, "x", where));
    where = place();
    where.row.clear();
    EXPECT_FALSE(seal(key_, "x", where));
}

TEST_F(Sealed, wraps_data_keys_for_one_row_of_the_table) {
    const auto keys = ring(kOne);
    const DataKeyPlace row{.project = place().project, .purpose = "credentials", .version = 2};
    const auto wrapped = wrap(keys, key_, row);
    ASSERT_TRUE(wrapped);
    EXPECT_EQ(wrapped->master_key_id, "k1");
    EXPECT_EQ(wrapped->nonce.size(), 24U);
    EXPECT_EQ(wrapped->wrapped.size(), 48U);
    EXPECT_EQ(unwrap(keys, *wrapped, key_.id(), row)->reveal(), key_.reveal());

    EXPECT_FALSE(unwrap(keys, *wrapped, random_uuid(), row));
    auto other = row;
    other.project = place().organization;
    EXPECT_FALSE(unwrap(keys, *wrapped, key_.id(), other));
    other = row;
    other.purpose = "connection_strings";
    EXPECT_FALSE(unwrap(keys, *wrapped, key_.id(), other));
    other = row;
    other.version = 1;
    EXPECT_EQ(unwrap(keys, *wrapped, key_.id(), other).error().code, ErrorCode::conflict);
    auto changed = *wrapped;
    changed.wrapped[0] ^= 1;
    EXPECT_FALSE(unwrap(keys, changed, key_.id(), row));
    changed = *wrapped;
    changed.wrapped.pop_back();
    EXPECT_FALSE(unwrap(keys, changed, key_.id(), row));
}

TEST_F(Sealed, opens_keys_of_an_older_master_key_and_wraps_with_the_newer) {
    const DataKeyPlace row{.project = place().project, .purpose = "credentials", .version = 1};
    const auto old = *wrap(ring(kOne), key_, row);
    const auto both = ring(kOne + kTwo);
    const auto opened = unwrap(both, old, key_.id(), row);
    ASSERT_TRUE(opened);
    const auto anew = *wrap(both, *opened, row);
    EXPECT_EQ(anew.master_key_id, "k2");
    EXPECT_EQ(unwrap(ring(kTwo), anew, key_.id(), row)->reveal(), key_.reveal());
    const auto missing = unwrap(ring(kTwo), old, key_.id(), row);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_THAT(missing.error().message, HasSubstr("k1 is not loaded"));
    auto renamed = old;
    renamed.master_key_id = "k2";
    EXPECT_EQ(unwrap(both, renamed, key_.id(), row).error().code, ErrorCode::conflict);
}

TEST_F(Sealed, derives_keys_for_what_belongs_to_no_project) {
    const auto keys = ring(kOne + kTwo);
    const auto key = DataKey::derived(keys, "k1", "totp");
    const Place row{.table = "platform.users", .column = "totp", .row = "7", .version = 1};
    const auto text = *seal(*key, "x", row);
    EXPECT_EQ(open(*DataKey::derived(ring(kOne), "k1", "totp"), text, row)->reveal(), "x");
    EXPECT_EQ(open(*DataKey::derived(keys, "k2", "totp"), text, row).error().code, ErrorCode::not_found);
    EXPECT_EQ(open(*DataKey::derived(keys, "k1", "jwt"), text, row).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace drydock::crypto
