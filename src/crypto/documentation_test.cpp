#include <filesystem>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/files.h"
#include "crypto/keyring.h"
#include "crypto/seal_with_nonce.h"
#include "crypto/sealed.h"
#include "crypto/token.h"
#include "crypto/totp.h"

namespace drydock::crypto {
namespace {

// The vectors that stand in the page for those who write a reader of their own.
class SealedPage : public ::testing::Test {
protected:
    SealedPage() {
        const auto path = std::filesystem::path{__FILE__}.parent_path() / "../../docs/formats/sealed.md";
        const auto page = read_file(path);
        EXPECT_TRUE(page);
        const auto from = page->find("```json\n") + 8;
        vectors_ = boost::json::parse(page->substr(from, page->rfind("```") - from)).as_object();
    }
    std::string text(std::string_view name) const {
        return std::string{vectors_.at({name.data(), name.size()}).as_string()};
    }
    std::string bytes(std::string_view name) const { return *from_hex(text(name)); }
    std::int64_t number(std::string_view name) const { return vectors_.at({name.data(), name.size()}).as_int64(); }

    Keyring ring() const {
        return *Keyring::load({.text = Secret{text("master_key_id") + ' ' + text("master_key")}}, Limits{});
    }
    DataKey key() const { return {text("data_key_id"), KeyBytes::copy_of(bytes("data_key"))}; }
    Place place(std::string_view form) const {
        const std::string prefix{form};
        return {
            .table = text(prefix + "_table"),
            .column = text(prefix + "_column"),
            .organization = text("organization"),
            .project = text("project"),
            .row = text("row"),
            .version = number("version")
        };
    }
    boost::json::object vectors_;
};

TEST_F(SealedPage, has_the_vectors_of_master_keys) {
    const auto keys = ring();
    EXPECT_EQ(hex(*keys.check_value("k1")), text("check_value"));
    EXPECT_EQ(hex(keys.derive("k1", text("derived_purpose"))->reveal()), text("derived_key"));
    EXPECT_EQ(DataKey::derived(keys, "k1", text("derived_id_purpose"))->id(), text("derived_id"));
}

TEST_F(SealedPage, has_the_vector_of_a_wrapped_data_key) {
    const WrappedKey wrapped{.master_key_id = "k1", .nonce = bytes("nonce"), .wrapped = bytes("wrapped_key")};
    const DataKeyPlace row{
        .project = text("project"), .purpose = text("purpose"), .version = number("data_key_version")
    };
    const auto opened = unwrap(ring(), wrapped, text("data_key_id"), row);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(hex(opened->reveal()), text("data_key"));
}

TEST_F(SealedPage, has_the_vectors_of_values) {
    EXPECT_EQ(*seal_with_nonce(key(), text("plain"), place("text"), bytes("nonce")), text("text"));
    EXPECT_EQ(open(key(), text("text"), place("text"))->reveal(), text("plain"));
    const auto columns = seal_columns_with_nonce(key(), text("plain"), place("columns"), bytes("nonce"));
    EXPECT_EQ(hex(columns->ciphertext), text("ciphertext"));
    EXPECT_EQ(open_columns(key(), *columns, place("columns"))->reveal(), text("plain"));
}

TEST_F(SealedPage, has_the_vectors_of_hashes) {
    EXPECT_EQ(hex(recovery_code_hash(text("recovery_code"), text("recovery_salt"))), text("recovery_hash"));
    EXPECT_EQ(token_kind(text("token")), TokenKind::refresh);
    EXPECT_EQ(hex(token_hash(text("token"))), text("token_hash"));
}

}  // namespace
}  // namespace drydock::crypto
