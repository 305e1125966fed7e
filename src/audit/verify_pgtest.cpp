#include "audit/verify.h"

#include <fstream>

#include "audit/audit_pgtest.h"
#include "audit/list.h"
#include "audit/signing.h"
#include "base/files.h"
#include "testing/surroundings.h"

namespace drydock::audit {
namespace {

using Kind = Finding::Kind;
using ::testing::HasSubstr;

constexpr std::string_view kName = "drydock.example.com/audit";

// Twenty rows of organization a, signed at 10 and at 20; two of b.
class VerifyTest : public AuditTest {
protected:
    VerifyTest() {
        add_many(actor('b', "owner"), 2);
        add_many(actor('a', "owner"), 10);
        sign('a');
        add_many(actor('a', "member"), 10);
        sign('a');
    }
    Result<std::optional<Checkpoint>> try_sign(char letter) {
        CheckpointSink* const sinks[] = {&sink_};
        return make_checkpoint(
            *store_, organization(letter), {.key = key_, .name = std::string{kName}}, sinks, limits()
        );
    }
    void sign(char letter) {
        const auto made = try_sign(letter);
        ASSERT_TRUE(made) << made.error().message << made.error().detail;
    }
    TrustedKey trusted() const { return {.name = std::string{kName}, .public_key = key_.public_key()}; }
    VerifyReport report(std::vector<std::string> notes = {}) {
        const auto done =
            verify(*store_, actor('a', "admin"), {.keys = {trusted()}, .notes = std::move(notes)}, limits());
        if (!done) {
            ADD_FAILURE() << done.error().message << done.error().detail;
            return {};
        }
        return *done;
    }
    std::vector<std::string> notes() { return read_notes(file_, organization('a')).value(); }
    // "changed 5", or "" for a trail that is whole.
    static std::string told(const VerifyReport& report) {
        if (!report.finding) return "";
        return fmt::format("{} {}", name_of(report.finding->kind), report.finding->sequence);
    }
    // Hashes made anew from a row on, as somebody would who knows how they are made.
    std::string rehashed_from(int sequence) {
        return fmt::format(
            R"(DO $$ DECLARE r platform.audit_log; previous bytea; BEGIN
            SELECT l.previous_hash INTO previous FROM platform.audit_log AS l WHERE l.{0} AND l.sequence = {1};
            FOR r IN SELECT * FROM platform.audit_log AS l WHERE l.{0} AND l.sequence >= {1} ORDER BY l.sequence LOOP
                r.previous_hash := previous;
                previous := platform.audit_row_hash(r);
                UPDATE platform.audit_log AS l SET previous_hash = r.previous_hash, hash = previous
                WHERE l.{0} AND l.sequence = r.sequence;
            END LOOP;
            UPDATE platform.audit_heads AS h SET hash = previous WHERE h.{0}; END $$)",
            chain('a'),
            sequence
        );
    }
    std::string cut_behind(int sequence) {
        return fmt::format(
            "DELETE FROM platform.audit_log WHERE {0} AND sequence > {1}; UPDATE platform.audit_heads AS h SET "
            "sequence = "
            "{1}, hash = l.hash FROM platform.audit_log AS l WHERE l.{0} AND l.sequence = {1} AND h.{0}",
            chain('a'),
            sequence
        );
    }

    testing::TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "notes";
    crypto::SigningKey key_ = crypto::SigningKey::generate();
    FileSink sink_{file_};
};

TEST_F(VerifyTest, FindsAWholeTrailWhole) {
    const auto found = report(notes());
    EXPECT_EQ(told(found), "");
    EXPECT_EQ(found.rows, 20);
    EXPECT_EQ(found.checkpoints, 4) << "two that are stored, two that the sink has";
    EXPECT_EQ(found.signed_rows, 20);
    EXPECT_EQ(
        found.last_hash,
        value(admin_, fmt::format("SELECT encode(hash, 'hex') FROM platform.audit_heads WHERE {}", chain('a')))
    );
}

TEST_F(VerifyTest, FindsAnEmptyTrailWhole) {
    const auto done = verify(*store_, Actor::system(), {.keys = {trusted()}}, limits());
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->finding);
    EXPECT_EQ(done->rows, 0);
}

