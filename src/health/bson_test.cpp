#include "health/bson.h"

#include <random>

#include <gtest/gtest.h>

namespace drydock::health::bson {
namespace {

Document sample() {
    Document inner;
    inner.add("x", "SCRAM-SHA-256");
    Document all;
    all.add("ok", 1)
        .add("name", "a\"b")
        .add_binary("payload", std::string("\0\1", 2))
        .add("list", inner)
        .add_true("done");
    return all;
}

TEST(Bson, ReadsWhatItWrites) {
    const auto whole = message(7, sample());
    ASSERT_EQ(message_length(whole), whole.size());
    const auto document = document_in(whole);
    ASSERT_TRUE(document);
    EXPECT_EQ(find(*document, "ok")->number, 1);
    EXPECT_EQ(find(*document, "name")->bytes, "a\"b");
    EXPECT_EQ(find(*document, "payload")->bytes, std::string("\0\1", 2));
    EXPECT_EQ(find(*document, "done")->number, 1);
    EXPECT_TRUE(holds_text(find(*document, "list")->bytes, "SCRAM-SHA-256"));
    EXPECT_FALSE(holds_text(find(*document, "list")->bytes, "SCRAM-SHA-1"));
    EXPECT_FALSE(find(*document, "absent"));
}

// Whatever a server sends, nothing is read that is not there: the sanitizers watch.
TEST(Bson, SurvivesWhatIsCutOrChanged) {
    const auto bytes = sample().bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::string cut = bytes.substr(0, size);
        EXPECT_FALSE(find(cut, "absent"));
    }
    std::mt19937 random{3};
    for (int round = 0; round < 20'000; ++round) {
        std::string changed = bytes;
        for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
        for (const auto* const name : {"ok", "name", "payload", "done", "absent"}) {
            if (const auto value = find(changed, name)) (void)holds_text(value->bytes, "x");
        }
    }
}

}  // namespace
}  // namespace drydock::health::bson