struct Attack {
    std::string_view sql;  // {0}: the rows of organization a
    std::string_view told;
};

TEST_F(VerifyTest, FindsWhatAnybodyChangesWhereAndWhy) {
    constexpr Attack kAttacks[] = {
        {"UPDATE platform.audit_log SET action = 'database.read' WHERE {0} AND sequence = 5", "changed 5"},
        {"UPDATE platform.audit_log SET outcome = 'failed' WHERE {0} AND sequence = 5", "changed 5"},
        {"UPDATE platform.audit_log SET user_id = NULL WHERE {0} AND sequence = 1", "changed 1"},
        {"UPDATE platform.audit_log SET via = 'session:2' WHERE {0} AND sequence = 20", "changed 20"},
        {"UPDATE platform.audit_log SET details = details || '{{\"port\": 1}}' WHERE {0} AND sequence = 5", "changed 5"
        },
        {"UPDATE platform.audit_log SET occurred_at = occurred_at - interval '1 us' WHERE {0} AND sequence = 5",
         "changed 5"},
        {"UPDATE platform.audit_log SET hash = sha256('') WHERE {0} AND sequence = 5", "changed 5"},
        // A border between two fields that moves leaves the same characters.
        {"UPDATE platform.audit_log SET via = 'session:1r', request_id = '-1' WHERE {0} AND sequence = 5", "changed 5"},
        {"UPDATE platform.audit_log SET address = '192.0.2.8' WHERE {0} AND sequence = 5", "personal_changed 5"},
        {"UPDATE platform.audit_log SET login = 'a@b.example' WHERE {0} AND sequence = 5", "personal_changed 5"},
        {"UPDATE platform.audit_log SET object_name = 'other' WHERE {0} AND sequence = 5", "personal_changed 5"},
        {"UPDATE platform.audit_log SET object_salt = NULL WHERE {0} AND sequence = 5", "personal_changed 5"},
        {"DELETE FROM platform.audit_log WHERE {0} AND sequence = 5", "gap 5"},
        {"DELETE FROM platform.audit_log WHERE {0} AND sequence = 1", "gap 1"},
        {"DELETE FROM platform.audit_log WHERE {0} AND sequence > 15", "cut 16"},
        {"DELETE FROM platform.audit_log WHERE {0}", "cut 1"},
        {"UPDATE platform.audit_log SET sequence = 11 - sequence + 1000 WHERE {0} AND sequence IN (5, 6); UPDATE "
         "platform.audit_log SET sequence = sequence - 1000 WHERE {0} AND sequence > 1000",
         "reordered 5"},
        {"UPDATE platform.audit_log SET sequence = sequence + 1000 WHERE {0} AND sequence >= 5; UPDATE "
         "platform.audit_log "
         "SET sequence = sequence - 999 WHERE {0} AND sequence > 1000; INSERT INTO platform.audit_log SELECT "
         "(jsonb_populate_record(l, "
         "'{{\"sequence\": 5}}')).* FROM platform.audit_log AS l WHERE {0} AND sequence = 4",
         "reordered 5"},
        // Row 1 of the other organization at the place of row 1.
        {"DELETE FROM platform.audit_log WHERE {0} AND sequence = 1; UPDATE platform.audit_log SET organization_id = "
         "'{1}' WHERE sequence = 1",
         "changed 1"},
        {"UPDATE platform.audit_heads SET sequence = 12 WHERE {0}", "moved_head 12"},
        {"UPDATE platform.audit_heads SET hash = sha256('') WHERE {0}", "moved_head 20"},
        {"UPDATE platform.audit_heads SET sequence = 25 WHERE {0}", "cut 21"},
        {"DELETE FROM platform.audit_heads WHERE {0}", "moved_head 0"},
        {"UPDATE platform.audit_checkpoints SET root = sha256('') WHERE {0} AND size = 10", "forged_checkpoint 10"},
        {"UPDATE platform.audit_checkpoints SET size = 9 WHERE {0} AND size = 10", "forged_checkpoint 9"},
        {"UPDATE platform.audit_checkpoints SET note = replace(note, E'\\n10\\n', E'\\n11\\n'), size = 11 WHERE {0} "
         "AND size = 10",
         "forged_checkpoint 11"},
    };
    for (const auto& attack : kAttacks) {
        SCOPED_TRACE(attack.sql);
        admin(
            "CREATE TEMP TABLE l AS TABLE platform.audit_log; CREATE TEMP TABLE h AS TABLE platform.audit_heads; "
            "CREATE TEMP TABLE c AS TABLE platform.audit_checkpoints"
        );
        admin(fmt::format(fmt::runtime(attack.sql), chain('a'), organization('a')));
        EXPECT_EQ(told(report()), attack.told);
        admin(
            "DELETE FROM platform.audit_log; DELETE FROM platform.audit_heads; DELETE FROM platform.audit_checkpoints; "
            "INSERT INTO platform.audit_log TABLE l; INSERT INTO platform.audit_heads TABLE h; "
            "INSERT INTO platform.audit_checkpoints TABLE c; DROP TABLE l, h, c"
        );
        ASSERT_EQ(told(report()), "") << "put back";
    }
}

TEST_F(VerifyTest, FindsAChainMadeAnewByItsCheckpoints) {
    admin(fmt::format(
        "UPDATE platform.audit_log SET action = 'database.read' WHERE {} AND sequence = 15; {}",
        chain('a'),
        rehashed_from(15)
    ));
    const auto found = report();
    EXPECT_EQ(told(found), "rewritten 20");
    EXPECT_THAT(found.finding->text, HasSubstr("not those that were signed at 2"));
    const auto blind = verify(*store_, actor('a', "admin"), {}, limits());
    EXPECT_FALSE(blind->finding) << "without a key there is no telling";
}

TEST_F(VerifyTest, FindsACutOfRowsAndCheckpointsByTheNotesThatASinkKept) {
    admin(cut_behind(15) + fmt::format("; DELETE FROM platform.audit_checkpoints WHERE {} AND size > 15", chain('a')));
    EXPECT_EQ(told(report()), "") << "in the database all fits";
    EXPECT_EQ(told(report(notes())), "cut 16");
}

TEST_F(VerifyTest, FindsACheckpointSignedByAnybodyElse) {
    const auto other = crypto::SigningKey::generate();
    const auto root = value(
        admin_,
        fmt::format("SELECT encode(root, 'hex') FROM platform.audit_checkpoints WHERE {} AND size = 20", chain('a'))
    );
    const auto text =
        note_text({.organization = organization('a'), .size = 20, .root = root, .last_hash = root, .signed_at = "now"});
    const auto note = crypto::sign_note(other, kName, text).value();
    admin(fmt::format(
        "UPDATE platform.audit_checkpoints SET note = {} WHERE {} AND size = 20", pg::quote_literal(note), chain('a')
    ));
    EXPECT_EQ(told(report()), "forged_checkpoint 20");
    EXPECT_EQ(told(report({note})), "forged_checkpoint 0");
}

TEST_F(VerifyTest, KeepsWholeWhatWasErased) {
    const auto person = user('a', "owner");
    ASSERT_TRUE(
        add({.organization_id = organization('a'), .login = "1@A.example", .address = "192.0.2.9"},
            {.action = "login.failed"})
    );
    ASSERT_TRUE(
        add(actor('a', "admin"),
            {.action = "user.invited", .object_type = "user", .object_id = person, .object_name = "1@a.example"})
    );
    const auto erase = [&](const Actor& who) {
        return store_->run(who, limits(), [&](Transaction& transaction) {
            return erase_person(transaction, person, "1@a.example");
        });
    };
    EXPECT_EQ(erase(actor('a', "owner")).error().code, ErrorCode::permission_denied);
    const auto erased = erase(system('a'));
    ASSERT_TRUE(erased) << erased.error().message;
    EXPECT_EQ(*erased, 12) << "ten rows by them, a login that failed, an invitation";
    EXPECT_EQ(
        value(
            admin_,
            fmt::format(
                "SELECT count(*) FROM platform.audit_log WHERE {} AND (object_name LIKE '1@%' OR login IS NOT NULL OR "
                "(user_id = '{}' AND (address IS NOT NULL OR actor_salt IS NOT NULL)))",
                chain('a'),
                person
            )
        ),
        "0"
    );
    EXPECT_EQ(told(report(notes())), "");
    EXPECT_EQ(report().rows, 23);
}

TEST_F(VerifyTest, SignsNothingWhereNothingWasAddedAndNeverWhatDoesNotFit) {
    EXPECT_FALSE(try_sign('a').value());
    EXPECT_EQ(notes().size(), 2U);
    add_many(actor('a', "owner"), 3);
    admin(fmt::format("UPDATE platform.audit_log SET action = 'x' WHERE {} AND sequence = 22", chain('a')));
    const auto refused = try_sign('a');
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("row 22 was changed"));
    admin(cut_behind(12));
    EXPECT_FALSE(try_sign('a')) << "shorter than it was";
    EXPECT_EQ(notes().size(), 2U);
    admin("UPDATE platform.audit_checkpoints SET frontier = sha256('') || sha256('')");
    EXPECT_THAT(try_sign('a').error().message, HasSubstr("something else than its note"));
}

TEST_F(VerifyTest, SignsEachChainThatHasGrownAlsoWhereAnotherWasAltered) {
    ASSERT_TRUE(add({.login = "nobody@example.com"}, {.action = "login.failed"}));
    add_many(actor('a', "owner"), 1);
    admin(fmt::format("UPDATE platform.audit_log SET action = 'x' WHERE {} AND sequence = 21", chain('a')));
    CheckpointSink* const sinks[] = {&sink_};
    const auto round = make_checkpoints(*store_, {.key = key_, .name = std::string{kName}}, sinks, limits());
    ASSERT_TRUE(round);
    EXPECT_EQ(round->made, 2) << "that of organization b, and that of none";
    ASSERT_EQ(round->errors.size(), 1U);
    EXPECT_THAT(round->errors[0].message, HasSubstr("row 21 was changed"));
    EXPECT_EQ(verify(*store_, Actor::system(), {.keys = {trusted()}}, limits())->signed_rows, 1);
}

TEST_F(VerifyTest, GoesOnUnderANewKey) {
    const auto former = trusted();
    key_ = crypto::SigningKey::generate();
    EXPECT_FALSE(try_sign('a').value()) << "nothing was added";
    add_many(actor('a', "owner"), 1);
    EXPECT_EQ(try_sign('a').value()->size, 21);
    EXPECT_EQ(told(report()), "forged_checkpoint 10");
    const auto both = verify(*store_, system('a'), {.keys = {trusted(), former}}, limits());
    EXPECT_EQ(told(*both), "");
    EXPECT_EQ(both->checkpoints, 3);
}

TEST_F(VerifyTest, StoresNothingThatASinkDidNotTake) {
    add_many(actor('a', "owner"), 1);
    FileSink nowhere{folder_.path() / "missing" / "notes"};
    CheckpointSink* const sinks[] = {&nowhere};
    EXPECT_FALSE(make_checkpoint(*store_, organization('a'), {.key = key_, .name = std::string{kName}}, sinks, limits())
    );
    EXPECT_EQ(report().signed_rows, 20);
}

TEST_F(VerifyTest, ReadsTheNotesOfASinkThatACrashInterrupted) {
    std::ofstream{file_, std::ios::app} << "drydock-audit/" << organization('a') << "\n21\n";
    add_many(actor('a', "owner"), 1);
    sign('a');
    std::ofstream{file_, std::ios::app} << "drydock-au";
    add_many(actor('a', "owner"), 1);
    sign('a');
    EXPECT_EQ(notes().size(), 4U);
    EXPECT_EQ(told(report(notes())), "");
    std::ofstream{file_, std::ios::app} << "something else\n";
    EXPECT_THAT(read_notes(file_, organization('a')).error().message, HasSubstr("is no checkpoint"));
}

TEST_F(VerifyTest, RefusesWhoMayNotReadTheTrail) {
    for (const auto& who : {actor('a', "member"), actor('b', "owner").in(organization('a')), Actor{}}) {
        const auto refused = verify(*store_, who, {}, limits());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    }
}

TEST_F(VerifyTest, VerifiesRightWhileOthersAppendAndSign) {
    std::jthread writer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            EXPECT_TRUE(add(actor('a', "member"), {.action = "database.tested"}));
            EXPECT_TRUE(try_sign('a'));
        }
    });
    for (int i = 0; i < 20; ++i) ASSERT_EQ(told(report()), "") << report().finding->text;
}

}  // namespace
}  // namespace drydock::audit
